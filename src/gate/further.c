/* further.c - see further.h. */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "algo.h"
#include "further.h"
#include "gate.h"
#include "hold.h"
#include "loop.h"
#include "ready.h"
#include "real.h"
#include "sandbox.h"
#include "told.h"
#include "turn.h"
#include "wait.h"

/* More of a stream is there, and no error that would be lost. */
static bool is_more(int fd)
{
    if (in_sandbox())
        return (ready_now(fd, POLLIN) & (POLLIN | POLLERR)) == POLLIN;
    return unread_now(fd) > 0;
}

/* SO_RCVLOWAT: so many bytes a blocking receive waits for (socket(7)). */
static size_t low_water(int fd)
{
    int mark = 1;
    socklen_t size = sizeof mark;
    int saved_errno = errno;
    if (in_sandbox() || REAL(getsockopt)(fd, SOL_SOCKET, SO_RCVLOWAT, &mark, &size) != 0 ||
        mark < 1)
        mark = 1;
    errno = saved_errno;
    return (size_t)mark;
}

/* With such a mark poll(2) tells of no less, though only the rest of it is missing. So who waits
 * looks at how much is there. */
__attribute__((noinline)) static int wait_below_mark(struct gate *gate)
{
    enum { LOOK_NS = 5000000 };
    uint64_t deadline_ns = gate->deadline_ns;
    int error;
    do {
        uint64_t again_ns = rl_add(rl_now(), LOOK_NS);
        gate->deadline_ns = again_ns < deadline_ns ? again_ns : deadline_ns;
        error = gate_wait_for_kernel(gate, POLLIN);
    } while (error == EAGAIN && gate->deadline_ns < deadline_ns && !is_more(gate->passage->fd));
    gate->deadline_ns = deadline_ns;
    return is_more(gate->passage->fd) && error == EAGAIN ? 0 : error;
}

bool gate_is_at_mark(int fd)
{
    return !in_sandbox() && is_at_mark_now(fd);
}

/* Many programs take a short count for "nothing is left" (epoll(7)): so one that does not wait goes
 * on while more is there, and so does every one when the connection is closed. Of less than the
 * mark no readiness call tells: so one that has got less is held, and one that waits leaves no
 * less. The error of a connection that broke while it waited is the next call's to see. */
bool gate_goes_on(struct gate *gate, size_t done, bool again)
{
    const struct passage *passage = gate->passage;
    if (gate_is_at_mark(passage->fd))
        return false;
    bool hung_up = gate_hung_up(passage->fd), more = is_more(passage->fd);
    size_t mark = low_water(passage->fd), least = passage->all ? passage->length : mark;
    gate->held = done < mark;
    if (!gate->waits || hung_up)
        return more;
    if (done >= least)
        return more && !again &&
               (told_of_more(passage->fd) || gate_tells_by_signal(passage->fd) ||
                (mark > 1 && unread_now(passage->fd) < mark));
    if (more && !again)
        return true;
    int error = mark == 1 ? gate_wait_for_kernel(gate, POLLIN) : wait_below_mark(gate);
    return error == 0 && (!gate_hung_up(passage->fd) || is_more(passage->fd));
}

bool gate_left_some(const struct gate *gate, size_t done)
{
    const struct passage *passage = gate->passage;
    return loop_was_asked() && gate->begun && gate->waits && !gate->whole && !passage->once &&
           done > 0 && done < passage->length && !in_sandbox() && is_more(passage->fd);
}
