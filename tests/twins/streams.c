/* streams.c - stdio on sockets: what is buffered, flushed, and told of errors. */
#include "twin.h"

static FILE *stream_on(int fd, int buffering)
{
    FILE *stream = fdopen(fd, "r+");
    setvbuf(stream, NULL, buffering, 4096);
    return stream;
}

static void written(int buffering)
{
    struct pair pair = tcp_pair();
    struct reader reader;
    FILE *stream = stream_on(pair.near, buffering);
    reader_start(&reader, pair.far);
    SAY(fprintf(stream, "%d lines\nand %s\n", 2, "one more"));
    SAY(fputs("no end", stream) >= 0);
    SAY(putc('!', stream));
    SAY(fwrite(data, 1, 10000, stream));
    SAY(fflush(stream));
    SAY(fwrite(data, 1, 100, stream));
    SAY(dprintf(fileno(stream), "past the buffer\n"));
    SAY(ferror(stream));
    SAY(fclose(stream));
    SAY(write(pair.near, data, 1));
    say_stream("peer", reader_end(&reader));
}

static void fully_buffered(void)
{
    written(_IOFBF);
}

static void line_buffered(void)
{
    written(_IOLBF);
}

static void unbuffered(void)
{
    written(_IONBF);
}

static void read_by_lines(void)
{
    char line[100];
    struct pair pair = tcp_pair();
    FILE *stream = stream_on(pair.far, _IOFBF);
    SAY(write(pair.near, "one\ntwo\nthr", 11));
    SAY(write(pair.near, "ee\nend", 6));
    SAY(shutdown(pair.near, SHUT_WR));
    while (fgets(line, sizeof line, stream))
        say("%.*s", (int)strcspn(line, "\n"), line);
    SAY(feof(stream));
    SAY(fputs("answer\n", stream) >= 0);
    SAY(fclose(stream));
    SAY(read(pair.near, line, sizeof line));
}

static void peer_is_gone(void)
{
    struct pair pair = tcp_pair();
    FILE *stream = stream_on(pair.near, _IOFBF);
    signal(SIGPIPE, SIG_IGN);
    shutdown(pair.near, SHUT_WR);
    SAY(fputs("to nobody\n", stream) >= 0);
    SAY(fflush(stream));
    SAY(ferror(stream) != 0);
    clearerr(stream);
    SAY(fputs("to nobody\n", stream) >= 0);
    SAY(fclose(stream));
}

/* The program's standard output, as with inetd. */
static void standard_output(void)
{
    struct pair pair = tcp_pair();
    SAY(dup2(pair.near, STDOUT_FILENO));
    close(pair.near);
    SAY(printf("hello\n"));
    SAY(puts("world") >= 0);
    SAY(fflush(stdout));
    SAY(putchar('\n'));
    SAY(fclose(stdout));
    say_stream("peer", drain(pair.far));
}

TWINS(TWIN(fully_buffered), TWIN(line_buffered), TWIN(unbuffered), TWIN(read_by_lines),
      TWIN(peer_is_gone), TWIN(standard_output))
