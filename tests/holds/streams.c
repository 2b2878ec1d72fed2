/*
 * streams.c - stdio(3) on sockets is limited, whatever the function, the buffer and the width.
 *
 * Limit: `out 200kB/s burst=20kB`, or `in` the same.
 */
#include <fcntl.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <wchar.h>

#include "receive.h"

enum { BURST = 20000, RATE = 200000, LINE = 100, SHORT = 120000, TOTAL = 600000 };

/* In place of the bytes that other tests have: lines, each with its number. */
static void fill(void)
{
    for (int i = 0; i * LINE < TOTAL; i++) {
        char line[LINE + 1];
        snprintf(line, sizeof line, "%0*d\n", LINE - 1, i);
        memcpy(data + i * LINE, line, LINE);
    }
}

/* Reads one end of a stream to its end. */
struct peer {
    pthread_t thread;
    struct pair pair;
    size_t bytes;
    double begin;
};

static void *peer_run(void *argument)
{
    struct peer *peer = argument;
    char bytes[16384];
    for (ssize_t got; (got = recv(peer->pair.far, bytes, sizeof bytes, 0)) > 0;) {
        CHECK_DATA(bytes, peer->bytes, got);
        peer->bytes += (size_t)got;
    }
    return NULL;
}

static void peer_start(struct peer *peer)
{
    fill();
    *peer = (struct peer){.pair = tcp_pair(), .begin = now()};
    peer->thread = thread_start(peer_run, peer);
}

static void peer_stop(struct peer *peer, size_t sent)
{
    pthread_join(peer->thread, NULL);
    CHECK_EQ(peer->bytes, sent);
    double least = (double)(sent - BURST) / RATE;
    CHECK_TOOK(peer->begin, least, 1.5 * least + 1);
    close(peer->pair.far);
}

static FILE *open_on(int fd, const char *mode, int buffering)
{
    FILE *stream = fdopen(fd, mode);
    CHECK(stream != NULL);
    if (buffering != _IOFBF)
        setvbuf(stream, NULL, buffering, BUFSIZ);
    return stream;
}

static void print_lines(FILE *stream, size_t bytes)
{
    for (size_t i = 0; i < bytes / LINE; i++)
        CHECK_EQ(fprintf(stream, "%0*d\n", LINE - 1, (int)i), LINE);
}

static void prints(size_t bytes, int buffering)
{
    struct peer peer;
    peer_start(&peer);
    FILE *stream = open_on(peer.pair.near, "r+", buffering);
    print_lines(stream, bytes);
    CHECK_EQ(fclose(stream), 0);
    peer_stop(&peer, bytes);
}

static void fprintf_(void)
{
    prints(TOTAL, _IOFBF);
}

static void line_buffered(void)
{
    prints(SHORT, _IOLBF);
}

static void unbuffered(void)
{
    prints(SHORT, _IONBF);
}

__attribute__((format(printf, 2, 3))) static int print_by_list(int fd, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vdprintf(fd, format, arguments);
    va_end(arguments);
    return length;
}

/* Some short, some of many lines. */
static void dprintf_(void)
{
    struct peer peer;
    int i = 0;
    peer_start(&peer);
    for (; i < 2000; i++)
        CHECK_EQ(dprintf(peer.pair.near, "%0*d\n", LINE - 1, i), LINE);
    for (; i < 3000; i++)
        CHECK_EQ(print_by_list(peer.pair.near, "%0*d\n", LINE - 1, i), LINE);
    for (; i < 6000; i += 50)
        CHECK_EQ(dprintf(peer.pair.near, "%.*s", 50 * LINE, data + i * LINE), 50 * LINE);
    shutdown(peer.pair.near, SHUT_WR);
    peer_stop(&peer, TOTAL);
    close(peer.pair.near);
}

static void fwrite_(void)
{
    struct peer peer;
    peer_start(&peer);
    FILE *stream = open_on(peer.pair.near, "w", _IOFBF);
    CHECK_EQ(fwrite(data, 1, 50001, stream), 50001);
    CHECK_EQ(fwrite(data + 50001, SHORT - 50001, 1, stream), 1);
    CHECK_EQ(fclose(stream), 0);
    peer_stop(&peer, SHORT);
}

static void putc_and_putw(void)
{
    struct peer peer;
    peer_start(&peer);
    FILE *stream = open_on(peer.pair.near, "w", _IOFBF);
    size_t i = 0;
    for (; i < SHORT / 2; i++)
        putc(data[i], stream);
    for (int word; i < SHORT; i += sizeof word) {
        memcpy(&word, data + i, sizeof word);
        CHECK_EQ(putw(word, stream), 0);
    }
    CHECK_EQ(fclose(stream), 0);
    peer_stop(&peer, SHORT);
}

