/* read.c - read, readv, preadv2, on sockets, and the entry point of fortified programs. */
#include "further.h"
#include "gate.h"
#include "iov.h"
#include "real.h"
#include "receive.h"
#include "streams.h"

static ssize_t go_read(const struct passage *passage, size_t offset, size_t length, int flags)
{
    if (flags)
        return REAL(recv)(passage->fd, passage->room + offset, length, flags);
    return REAL(read)(passage->fd, passage->room + offset, length);
}

ssize_t read(int fd, void *bytes, size_t length)
{
    if (gate_passes(CALL_READ, fd))
        return REAL(read)(fd, bytes, length);
    const struct passage passage = {
        .call = "read",
        .family = CALL_READ,
        .fd = fd,
        .length = length,
        .room = bytes,
        .go = go_read,
    };
    return gate_receive(&passage, NULL, NULL);
}

struct readv_call {
    struct passage passage;
    off_t offset;
    int flags;
    ssize_t (*read_all)(const struct readv_call *call, const struct iovec *iov, int count);
};

/* A part: into a few of the buffers at a time, until one stays short. Only the first read may wait.
 */
static ssize_t go_readv(const struct passage *passage, size_t offset, size_t length, int flags)
{
    const struct readv_call *call = (const void *)passage;
    if (length == passage->length && !flags)
        return call->read_all(call, passage->iov, passage->parts);
    struct iovec window[IOV_WINDOW];
    size_t done = 0, covered;
    do {
        size_t parts = passage_window(passage, offset + done, length - done, window, &covered);
        struct msghdr part = {.msg_iov = window, .msg_iovlen = (__typeof__(part.msg_iovlen))parts};
        ssize_t got = flags ? REAL(recvmsg)(passage->fd, &part, flags)
                            : call->read_all(call, window, (int)parts);
        if (got < 0)
            return done ? (ssize_t)done : -1;
        done += (size_t)got;
        if ((size_t)got < covered)
            break;
        flags = MSG_DONTWAIT;
    } while (done < length && !gate_is_at_mark(passage->fd));
    return (ssize_t)done;
}

static ssize_t all_readv(const struct readv_call *call, const struct iovec *iov, int count)
{
    return REAL(readv)(call->passage.fd, iov, count);
}

ssize_t readv(int fd, const struct iovec *iov, int count)
{
    size_t length;
    if (gate_passes(CALL_READ, fd) || count < 0 || !iov_length(iov, (size_t)count, &length))
        return REAL(readv)(fd, iov, count);
    struct readv_call call = {
        .passage = {.call = "readv",
                    .family = CALL_READ,
                    .fd = fd,
                    .length = length,
                    .iov = iov,
                    .parts = (uint16_t)count,
                    .go = go_readv},
        .read_all = all_readv,
    };
    return gate_receive(&call.passage, NULL, NULL);
}

static ssize_t all_preadv2(const struct readv_call *call, const struct iovec *iov, int count)
{
    return REAL(preadv2)(call->passage.fd, iov, count, call->offset, call->flags);
}

ssize_t preadv2(int fd, const struct iovec *iov, int count, off_t offset, int flags)
{
    size_t length;
    if (gate_passes(CALL_READ, fd) || offset != NO_OFFSET || count < 0 ||
        !iov_length(iov, (size_t)count, &length))
        return REAL(preadv2)(fd, iov, count, offset, flags);
    struct readv_call call = {
        .passage = {.call = "preadv2",
                    .family = CALL_READ,
                    .fd = fd,
                    .length = length,
                    .iov = iov,
                    .parts = (uint16_t)count,
                    .dont_wait = flags & RWF_NOWAIT,
                    .go = go_readv},
        .offset = offset,
        .flags = flags,
        .read_all = all_preadv2,
    };
    return gate_receive(&call.passage, NULL, NULL);
}

ssize_t __read_chk(int fd, void *bytes, size_t length, size_t room)
{
    if (length > room)
        return REAL(__read_chk)(fd, bytes, length, room);
    return read(fd, bytes, length);
}

ALIAS_OF(__read, read);
ALIAS_OF(own_read, read);
ALIAS_OF(preadv64v2, preadv2);
