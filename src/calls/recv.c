/* recv.c - recv, recvfrom, and the entry points of fortified programs. */
#include "gate.h"
#include "real.h"
#include "receive.h"
#include "recv.h"

struct recvfrom_call {
    struct passage passage;
    int flags;
    struct sockaddr *from;
    socklen_t *from_length;
};

static ssize_t go_recv(const struct passage *passage, size_t offset, size_t length, int flags)
{
    const struct recvfrom_call *call = (const void *)passage;
    return REAL(recv)(passage->fd, passage->room + offset, length, call->flags | flags);
}

ssize_t recv(int fd, void *bytes, size_t length, int flags)
{
    if (gate_passes(CALL_RECV, fd) || (flags & TAKES_NOTHING))
        return recv_looked(fd, flags, REAL(recv)(fd, bytes, length, flags));
    struct recvfrom_call call = {
        .passage = {.call = "recv",
                    .family = CALL_RECV,
                    .fd = fd,
                    .length = length,
                    .room = bytes,
                    .whole = flags & NOT_TO_BE_SPLIT,
                    .all = flags & MSG_WAITALL,
                    .dont_wait = flags & MSG_DONTWAIT,
                    .go = go_recv},
        .flags = flags,
    };
    return gate_receive(&call.passage, NULL, NULL);
}

static ssize_t go_recvfrom(const struct passage *passage, size_t offset, size_t length, int flags)
{
    const struct recvfrom_call *call = (const void *)passage;
    return REAL(recvfrom)(passage->fd, passage->room + offset, length, call->flags | flags,
                          call->from, call->from_length);
}

ssize_t recvfrom(int fd, void *bytes, size_t length, int flags, struct sockaddr *from,
                 socklen_t *from_length)
{
    if (gate_passes(CALL_RECV, fd) || (flags & TAKES_NOTHING))
        return recv_looked(fd, flags, REAL(recvfrom)(fd, bytes, length, flags, from, from_length));
    struct recvfrom_call call = {
        .passage = {.call = "recvfrom",
                    .family = CALL_RECV,
                    .fd = fd,
                    .length = length,
                    .room = bytes,
                    .whole = flags & NOT_TO_BE_SPLIT,
                    .all = flags & MSG_WAITALL,
                    .dont_wait = flags & MSG_DONTWAIT,
                    .go = go_recvfrom},
        .flags = flags,
        .from = from,
        .from_length = from_length,
    };
    return gate_receive(&call.passage, from, from_length);
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