static void wide(void)
{
    struct peer peer;
    peer_start(&peer);
    FILE *stream = open_on(peer.pair.near, "w", _IOFBF);
    CHECK(fwide(stream, 1) > 0);
    for (int i = 0; i < SHORT / LINE; i++)
        CHECK_EQ(fwprintf(stream, L"%0*d\n", LINE - 1, i), LINE);
    CHECK_EQ(fclose(stream), 0);
    peer_stop(&peer, SHORT);
}

/* A child with the socket as its standard output; how it is filled, and never flushed. */
static void standard_output(void)
{
    struct peer peer;
    peer_start(&peer);
    fflush(NULL);
    pid_t child = MUST(fork());
    if (child == 0) {
        MUST(dup2(peer.pair.near, STDOUT_FILENO));
        close(peer.pair.near);
        close(peer.pair.far);
        for (int i = 0; i < SHORT / LINE; i++)
            printf("%0*d\n", LINE - 1, i);
        exit(0);
    }
    close(peer.pair.near);
    int status;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    peer_stop(&peer, SHORT);
}

/* As inetd starts one, with a socket as its standard input and output. */
static void service(void)
{
    char line[LINE];
    CHECK(fgets(line, sizeof line, stdin) && strcmp(line, "please\n") == 0);
    for (int i = 0; i < TOTAL / LINE; i++)
        printf("%0*d\n", LINE - 1, i);
}

/* What follows a socket under the same number is no socket: the burst is there for another. */
static void limited_no_longer(FILE *file)
{
    enum { SOME = 16000 };
    struct pair pair = tcp_pair();
    CHECK(file != NULL);
    nap(1.5 * BURST / RATE);
    print_lines(file, SOME);
    CHECK_EQ(fclose(file), 0);
    double begin = now();
    CHECK_EQ(write(pair.near, data, BURST), BURST);
    CHECK_TOOK(begin, 0, 0.75 * SOME / RATE);
}

static void closed_and_opened(void)
{
    struct peer peer;
    peer_start(&peer);
    FILE *stream = open_on(peer.pair.near, "w", _IOFBF);
    print_lines(stream, SHORT);
    MUST(dup(STDERR_FILENO)); /* below it no number is free then */
    CHECK_EQ(fclose(stream), 0);
    FILE *file = fopen("/dev/null", "w");
    CHECK_EQ(fileno(file), peer.pair.near);
    peer_stop(&peer, SHORT);
    limited_no_longer(file);
}

static void reopened(void)
{
    struct peer peer;
    peer_start(&peer);
    FILE *stream = open_on(peer.pair.near, "w", _IOFBF);
    print_lines(stream, SHORT);
    stream = freopen("/dev/null", "w", stream);
    peer_stop(&peer, SHORT);
    limited_no_longer(stream);
}

/* Another stream's number becomes a socket. */
static void replaced(void)
{
    struct peer peer;
    peer_start(&peer);
    FILE *stream = fopen("/dev/null", "w");
    CHECK(stream != NULL);
    CHECK_EQ(fputs("to the file\n", stream) >= 0, 1);
    CHECK_EQ(fflush(stream), 0);
    MUST(dup2(peer.pair.near, fileno(stream)));
    close(peer.pair.near);
    print_lines(stream, SHORT);
    CHECK_EQ(fclose(stream), 0);
    peer_stop(&peer, SHORT);
}

static void *print_some(void *stream)
{
    print_lines(stream, SHORT / 4);
    CHECK_EQ(fclose(stream), 0);
    return NULL;
}

static void threads(void)
{
    enum { COUNT = 4 };
    struct peer peers[COUNT];
    pthread_t printing[COUNT];
    double begin = now();
    for (int i = 0; i < COUNT; i++) {
        peer_start(&peers[i]);
        printing[i] = thread_start(print_some, open_on(peers[i].pair.near, "w", _IOFBF));
    }
    for (int i = 0; i < COUNT; i++) {
        pthread_join(printing[i], NULL);
        pthread_join(peers[i].thread, NULL);
        CHECK_EQ(peers[i].bytes, SHORT / 4);
        close(peers[i].pair.far);
    }
    CHECK_TOOK(begin, (double)(SHORT - BURST) / RATE, 2);
}

/* Of a thread that waits for a limit of one call an hour, and may be cancelled meanwhile. */
static void *flush_twice(void *stream)
{
    fputs("one", stream);
    fflush(stream);
    fputs("two", stream);
    about_to_call();
    fflush(stream);
    return NULL;
}

static void *cancelled(const char *mode)
{
    struct pair pair = tcp_pair();
    FILE *stream = fopen("/dev/null", mode);
    void *result;
    CHECK(stream != NULL);
    MUST(dup2(pair.near, fileno(stream)));
    pthread_t thread = thread_start(flush_twice, stream);
    await_call();
    pthread_cancel(thread);
    pthread_join(thread, &result);
    close(fileno(stream)); /* or else exit(3) flushes what is left, and waits for an hour */
    return result;
}

