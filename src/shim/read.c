/* read.c - read, readv, preadv2, on sockets, and the entry point of fortified programs. */
#include "gate.h"
#include "iov.h"
#include "real.h"

struct read_call {
    struct passage passage;
    char *bytes;
};

static ssize_t go_read(const struct passage *passage, size_t offset, size_t length)
{
    const struct read_call *call = (const void *)passage;
    return REAL(read)(passage->fd, call->bytes + offset, length);
}

ssize_t read(int fd, void *bytes, size_t length)
{
    if (gate_passes(CALL_READ, fd))
        return REAL(read)(fd, bytes, length);
    struct read_call call = {
        .passage = {.call = "read", .family = CALL_READ, .fd = fd, .length = length, .go = go_read},
        .bytes = bytes,
    };
    return gate_receive(&call.passage);
}

struct readv_call {
    struct passage passage;
    const struct iovec *iov;
    int count;
    off_t offset;
    int flags;
};

static ssize_t go_readv(const struct passage *passage, size_t offset, size_t length)
{
    const struct readv_call *call = (const void *)passage;
    if (length == passage->length)
        return REAL(readv)(passage->fd, call->iov, call->count);
    struct iovec window[IOV_WINDOW];
    size_t covered;
    size_t parts = iov_window(call->iov, (size_t)call->count, offset, length, window, &covered);
    return REAL(readv)(passage->fd, window, (int)parts);
}

ssize_t readv(int fd, const struct iovec *iov, int count)
{
    size_t length;
    if (gate_passes(CALL_READ, fd) || count < 0 || !iov_length(iov, (size_t)count, &length))
        return REAL(readv)(fd, iov, count);
    struct readv_call call = {
        .passage =
            {.call = "readv", .family = CALL_READ, .fd = fd, .length = length, .go = go_readv},
        .iov = iov,
        .count = count,
    };
    return gate_receive(&call.passage);
}

static ssize_t go_preadv2(const struct passage *passage, size_t offset, size_t length)
{
    const struct readv_call *call = (const void *)passage;
    if (length == passage->length)
        return REAL(preadv2)(passage->fd, call->iov, call->count, call->offset, call->flags);
    struct iovec window[IOV_WINDOW];
    size_t covered;
    size_t parts = iov_window(call->iov, (size_t)call->count, offset, length, window, &covered);
    return REAL(preadv2)(passage->fd, window, (int)parts, call->offset, call->flags);
}

ssize_t preadv2(int fd, const struct iovec *iov, int count, off_t offset, int flags)
{
    size_t length;
    if (gate_passes(CALL_READ, fd) || count < 0 || !iov_length(iov, (size_t)count, &length))
        return REAL(preadv2)(fd, iov, count, offset, flags);
    struct readv_call call = {
        .passage =
            {.call = "preadv2", .family = CALL_READ, .fd = fd, .length = length, .go = go_preadv2},
        .iov = iov,
        .count = count,
        .offset = offset,
        .flags = flags,
    };
    return gate_receive(&call.passage);
}

ssize_t __read_chk(int fd, void *bytes, size_t length, size_t room)
{
    if (length > room)
        return REAL(__read_chk)(fd, bytes, length, room);
    return read(fd, bytes, length);
}

ALIAS_OF(__read, read);
ALIAS_OF(preadv64v2, preadv2);
