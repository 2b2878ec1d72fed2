/* hold.c - a call that is held: in pieces, each in its turn. See hold.h. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>

#include "ahead.h"
#include "algo.h"
#include "gate.h"
#include "hold.h"
#include "ready.h"
#include "sandbox.h"
#include "signals.h"
#include "ticket.h"
#include "turn.h"
#include "threads.h"
#include "wait.h"

/* The kernel takes no more in one call (MAX_RW_COUNT, read_write.c). */
#define MOST_BYTES ((size_t)0x7ffff000)

/* Police mode drops a datagram as a policer in the network does: the sender is not told. */
static ssize_t refuse(const struct gate *gate, int error)
{
    if (gate->policed && gate->message)
        return (ssize_t)gate->passage->length;
    errno = error;
    return -1;
}

/* What poll(2) says need not be true: POLLERR may be no more than a message in the error queue, and
 * of what there is room for there may be no memory. Who is told so again, though nothing came of
 * it, waits for a moment: for ever at once, he would see no signal, and no timeout. */
int gate_wait_for_kernel(struct gate *gate, short events)
{
    enum { MOMENT_NS = 2000000 };
    int fd = gate->passage->fd;
    if (!gate->begun || !gate->waits || in_sandbox())
        return 0;
    bool ready = ready_now(fd, events), again = ready && gate->was_ready;
    gate->was_ready = ready;
    if (ready && !again)
        return 0;
    unsigned flags = gate_no_point(gate) ? RL_NO_CANCEL : 0;
    uint64_t until_ns = again ? rl_add(rl_now(), MOMENT_NS) : RL_FOREVER;
    bool is_last = gate->deadline_ns <= until_ns;
    int error = rl_poll_until(again ? -1 : fd, events, is_last ? gate->deadline_ns : until_ns,
                              flags, gate->blocked ? &gate->signals : NULL);
    return error != ETIMEDOUT ? error : is_last ? EAGAIN : 0;
}

int gate_go_flags(const struct gate *gate)
{
    bool ours =
        gate->begun && gate->waits && (gate->counted || gate->timed || gate->passage->later);
    return ours && !gate->whole && !gate->passage->may_wait && !in_sandbox() ? MSG_DONTWAIT : 0;
}

/* Nor is the thread cancelled meanwhile, with such a mask. */
void gate_block_signals(struct gate *gate)
{
    int state = PTHREAD_CANCEL_DISABLE;
    if (gate->blocked || !gate->waits || in_sandbox())
        return;
    rl_block_signals(&gate->signals);
    gate->blocked = true;
    if (rl_has_threads())
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    gate->cancels = state == PTHREAD_CANCEL_ENABLE;
}

void gate_restore_signals(struct gate *gate)
{
    if (!gate->blocked)
        return;
    gate->blocked = false;
    if (gate->cancels)
        rl_enable_cancellation(&gate->signals);
    rl_restore_signals(&gate->signals);
}

/* Whatever the pieces, the call ends when the kernel's would have. So after the first one, or if
 * the socket has a timeout, the kernel does not wait, but we do for it: there a signal is seen, and
 * the timeout counts once. And a signal that comes in between is blocked until the next wait. */
static ssize_t hold(struct gate *gate, size_t length)
{
    const struct passage *passage = gate->passage;
    int saved_errno = errno;
    size_t done = 0;
    bool full = false;
    do {
        gate->bytes = length - done;
        if (done > 0 && !gate_may_send(passage->fd))
            break;
        int error = done > 0 || full ? gate_wait_for_kernel(gate, POLLOUT) : 0;
        if (!error)
            error = gate_wait(gate);
        if (error)
            return done ? (ssize_t)done : refuse(gate, error);

        int flags = gate_go_flags(gate);
        ssize_t sent = gate_leave(gate, passage->go(passage, done, gate->bytes, flags));
        full = sent < 0 && errno == EAGAIN && flags;
        if (full)
            sent = 0;
        if (sent < 0 && done == 0)
            return -1;
        errno = saved_errno;
        if (sent < 0)
            break;
        gate->counted |= sent > 0;
        gate->was_ready &= sent == 0;
        done += (size_t)sent;
        if (gate->timed && passage->may_wait && sent > 0)
            gate_begin_time_anew(gate);
        if (passage->once && done < length && (size_t)sent == gate->bytes) {
            gate->bytes = length - done;
            ahead_queue(gate);
        }
        if (passage->once || ((size_t)sent < gate->bytes && !flags))
            break;
        if (done < length)
            gate_block_signals(gate);
    } while (done < length);
    return (ssize_t)done;
}

ssize_t gate_hold(struct gate *gate)
{
    size_t length = gate->passage->length;
    gate_begin(gate);
    if (length > MOST_BYTES && !gate->whole)
        length = MOST_BYTES;
    ssize_t result = hold(gate, length);
    gate_restore_signals(gate);
    return result;
}
