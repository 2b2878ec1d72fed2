/* recvmsg.c - recvmsg, recvmmsg: as messages, or of a stream. */
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>

#include "algo.h"
#include "further.h"
#include "gate.h"
#include "iov.h"
#include "lifecycle.h"
#include "readable.h"
#include "ready.h"
#include "real.h"
#include "receive.h"
#include "recv.h"
#include "resolved.h"
#include "sandbox.h"
#include "told.h"

#ifndef TCP_INQ
#define TCP_INQ 36 /* linux/tcp.h */
#endif

struct recvmsg_call {
    struct passage passage;
    struct msghdr *message;
    int flags;
    uint32_t control_room; /* that the program gave */
};

/* Whether each part is told of, and the last one counts, as of a stream: how much is left, when it
 * came. But a TLS record of another kind, which asks for that, is to end the call (tls.rst). */
static bool is_told_of_parts(const struct msghdr *message)
{
    enum { TLS = 282 }; /* SOL_TLS, linux/socket.h */
    const struct cmsghdr *first = CMSG_FIRSTHDR(message);
    return first && first->cmsg_level != TLS;
}

/* A part: into a few of the buffers at a time, until one stays short. What else is told about the
 * message is that of the first. */
static ssize_t go_recvmsg(const struct passage *passage, size_t offset, size_t length, int flags)
{
    const struct recvmsg_call *call = (const void *)passage;
    struct msghdr *message = call->message;
    if (length == passage->length)
        return REAL(recvmsg)(passage->fd, message, call->flags | flags);

    struct iovec window[IOV_WINDOW];
    struct msghdr part = *message;
    size_t done = 0, covered;
    part.msg_iov = window;
    do {
        if (offset + done > 0) {
            bool told = is_told_of_parts(message);
            part.msg_name = NULL;
            part.msg_namelen = 0;
            part.msg_control = told ? message->msg_control : NULL;
            part.msg_controllen = told ? call->control_room : 0;
        }
        part.msg_iovlen = (__typeof__(part.msg_iovlen))passage_window(
            passage, offset + done, length - done, window, &covered);
        ssize_t got = REAL(recvmsg)(passage->fd, &part, call->flags | flags);
        if (got < 0)
            return done ? (ssize_t)done : -1;
        if (offset + done == 0) {
            message->msg_namelen = part.msg_namelen;
            message->msg_controllen = part.msg_controllen;
            message->msg_flags = part.msg_flags;
        } else if (part.msg_controllen) {
            message->msg_controllen = part.msg_controllen;
            message->msg_flags |= part.msg_flags & MSG_CTRUNC;
        }
        done += (size_t)got;
        if ((size_t)got < covered)
            break;
        if (!passage->all) /* but what is there is received */
            flags = MSG_DONTWAIT;
    } while (done < length && !gate_is_at_mark(passage->fd));
    return (ssize_t)done;
}

/* What the kernel says is left (TCP_INQ), the program knows. */
__attribute__((noinline)) static void note_unread(int fd, struct msghdr *message)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        int unread;
        if (c->cmsg_level != IPPROTO_TCP || c->cmsg_type != TCP_INQ ||
            c->cmsg_len < CMSG_LEN(sizeof unread)) /* it was cut */
            continue;
        memcpy(&unread, CMSG_DATA(c), sizeof unread);
        told_note(fd, unread, false);
    }
}

/* Inline, for recvmmsg to need no stack on top of it. */
__attribute__((always_inline)) static inline ssize_t receive_message(int fd, struct msghdr *message,
                                                                     int flags)
{
    ssize_t got;
    size_t length;
    if (gate_passes(CALL_RECV, fd) || (flags & TAKES_NOTHING) ||
        !is_readable(message, sizeof *message) ||
        !iov_length(message->msg_iov, message->msg_iovlen, &length)) {
        got = recv_looked(fd, flags, REAL(recvmsg)(fd, message, flags));
    } else {
        struct recvmsg_call call = {
            .passage = {.call = "recvmsg",
                        .family = CALL_RECV,
                        .fd = fd,
                        .length = length,
                        .iov = message->msg_iov,
                        .parts = (uint16_t)message->msg_iovlen,
                        .whole = flags & NOT_TO_BE_SPLIT,
                        .all = flags & MSG_WAITALL,
                        .dont_wait = flags & MSG_DONTWAIT,
                        .go = go_recvmsg},
            .message = message,
            .flags = flags,
            .control_room = message->msg_controllen < UINT32_MAX ? (uint32_t)message->msg_controllen
                                                                 : UINT32_MAX,
        };
        got = gate_receive(&call.passage, message->msg_name, &message->msg_namelen);
        if (got >= 0)
            note_unread(fd, message);
    }
    if (got >= 0)
        lifecycle_received(message);
    return got;
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    return receive_message(fd, message, flags);
}

/* What may have told addresses of hosts. `room`: that there was for each sender's address. */
__attribute__((noinline)) static void listen_to(int fd, const struct mmsghdr *messages, int count,
                                                socklen_t room)
{
    for (int i = 0; i < count; i++) {
        const struct msghdr *message = &messages[i].msg_hdr;
        bool told = message->msg_name && message->msg_namelen <= room;
        resolved_received(fd, message->msg_iov, message->msg_iovlen, messages[i].msg_len,
                          told ? message->msg_name : NULL, told ? message->msg_namelen : 0);
    }
}

