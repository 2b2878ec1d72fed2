/* write.c - write, writev, pwritev2, on sockets. */
#include "gate.h"
#include "hold.h"
#include "iov.h"
#include "real.h"
#include "streams.h"

static ssize_t go_write(const struct passage *passage, size_t offset, size_t length, int flags)
{
    if (flags)
        return REAL(send)(passage->fd, passage->bytes + offset, length, flags);
    return REAL(write)(passage->fd, passage->bytes + offset, length);
}

ssize_t write(int fd, const void *bytes, size_t length)
{
    if (gate_passes(CALL_WRITE, fd))
        return REAL(write)(fd, bytes, length);
    const struct passage passage = {
        .call = "write",
        .family = CALL_WRITE,
        .fd = fd,
        .length = length,
        .bytes = bytes,
        .go = go_write,
    };
    struct gate gate;
    if (gate_enter(&gate, &passage))
        return gate_leave_quickly(&gate, REAL(write)(fd, bytes, length));
    return gate_hold(&gate);
}

struct writev_call {
    struct passage passage;
    off_t offset;
    int flags;
    ssize_t (*write_all)(const struct writev_call *call, const struct iovec *iov, int count);
};

static ssize_t go_writev(const struct passage *passage, size_t offset, size_t length, int flags)
{
    const struct writev_call *call = (const void *)passage;
    if (length == passage->length && !flags)
        return call->write_all(call, passage->iov, passage->parts);

    struct iovec window[IOV_WINDOW];
    size_t done = 0, covered;
    while (done < length) {
        size_t parts = passage_window(passage, offset + done, length - done, window, &covered);
        struct msghdr part = {.msg_iov = window, .msg_iovlen = (__typeof__(part.msg_iovlen))parts};
        ssize_t sent = flags ? REAL(sendmsg)(passage->fd, &part, flags)
                             : call->write_all(call, window, (int)parts);
        if (sent < 0)
            return done ? (ssize_t)done : -1;
        done += (size_t)sent;
        if ((size_t)sent < covered)
            break;
    }
    return (ssize_t)done;
}

static ssize_t all_writev(const struct writev_call *call, const struct iovec *iov, int count)
{
    return REAL(writev)(call->passage.fd, iov, count);
}

ssize_t writev(int fd, const struct iovec *iov, int count)
{
    size_t length;
    if (gate_passes(CALL_WRITE, fd) || count < 0 || !iov_length(iov, (size_t)count, &length))
        return REAL(writev)(fd, iov, count);
    struct writev_call call = {
        .passage = {.call = "writev",
                    .family = CALL_WRITE,
                    .fd = fd,
                    .length = length,
                    .iov = iov,
                    .parts = (uint16_t)count,
                    .go = go_writev},
        .write_all = all_writev,
    };
    struct gate gate;
    if (gate_enter(&gate, &call.passage))
        return gate_leave_quickly(&gate, REAL(writev)(fd, iov, count));
    return gate_hold(&gate);
}

static ssize_t all_pwritev2(const struct writev_call *call, const struct iovec *iov, int count)
{
    return REAL(pwritev2)(call->passage.fd, iov, count, call->offset, call->flags);
}

ssize_t pwritev2(int fd, const struct iovec *iov, int count, off_t offset, int flags)
{
    size_t length;
    if (gate_passes(CALL_WRITE, fd) || offset != NO_OFFSET || count < 0 ||
        !iov_length(iov, (size_t)count, &length))
        return REAL(pwritev2)(fd, iov, count, offset, flags);
    struct writev_call call = {
        .passage = {.call = "pwritev2",
                    .family = CALL_WRITE,
                    .fd = fd,
                    .length = length,
                    .iov = iov,
                    .parts = (uint16_t)count,
                    .dont_wait = flags & RWF_NOWAIT,
                    .go = go_writev},
        .offset = offset,
        .flags = flags,
        .write_all = all_pwritev2,
    };
    struct gate gate;
    if (gate_enter(&gate, &call.passage))
        return gate_leave(&gate, REAL(pwritev2)(fd, iov, count, offset, flags));
    return gate_hold(&gate);
}

ALIAS_OF(__write, write);
ALIAS_OF(own_write, write);
ALIAS_OF(pwritev64v2, pwritev2);
