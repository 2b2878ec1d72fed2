/* send.c - send, sendto, sendmsg, sendmmsg. */
#include <errno.h>

#include "connect.h"
#include "gate.h"
#include "hold.h"
#include "iov.h"
#include "readable.h"
#include "real.h"

/* Flags that say something about the call as one: its end, its completion, its connection. */
#define NOT_TO_BE_SPLIT (MSG_OOB | MSG_EOR | MSG_FASTOPEN | MSG_ZEROCOPY)

/* After gate_enter was false. Inline, to need no stack of its own. */
__attribute__((always_inline)) static inline ssize_t hold(struct gate *gate)
{
    ssize_t result = gate_hold(gate);
    if (result < 0 && !gate->taken && gate->passage->connects && !gate->message)
        return connect_cut_short(gate, errno);
    return result;
}

struct sendto_call {
    struct passage passage;
    int flags;
};

static ssize_t go_send(const struct passage *passage, size_t offset, size_t length, int flags)
{
    const struct sendto_call *call = (const void *)passage;
    return REAL(send)(passage->fd, passage->bytes + offset, length, call->flags | flags);
}

ssize_t send(int fd, const void *bytes, size_t length, int flags)
{
    if (gate_passes(CALL_SEND, fd))
        return REAL(send)(fd, bytes, length, flags);
    struct sendto_call call = {
        .passage = {.call = "send",
                    .family = CALL_SEND,
                    .fd = fd,
                    .length = length,
                    .bytes = bytes,
                    .whole = flags & NOT_TO_BE_SPLIT,
                    .dont_wait = flags & MSG_DONTWAIT,
                    .go = go_send},
        .flags = flags,
    };
    struct gate gate;
    if (gate_enter(&gate, &call.passage))
        return gate_leave_quickly(&gate, REAL(send)(fd, bytes, length, flags));
    return gate_hold(&gate);
}

static ssize_t go_sendto(const struct passage *passage, size_t offset, size_t length, int flags)
{
    const struct sendto_call *call = (const void *)passage;
    return REAL(sendto)(passage->fd, passage->bytes + offset, length, call->flags | flags,
                        passage->to, passage->to_length);
}

ssize_t sendto(int fd, const void *bytes, size_t length, int flags, const struct sockaddr *to,
               socklen_t to_length)
{
    if (gate_passes_send(fd, flags))
        return REAL(sendto)(fd, bytes, length, flags, to, to_length);
    struct sendto_call call = {
        .passage = {.call = "sendto",
                    .family = CALL_SEND,
                    .fd = fd,
                    .length = length,
                    .bytes = bytes,
                    .to = to,
                    .to_length = to_length,
                    .whole = flags & NOT_TO_BE_SPLIT,
                    .dont_wait = flags & MSG_DONTWAIT,
                    .connects = to && (flags & MSG_FASTOPEN),
                    .go = go_sendto},
        .flags = flags,
    };
    struct gate gate;
    if (gate_enter(&gate, &call.passage))
        return gate_leave_quickly(&gate, REAL(sendto)(fd, bytes, length, flags, to, to_length));
    return hold(&gate);
}

struct sendmsg_call {
    struct passage passage;
    const struct msghdr *message;
    int flags;
};

/* Ancillary data goes with the first piece. */
static ssize_t go_sendmsg(const struct passage *passage, size_t offset, size_t length, int flags)
{
    const struct sendmsg_call *call = (const void *)passage;
    if (length == passage->length)
        return REAL(sendmsg)(passage->fd, call->message, call->flags | flags);

    struct iovec window[IOV_WINDOW];
    struct msghdr part = *call->message;
    part.msg_iov = window;
    if (offset > 0) {
        part.msg_control = NULL;
        part.msg_controllen = 0;
    }
    size_t done = 0, covered;
    while (done < length) {
        part.msg_iovlen = (__typeof__(part.msg_iovlen))passage_window(
            passage, offset + done, length - done, window, &covered);
        ssize_t sent = REAL(sendmsg)(passage->fd, &part, call->flags | flags);
        if (sent < 0)
            return done ? (ssize_t)done : -1;
        done += (size_t)sent;
        if ((size_t)sent < covered)
            break;
        part.msg_control = NULL;
        part.msg_controllen = 0;
    }
    return (ssize_t)done;
}

/* Of a stream a later one is not to wait in the kernel: there a handler with SA_RESTART would not
 * end the call, of which something has gone. */
static bool message_goes(struct gate *gate, const struct passage *passage)
{
    bool held = passage->later && fd_class(fd_look(passage->fd)) == FD_STREAM;
    return held ? !gate_look(gate, passage) : gate_enter(gate, passage);
}

/* Inline, for sendmmsg to need no stack on top of it. */
__attribute__((always_inline)) static inline ssize_t
send_message(int fd, const struct msghdr *message, int flags, bool later)
{
    size_t length;
    if (gate_passes_send(fd, flags) || !is_readable(message, sizeof *message) ||
        !iov_length(message->msg_iov, message->msg_iovlen, &length))
        return REAL(sendmsg)(fd, message, flags);
    struct sendmsg_call call = {
        .passage = {.call = "sendmsg",
                    .family = CALL_SEND,
                    .fd = fd,
                    .length = length,
                    .iov = message->msg_iov,
                    .parts = (uint16_t)message->msg_iovlen,
                    .to = message->msg_name,
                    .to_length = message->msg_namelen,
                    .whole = flags & NOT_TO_BE_SPLIT,
                    .dont_wait = flags & MSG_DONTWAIT,
                    .connects = message->msg_name && (flags & MSG_FASTOPEN),
                    .later = later,
                    .go = go_sendmsg},
        .message = message,
        .flags = flags,
    };
    struct gate gate;
    if (message_goes(&gate, &call.passage))
        return gate_leave_quickly(&gate, REAL(sendmsg)(fd, message, flags));
    return hold(&gate);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    return send_message(fd, message, flags, false);
}

__attribute__((noinline)) static bool is_all(const struct msghdr *message, size_t sent)
{
    size_t length;
    return iov_length(message->msg_iov, message->msg_iovlen, &length) && sent >= length;
}

/* As the kernel does it: message by message, until one fails or goes out only in part. */
int sendmmsg(int fd, struct mmsghdr *messages, unsigned count, mmsg_flags flags)
{
    if (gate_passes_send(fd, (int)flags) || count == 0 || !is_readable(messages, sizeof *messages))
        return REAL(sendmmsg)(fd, messages, count, flags);

    enum { MOST_MESSAGES = 1024 }; /* UIO_MAXIOV, net/socket.c */
    int saved_errno = errno;
    unsigned done = 0;
    while (done < count && done < MOST_MESSAGES) {
        struct mmsghdr *message = &messages[done];
        ssize_t sent = send_message(fd, &message->msg_hdr, (int)flags, done > 0);
        if (sent < 0)
            break;
        message->msg_len = (unsigned)sent;
        done++;
        if (!is_all(&message->msg_hdr, (size_t)sent))
            break;
    }
    if (done == 0 && count > 0)
        return -1;
    errno = saved_errno;
    return (int)done;
}

ALIAS_OF(__send, send);
ALIAS_OF(__sendmmsg, sendmmsg);
