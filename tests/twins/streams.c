/* streams.c - stdio on sockets: what is buffered, flushed, and told of errors. */
#include <wchar.h>

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

/* Its length, or what became of it. */
__attribute__((format(printf, 2, 3))) static int list_printed(int fd, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vdprintf(fd, format, arguments);
    va_end(arguments);
    return length;
}

static void past_any_buffer(void)
{
    struct pair pair = tcp_pair();
    struct reader reader;
    reader_start(&reader, pair.far);
    SAY(dprintf(pair.near, "%s", ""));
    SAY(dprintf(pair.near, "%d and %s\n", 1, "two"));
    SAY(dprintf(pair.near, "%05000d\n", 3));
    SAY(list_printed(pair.near, "%*s|%-9.3f|%c\n", 30, "right", 2.5, 'c'));
    SAY(list_printed(pair.near, "%lc", (wint_t)0x20ac)); /* not in the C locale */
    SAY(shutdown(pair.near, SHUT_WR));
    signal(SIGPIPE, SIG_IGN);
    SAY(dprintf(pair.near, "to nobody"));
    SAY(close(pair.near));
    SAY(dprintf(pair.near, "to nothing"));
    say_stream("peer", reader_end(&reader));
}

static void wide_characters(void)
{
    wchar_t line[100];
    struct pair pair = tcp_pair();
    FILE *there = stream_on(pair.near, _IOFBF), *back = stream_on(pair.far, _IOFBF);
    SAY(fwide(there, 1));
    SAY(fwprintf(there, L"%d %ls\n", 12, L"wide"));
    SAY(fputwc(L'!', there));
    SAY(fputws(L"\nlast\n", there) >= 0);
    SAY(fputwc(0x20ac, there));
    SAY(ferror(there) != 0);
    SAY(fclose(there));
    while (fgetws(line, 100, back))
        say("%zu characters, the first is %lc", wcslen(line), (wint_t)line[0]);
    SAY(feof(back) != 0);
    SAY(fclose(back));
}

static void read_by_all_means(void)
{
    char bytes[10000], *line = NULL;
    size_t room = 0;
    int number;
    struct pair pair = tcp_pair();
    FILE *stream = stream_on(pair.far, _IOFBF);
    SAY(dprintf(pair.near, "a line\n17 more\n"));
    SAY(write(pair.near, data, 10000));
    SAY(getline(&line, &room, stream));
    SAY(fscanf(stream, "%d", &number));
    SAY(number);
    SAY(getc(stream));
    SAY(ungetc('X', stream));
    SAY(getline(&line, &room, stream));
    SAY(fread(bytes, 1, 9000, stream));
    SAY(memcmp(bytes, data, 9000));
    SAY(ftell(stream));
    SAY(fseek(stream, 0, SEEK_SET));
    SAY(fread(bytes, 300, 3, stream));
    shutdown(pair.near, SHUT_WR);
    SAY(fread(bytes, 1, sizeof bytes, stream));
    SAY(feof(stream) != 0);
    SAY(ferror(stream));
    SAY(getc(stream));
    SAY(fclose(stream));
    free(line);
}

static void nothing_to_read(void)
{
    struct pair pair = tcp_pair();
    FILE *stream = stream_on(pair.far, _IOFBF);
    struct timeval soon = {.tv_usec = 50000};
    MUST(setsockopt(pair.far, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon));
    SAY(getc(stream));
    SAY(ferror(stream) != 0);
    clearerr(stream);
    MUST(fcntl(pair.far, F_SETFL, O_NONBLOCK));
    SAY(getc(stream));
    SAY(ferror(stream) != 0);
    clearerr(stream);
    SAY(write(pair.near, "x", 1));
    struct pollfd readable = {.fd = pair.far, .events = POLLIN};
    SAY(poll(&readable, 1, 1000));
    SAY(getc(stream));
    SAY(fclose(stream));
}

/* A message a flush. */
static void messages(void)
{
    char message[100];
    struct pair pair = udp_pair();
    FILE *stream = stream_on(pair.near, _IOLBF);
    SAY(fprintf(stream, "one\n"));
    SAY(fputs("two and", stream) >= 0);
    SAY(fputs(" a half\n", stream) >= 0);
    SAY(fflush(stream));
    SAY(dprintf(pair.near, "three"));
    for (int i = 0; i < 3; i++)
        SAY(recv(pair.far, message, sizeof message, 0));
    SAY(fclose(stream));
}

/* The socket becomes a file under the same number, and the other way round. */
static void opened_anew(void)
{
    struct pair pair = tcp_pair();
    FILE *stream = stream_on(pair.near, _IOFBF);
    int before = fileno(stream);
    SAY(fputs("to the peer\n", stream) >= 0);
    stream = freopen("/dev/null", "w", stream);
    SAY(stream && fileno(stream) == before);
    SAY(fputs("to nobody\n", stream) >= 0);
    SAY(fclose(stream));
    say_stream("peer", drain(pair.far));
    SAY(freopen("/nowhere/at/all", "w", stdin) == NULL);
    struct pair other = tcp_pair();
    stream = fopen("/dev/null", "r+");
    SAY(dup2(other.near, fileno(stream)) == fileno(stream));
    SAY(close(other.near));
    SAY(fputs("to the other\n", stream) >= 0);
    SAY(fclose(stream));
    say_stream("the other", drain(other.far));
}

static void on_files(void)
{
    char line[100];
    FILE *file = tmpfile();
    SAY(fprintf(file, "in a file\n"));
    SAY(dprintf(fileno(file), "past its buffer\n"));
    SAY(fseek(file, 0, SEEK_SET));
    while (fgets(line, sizeof line, file))
        say("%.*s at %ld", (int)strcspn(line, "\n"), line, ftell(file));
    SAY(fclose(file));
}

#ifdef __GLIBC__
static void on_pipes(void)
{
    char line[100];
    FILE *pipe = popen("echo from a child", "r");
    while (fgets(line, sizeof line, pipe))
        say("%.*s", (int)strcspn(line, "\n"), line);
    SAY(pclose(pipe));
}
#endif

TWINS(GLIBC_TWIN(on_pipes) TWIN(fully_buffered), TWIN(line_buffered), TWIN(unbuffered),
      TWIN(read_by_lines), TWIN(peer_is_gone), TWIN(standard_output), TWIN(past_any_buffer),
      TWIN(wide_characters), TWIN(read_by_all_means), TWIN(nothing_to_read), TWIN(messages),
      TWIN(opened_anew), TWIN(on_files))