static int all_received(struct mmsghdr *messages, int count)
{
    for (int i = 0; i < count; i++)
        lifecycle_received(&messages[i].msg_hdr);
    return count;
}

/* For the address of a sender, in any of them. */
static socklen_t least_room(const struct mmsghdr *messages, unsigned count)
{
    socklen_t least = sizeof(struct sockaddr_storage);
    for (unsigned i = 0; i < count && is_readable(&messages[i], sizeof messages[i]); i++)
        if (messages[i].msg_hdr.msg_namelen < least)
            least = messages[i].msg_hdr.msg_namelen;
    return least;
}

/* Which messages there will be is seen afterwards; each counts as a call. */
__attribute__((noinline)) static int receive_messages(int fd, struct mmsghdr *messages,
                                                      unsigned count, mmsg_flags flags,
                                                      struct timespec *timeout)
{
    const struct passage passage = {
        .call = "recvmmsg",
        .family = CALL_RECV,
        .fd = fd,
        .length = INT_MAX,
        .whole = true,
        .dont_wait = flags & MSG_DONTWAIT,
    };
    struct gate gate;
    bool limited = gate_look(&gate, &passage);
    int error = gate_idle(&gate);
    if (!error && limited)
        error = gate_await(&gate);
    if (error) {
        errno = error;
        return -1;
    }
    socklen_t room = limited && gate.from_anyone ? least_room(messages, count) : 0;
    int got = REAL(recvmmsg)(fd, messages, count, flags, timeout);
    uint16_t limits = gate.limits; /* on anyone */
    if (limited && got < 0)
        gate_charge_nothing(&gate);
    for (int i = 0; i < got && limited; i++) {
        gate.counted = false;
        gate.limits = limits;
        gate_received_from(&gate, fd, messages[i].msg_hdr.msg_name, room,
                           messages[i].msg_hdr.msg_namelen);
        gate_charge(&gate, messages[i].msg_len);
    }
    return all_received(messages, got);
}

__attribute__((noinline)) static bool is_time(const struct timespec *time)
{
    return is_readable(time, sizeof *time) && time->tv_sec >= 0 && time->tv_nsec >= 0 &&
           time->tv_nsec < (long)RL_SECOND;
}

/* What is left until then; false: nothing. */
__attribute__((noinline)) static bool is_left(struct timespec *left, uint64_t deadline_ns)
{
    uint64_t now_ns = rl_now(), left_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
    left->tv_sec = (time_t)(left_ns / RL_SECOND);
    left->tv_nsec = (long)(left_ns % RL_SECOND);
    return left_ns > 0;
}

/* Which recvmmsg(2) looks at first, as nothing else that receives does. */
__attribute__((noinline)) static int pending_error(int fd)
{
    int error = 0;
    socklen_t size = sizeof error;
    if (in_sandbox() || REAL(getsockopt)(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        return 0;
    return error;
}

static bool is_broken(int fd)
{
    short ready = ready_now(fd, 0);
    return ready != READY_UNKNOWN && (ready & POLLERR) && (ready & POLLHUP);
}

/* A stream has no messages: what each is to hold is received in turn, as the kernel does it. */
__attribute__((noinline)) static int receive_in_turn(int fd, struct mmsghdr *messages,
                                                     unsigned count, int flags,
                                                     struct timespec *timeout)
{
    if (timeout && !is_time(timeout))
        return REAL(recvmmsg)(fd, messages, count, (mmsg_flags)flags, timeout);
    uint64_t deadline_ns = RL_FOREVER;
    if (timeout)
        deadline_ns =
            rl_add(rl_now(), (uint64_t)timeout->tv_sec * RL_SECOND + (uint64_t)timeout->tv_nsec);
    int saved_errno = errno, done = 0;
    int error = pending_error(fd);
    errno = error ? error : saved_errno;
    if (error)
        return -1;
    while ((unsigned)done < count) {
        if (done > 0 && is_broken(fd)) /* the error is the next call's to see */
            break;
        ssize_t got = receive_message(fd, &messages[done].msg_hdr, flags & ~MSG_WAITFORONE);
        if (got < 0 && done == 0)
            return -1;
        errno = saved_errno;
        if (got < 0)
            break;
        messages[done].msg_len = (unsigned)got;
        bool urgent = messages[done++].msg_hdr.msg_flags & MSG_OOB;
        if (urgent || (timeout && !is_left(timeout, deadline_ns)))
            break;
        if (flags & MSG_WAITFORONE)
            flags |= MSG_DONTWAIT;
    }
    return done;
}

int recvmmsg(int fd, struct mmsghdr *messages, unsigned count, mmsg_flags flags,
             struct timespec *timeout)
{
    if (gate_passes(CALL_RECV, fd) || (flags & TAKES_NOTHING))
        return all_received(messages, REAL(recvmmsg)(fd, messages, count, flags, timeout));
    if (count == 0 || !is_readable(messages, sizeof *messages) ||
        fd_class(fd_look(fd)) != FD_STREAM) {
        bool listens = shim_limits_of(CALL_RECV) & LISTENS;
        socklen_t room = listens ? least_room(messages, count) : 0;
        int got = receive_messages(fd, messages, count, flags, timeout);
        if (listens)
            listen_to(fd, messages, got, room);
        return got;
    }
    return receive_in_turn(fd, messages, count, (int)flags, timeout);
}
