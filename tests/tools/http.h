/*
 * http.h - as much of an HTTP/1.1 server as clients need to upload something: lengths and chunks,
 * Expect: 100-continue, persistent connections. It reads without copying, unless what comes is to
 * be kept.
 */
#ifndef HTTP_H
#define HTTP_H

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "meter.h"

enum part { HEAD, BODY, CHUNK_SIZE, CHUNK };

struct connection {
    int fd;
    enum part part; /* what comes next */
    uint64_t left;  /* bytes of this body or chunk still to come */
    bool last_chunk;
    size_t position;    /* in what is expected */
    struct meter meter; /* of what came since the last upload */
};

/* MSG_TRUNC throws bytes away inside the kernel: nothing is copied. */
static inline ssize_t discard(int fd, size_t size)
{
    return recv(fd, NULL, size, MSG_TRUNC | MSG_DONTWAIT);
}

/* If set, but not for those in chunks: where to keep what uploads bring, and what each must bring.
 */
static FILE *kept;
static const char *expected;
static size_t expected_size;

static inline _Noreturn void unexpected(const struct connection *c)
{
    fprintf(stderr, "a connection brings something else behind byte %zu\n", c->position);
    exit(1);
}

/* Read once: as recv(2). */
static inline ssize_t take(struct connection *c, size_t size)
{
    static char bytes[65536];
    if (!kept && !expected)
        return discard(c->fd, size);
    ssize_t length = recv(c->fd, bytes, size < sizeof bytes ? size : sizeof bytes, MSG_DONTWAIT);
    if (length <= 0)
        return length;
    if (kept && fwrite(bytes, 1, (size_t)length, kept) < (size_t)length)
        return -1;
    if (expected && ((size_t)length > expected_size - c->position ||
                     memcmp(bytes, expected + c->position, (size_t)length) != 0))
        unexpected(c);
    c->position += (size_t)length;
    return length;
}

/* At the end of an upload. */
static inline void expect_whole(struct connection *c)
{
    if (expected && c->position < expected_size)
        unexpected(c);
    c->position = 0;
}

/* Take what comes until `end`, and that, into text; EAGAIN if it has not all come yet. */
static inline ssize_t take_until(int fd, const char *end, char *text, size_t size)
{
    ssize_t length = recv(fd, text, size - 1, MSG_PEEK | MSG_DONTWAIT);
    if (length <= 0)
        return length;
    text[length] = '\0';
    char *found = strstr(text, end);
    if (!found) {
        errno = (size_t)length < size - 1 ? EAGAIN : EMSGSIZE;
        return -1;
    }
    length = found - text + (ssize_t)strlen(end);
    text[length] = '\0';
    return discard(fd, (size_t)length);
}

static inline void answer(int fd, const char *text)
{
    if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
        shutdown(fd, SHUT_RDWR);
}

static inline const char *find_field(const char *head, const char *name)
{
    for (const char *line = strchr(head, '\n'); line; line = strchr(line, '\n'))
        if (strncasecmp(++line, name, strlen(name)) == 0)
            return line + strlen(name);
    return NULL;
}

static inline void begin_upload(struct connection *c, const char *head)
{
    const char *length = find_field(head, "content-length:");
    c->left = length ? strtoull(length, NULL, 10) : 0;
    c->part = find_field(head, "transfer-encoding: chunked") ? CHUNK_SIZE : BODY;
    c->last_chunk = false;
    if (find_field(head, "expect: 100-continue"))
        answer(c->fd, "HTTP/1.1 100 Continue\r\n\r\n");
}

static inline void end_upload(struct connection *c)
{
    answer(c->fd, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nOK\n");
    c->part = HEAD;
}

/* Read once: as recv(2). Trailers after the last chunk are not understood: nobody sends them. */
static inline ssize_t http_read(struct connection *c)
{
    static char text[65536];
    ssize_t length;
    size_t most;
    switch (c->part) {
    case HEAD:
        length = take_until(c->fd, "\r\n\r\n", text, sizeof text);
        if (length > 0)
            begin_upload(c, text);
        return length;
    case CHUNK_SIZE:
        length = take_until(c->fd, "\r\n", text, 64);
        if (length > 0) {
            uint64_t size = strtoull(text, NULL, 16);
            c->left = size + strlen("\r\n");
            c->last_chunk = size == 0;
            c->part = CHUNK;
        }
        return length;
    case BODY:
    case CHUNK:
    default:
        most = c->left < 1 << 20 ? c->left : 1 << 20;
        length = c->part == BODY ? take(c, most) : discard(c->fd, most);
        if (length > 0)
            c->left -= (uint64_t)length;
        return length;
    }
}

/* Whether what was read ended an upload; it is answered then. */
static inline bool http_ended(struct connection *c)
{
    if (c->left > 0 || c->part == HEAD || c->part == CHUNK_SIZE)
        return false;
    if (c->part == CHUNK && !c->last_chunk) {
        c->part = CHUNK_SIZE;
        return false;
    }
    if (c->part == BODY)
        expect_whole(c);
    end_upload(c);
    return true;
}
#endif
