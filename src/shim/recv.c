/* recv.c - recv, recvfrom, recvmsg, recvmmsg, and the entry points of fortified programs. */
#include <errno.h>

#include "gate.h"
#include "iov.h"
#include "lifecycle.h"
#include "real.h"

/* These take nothing out of the stream. */
#define TAKES_NOTHING (MSG_PEEK | MSG_ERRQUEUE)

struct recvfrom_call {
    struct passage passage;
    char *bytes;
    int flags;
    struct sockaddr *from;
    socklen_t *from_length;
};

static ssize_t go_recv(const struct passage *passage, size_t offset, size_t length)
{
    const struct recvfrom_call *call = (const void *)passage;
    return REAL(recv)(passage->fd, call->bytes + offset, length, call->flags);
}

ssize_t recv(int fd, void *bytes, size_t length, int flags)
{
    if (gate_passes(CALL_RECV, fd) || (flags & TAKES_NOTHING))
        return REAL(recv)(fd, bytes, length, flags);
    struct recvfrom_call call = {
        .passage = {.call = "recv",
                    .family = CALL_RECV,
                    .fd = fd,
                    .length = length,
                    .all = flags & MSG_WAITALL,
                    .go = go_recv},
        .bytes = bytes,
        .flags = flags,
    };
    return gate_receive(&call.passage, NULL, NULL);
}

static ssize_t go_recvfrom(const struct passage *passage, size_t offset, size_t length)
{
    const struct recvfrom_call *call = (const void *)passage;
    return REAL(recvfrom)(passage->fd, call->bytes + offset, length, call->flags, call->from,
                          call->from_length);
}

ssize_t recvfrom(int fd, void *bytes, size_t length, int flags, struct sockaddr *from,
                 socklen_t *from_length)
{
    if (gate_passes(CALL_RECV, fd) || (flags & TAKES_NOTHING))
        return REAL(recvfrom)(fd, bytes, length, flags, from, from_length);
    struct recvfrom_call call = {
        .passage = {.call = "recvfrom",
                    .family = CALL_RECV,
                    .fd = fd,
                    .length = length,
                    .all = flags & MSG_WAITALL,
                    .go = go_recvfrom},
        .bytes = bytes,
        .flags = flags,
        .from = from,
        .from_length = from_length,
    };
    return gate_receive(&call.passage, from, from_length);
}

struct recvmsg_call {
    struct passage passage;
    struct msghdr *message;
    int flags;
};

/* A part: into as many of the buffers as are looked at together; a receive may be short. */
static ssize_t go_recvmsg(const struct passage *passage, size_t offset, size_t length)
{
    const struct recvmsg_call *call = (const void *)passage;
    if (length == passage->length)
        return REAL(recvmsg)(passage->fd, call->message, call->flags);

    struct iovec window[IOV_WINDOW];
    struct msghdr part = *call->message;
    size_t covered;
    part.msg_iovlen = (__typeof__(part.msg_iovlen))iov_window(part.msg_iov, part.msg_iovlen, offset,
                                                              length, window, &covered);
    part.msg_iov = window;
    ssize_t got = REAL(recvmsg)(passage->fd, &part, call->flags);
    call->message->msg_namelen = part.msg_namelen;
    call->message->msg_controllen = part.msg_controllen;
    call->message->msg_flags = part.msg_flags;
    return got;
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    ssize_t got;
    size_t length;
    if (gate_passes(CALL_RECV, fd) || (flags & TAKES_NOTHING) || !message ||
        !iov_length(message->msg_iov, message->msg_iovlen, &length)) {
        got = REAL(recvmsg)(fd, message, flags);
    } else {
        struct recvmsg_call call = {
            .passage = {.call = "recvmsg",
                        .family = CALL_RECV,
                        .fd = fd,
                        .length = length,
                        .whole = flags & MSG_WAITALL,
                        .go = go_recvmsg},
            .message = message,
            .flags = flags,
        };
        got = gate_receive(&call.passage, message->msg_name, &message->msg_namelen);
    }
    if (got >= 0)
        lifecycle_received(message);
    return got;
}

/* Which messages there will be is seen afterwards; each counts as a call. */
int recvmmsg(int fd, struct mmsghdr *messages, unsigned count, mmsg_flags flags,
             struct timespec *timeout)
{
    const struct passage passage = {
        .call = "recvmmsg",
        .family = CALL_RECV,
        .fd = fd,
        .length = 1,
        .whole = true,
    };
    struct gate gate = {.limits = 0};
    bool limited =
        !gate_passes(CALL_RECV, fd) && !(flags & TAKES_NOTHING) && gate_look(&gate, &passage);
    int error = limited ? gate_await(&gate) : 0;
    if (error) {
        errno = error;
        return -1;
    }
    int got = REAL(recvmmsg)(fd, messages, count, flags, timeout);
    uint16_t limits = gate.limits;
    for (int i = 0; i < got; i++) {
        struct msghdr *message = &messages[i].msg_hdr;
        if (limited) {
            gate.counted = false;
            gate.limits = limits;
            gate_received_from(&gate, message->msg_name, message->msg_namelen);
            gate_charge(&gate, messages[i].msg_len);
        }
        lifecycle_received(message);
    }
    return got;
}

/* Of programs built with _FORTIFY_SOURCE: what would overflow is libc's to report. */
ssize_t __recv_chk(int fd, void *bytes, size_t length, size_t room, int flags)
{
    if (length > room)
        return REAL(__recv_chk)(fd, bytes, length, room, flags);
    return recv(fd, bytes, length, flags);
}

ssize_t __recvfrom_chk(int fd, void *bytes, size_t length, size_t room, int flags,
                       struct sockaddr *from, socklen_t *from_length)
{
    if (length > room)
        return REAL(__recvfrom_chk)(fd, bytes, length, room, flags, from, from_length);
    return recvfrom(fd, bytes, length, flags, from, from_length);
}
