/* hold.c - a call that must wait: in pieces, each when it conforms. */
#include <errno.h>
#include <poll.h>

#include "gate.h"

/* The kernel takes no more in one call (MAX_RW_COUNT, read_write.c). */
#define MOST_BYTES ((size_t)0x7ffff000)

/*
 * Before a later piece: the error of a connection that broke is the next call's to see, as it would
 * be if the kernel had held the call up; a piece that fails would eat it. POLLHUP tells, since
 * POLLERR may be no more than a message in the error queue.
 */
static bool broken(int fd)
{
    struct pollfd p = {.fd = fd, .events = 0};
    int saved_errno = errno;
    bool hung_up = poll(&p, 1, 0) > 0 && (p.revents & POLLHUP);
    errno = saved_errno;
    return hung_up;
}

/* Police mode drops a datagram as a policer in the network does: the sender is not told. */
static ssize_t refuse(const struct gate *gate, int error)
{
    if (gate->policed && fd_class(gate->entry) == FD_MESSAGE)
        return (ssize_t)gate->passage->length;
    errno = error;
    return -1;
}

ssize_t gate_hold(struct gate *gate)
{
    const struct passage *passage = gate->passage;
    int saved_errno = errno;
    size_t length = passage->length, done = 0;
    if (length > MOST_BYTES && !gate->whole)
        length = MOST_BYTES;
    do {
        gate->bytes = length - done;
        if (done > 0 && broken(passage->fd))
            break;
        int error = gate_wait(gate);
        if (error)
            return done ? (ssize_t)done : refuse(gate, error);

        ssize_t sent = gate_leave(gate, passage->go(passage, done, gate->bytes));
        gate->counted = true;
        if (sent < 0 && done == 0)
            return -1;
        if (sent < 0) {
            errno = saved_errno;
            break;
        }
        done += (size_t)sent;
        if ((size_t)sent < gate->bytes || passage->once)
            break;
    } while (done < length);
    return (ssize_t)done;
}