static void cancellation(void)
{
    CHECK(cancelled("w") == PTHREAD_CANCELED);
}

/* The c is for this, in glibc, and ignored by fdopen(3). */
static void no_cancellation(void)
{
    CHECK(cancelled("wc") == NULL);
}

/* Limit: in police mode, 5000 bytes. */
static void policed(void)
{
    struct pair pair = tcp_pair();
    FILE *stream = open_on(pair.near, "w", _IOFBF);
    CHECK_EQ(fwrite(data, 1, 4000, stream), 4000);
    CHECK_EQ(fflush(stream), 0);
    fwrite(data, 1, 4000, stream);
    CHECK_FAILS(fflush(stream), EAGAIN);
    CHECK(ferror(stream));
    char bytes[10000];
    ssize_t got = recv(pair.far, bytes, sizeof bytes, MSG_DONTWAIT);
    CHECK(got >= 4000 && got <= 5000);
}

/* Limit: 20 writes a second. As many as there are buffers, or lines. */
static void calls_count(void)
{
    struct pair pair = tcp_pair();
    FILE *stream = open_on(pair.near, "w", _IOLBF);
    double begin = now();
    for (int i = 0; i < 11; i++)
        fprintf(stream, "line %d\n", i);
    CHECK_TOOK(begin, 0.5, 1.5);
    CHECK_EQ(fclose(stream), 0);
}

/* How a stream is read: the bytes of the next part of it; 0 at its end. */
typedef size_t reading(FILE *stream, char *bytes);

static void reads(reading *read_one)
{
    static char bytes[TOTAL];
    struct feeder feeder;
    size_t position = 0;
    fill();
    feeder_start(&feeder, tcp_pair(), SHORT);
    double begin = now();
    FILE *stream = open_on(dup(feeder.pair.near), "r", _IOFBF);
    for (size_t got; (got = read_one(stream, bytes)) > 0; position += got)
        CHECK_DATA(bytes, position, (ssize_t)got);
    CHECK(feof(stream));
    CHECK_EQ(position, SHORT);
    CHECK_TOOK(begin, (double)(SHORT - BURST) / RATE, 2);
    CHECK_EQ(fclose(stream), 0);
    feeder_stop(&feeder);
}

static size_t one_fgets(FILE *stream, char *bytes)
{
    return fgets(bytes, 2 * LINE, stream) ? strlen(bytes) : 0;
}

static size_t one_getline(FILE *stream, char *bytes)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t got = getline(&line, &room, stream);
    if (got > 0)
        memcpy(bytes, line, (size_t)got);
    free(line);
    return got > 0 ? (size_t)got : 0;
}

static size_t one_fread(FILE *stream, char *bytes)
{
    return fread(bytes, 1, 50001, stream);
}

static size_t one_getc(FILE *stream, char *bytes)
{
    int c = getc(stream);
    *bytes = (char)c;
    return c != EOF;
}

static size_t one_fgetws(FILE *stream, char *bytes)
{
    static wchar_t line[2 * LINE];
    return fgetws(line, 2 * LINE, stream) ? wcstombs(bytes, line, TOTAL) : 0;
}

static size_t one_scanf(FILE *stream, char *bytes)
{
    size_t digits = fscanf(stream, "%150[0-9]", bytes) == 1 ? strlen(bytes) : 0;
    if (digits && getc(stream) == '\n')
        bytes[digits++] = '\n';
    return digits;
}

#define READING(name)                                                                              \
    static void name##_(void)                                                                      \
    {                                                                                              \
        reads(one_##name);                                                                         \
    }

READING(fgets)
READING(getline)
READING(fread)
READING(getc)
READING(fgetws)
READING(scanf)

HOLD_MAIN({"fprintf", fprintf_}, {"dprintf", dprintf_}, {"fwrite", fwrite_},
          BEHAVIOUR(putc_and_putw), BEHAVIOUR(wide), BEHAVIOUR(line_buffered),
          BEHAVIOUR(unbuffered), BEHAVIOUR(standard_output), BEHAVIOUR(service),
          BEHAVIOUR(closed_and_opened), BEHAVIOUR(reopened), BEHAVIOUR(replaced),
          BEHAVIOUR(threads), BEHAVIOUR(cancellation), BEHAVIOUR(no_cancellation),
          BEHAVIOUR(policed), BEHAVIOUR(calls_count), {"fgets", fgets_}, {"getline", getline_},
          {"fread", fread_}, {"getc", getc_}, {"fgetws", fgetws_}, {"scanf", scanf_})
