/* ways.h - the ways in which a stream is sent and received, one call each. */
#ifndef WAYS_H
#define WAYS_H

#include <sys/uio.h>

#include "twin.h"

static char room[400000];
static __thread char *from = data; /* where that begins which is sent */
static __thread struct iovec parts[20];

static inline struct iovec *split(char *of, size_t length)
{
    for (int i = 0; i < 20; i++)
        parts[i] = (struct iovec){of + (size_t)i * (length / 20), length / 20};
    parts[19].iov_len += length % 20;
    return parts;
}

static inline ssize_t by_send(int fd, size_t length)
{
    return send(fd, from, length, 0);
}

static inline ssize_t by_write(int fd, size_t length)
{
    return write(fd, from, length);
}

static inline ssize_t by_sendmsg(int fd, size_t length)
{
    struct msghdr message = {.msg_iov = split(from, length), .msg_iovlen = 20};
    return sendmsg(fd, &message, 0);
}

static inline ssize_t by_writev(int fd, size_t length)
{
    return writev(fd, split(from, length), 20);
}

static inline ssize_t by_recv(int fd, size_t length)
{
    return recv(fd, room, length, MSG_WAITALL);
}

static inline ssize_t by_recvfrom(int fd, size_t length)
{
    return recvfrom(fd, room, length, MSG_WAITALL, NULL, NULL);
}

static inline ssize_t by_recvmsg(int fd, size_t length)
{
    struct msghdr message = {.msg_iov = split(room, length), .msg_iovlen = 20};
    return recvmsg(fd, &message, MSG_WAITALL);
}

/* These have no flag to wait for all. */
static inline ssize_t all_by_read(int fd, size_t length)
{
    set_option(fd, SOL_SOCKET, SO_RCVLOWAT, (int)length);
    return read(fd, room, length);
}

static inline ssize_t all_by_readv(int fd, size_t length)
{
    set_option(fd, SOL_SOCKET, SO_RCVLOWAT, (int)length);
    return readv(fd, split(room, length), 20);
}

#endif
