/* turn.c - a call that must wait: what it is to feel like, and until when. See turn.h. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include "algo.h"
#include "gate.h"
#include "messages.h"
#include "piece.h"
#include "raw.h"
#include "ready.h"
#include "real.h"
#include "report.h"
#include "said.h"
#include "sandbox.h"
#include "ticket.h"
#include "turn.h"

/* SO_SNDTIMEO or SO_RCVTIMEO in ns; RL_FOREVER: none. False: the number is no socket any more. */
__attribute__((noinline)) static bool socket_timeout(int fd, int option, uint64_t *timeout_ns)
{
    *timeout_ns = RL_FOREVER;
    if (in_sandbox())
        return true;
    struct timeval timeout;
    socklen_t size = sizeof timeout;
    int saved_errno = errno;
    bool is_socket = REAL(getsockopt)(fd, SOL_SOCKET, option, &timeout, &size) == 0;
    errno = saved_errno;
    if (!is_socket)
        return false;
    if (timeout.tv_sec || timeout.tv_usec)
        *timeout_ns = (uint64_t)timeout.tv_sec * RL_SECOND + (uint64_t)timeout.tv_usec * 1000;
    return true;
}

static long descriptor_flags(int fd)
{
    long flags = in_sandbox() ? 0 : raw_call(SYS_fcntl, fd, F_GETFL, 0, 0, 0);
    return flags < 0 ? 0 : flags;
}

/* A signal says that it is ready (signal(7), SIGIO), and none would when its gate opens. */
bool gate_tells_by_signal(int fd)
{
    return descriptor_flags(fd) & O_ASYNC;
}

bool gate_blocks(int fd)
{
    return !(descriptor_flags(fd) & O_NONBLOCK);
}

/* Unless the call, or the descriptor, says that it does not. By number: where threads are a library
 * of its own (glibc before 2.34), fcntl(2) is found in that, and finds libc's when it is called. */
__attribute__((noinline)) static bool waits(const struct passage *passage)
{
    if (passage->dont_wait || in_sandbox())
        return !passage->dont_wait;
    return gate_blocks(passage->fd);
}

/* Of a socket, whatever number it has (socket(7)); 0: it is none. */
__attribute__((noinline)) static uint64_t cookie(int fd)
{
    uint64_t cookie = 0;
    socklen_t size = sizeof cookie;
    int saved_errno = errno;
    if (REAL(getsockopt)(fd, SOL_SOCKET, SO_COOKIE, &cookie, &size) != 0)
        cookie = 0;
    errno = saved_errno;
    return cookie;
}

bool gate_same_socket(const struct gate *gate)
{
    return in_sandbox() || !gate->begun || cookie(gate->passage->fd) == gate->cookie;
}

uint64_t gate_timeout(const struct gate *gate)
{
    return gate_timeout_of(gate->limits);
}

uint64_t gate_timeout_of(unsigned limits)
{
    uint64_t timeout_ns = RL_FOREVER;
    for (unsigned rest = limits; rest; rest &= rest - 1) {
        const struct limit *limit = &shim.config.limits[__builtin_ctz(rest)];
        if (limit->timeout_ns < timeout_ns)
            timeout_ns = limit->timeout_ns;
    }
    return timeout_ns;
}

bool gate_hung_up(int fd)
{
    short ready = ready_now(fd, 0);
    return ready != READY_UNKNOWN && (ready & POLLHUP);
}

/*
 * Before a later piece: the error of a connection that broke, or that was shut down, is the next
 * call's to see, as it would be if the kernel had held the call up; a piece that fails would eat
 * it.
 */
bool gate_may_send(int fd)
{
    uint8_t state; /* the first member of struct tcp_info (tcp(7)) */
    socklen_t size = sizeof state;
    int saved_errno = errno;
    bool tcp = !in_sandbox() && REAL(getsockopt)(fd, IPPROTO_TCP, TCP_INFO, &state, &size) == 0;
    errno = saved_errno;
    if (!tcp)
        return !gate_hung_up(fd);
    switch (state) {
    case TCP_SYN_SENT: /* of TCP Fast Open: the first piece went with the SYN, */
    case TCP_SYN_RECV: /* or with the answer to it */
    case TCP_ESTABLISHED:
    case TCP_CLOSE_WAIT:
        return true;
    default:
        return false;
    }
}

/* When it is the call's turn: whether it can still go. */
__attribute__((noinline)) static int look_at_socket(const struct gate *gate)
{
    if (!gate_same_socket(gate))
        return EBADF;
    if (gate->says && said_is_closed(gate, rl_now()))
        return ERESTART; /* it was told so meanwhile */
    if (gate->counted && !gate_is_receive(gate->passage->family) &&
        !gate_may_send(gate->passage->fd))
        return EBADF; /* it ended meanwhile */
    return 0;
}

bool gate_begin(struct gate *gate)
{
    if (gate->begun)
        return true;
    const struct passage *passage = gate->passage;
    int option = gate_is_receive(passage->family) ? SO_RCVTIMEO : SO_SNDTIMEO;
    uint64_t timeout_ns;
    gate->waits = true;
    gate->timed = false;
    gate->deadline_ns = RL_FOREVER;
    if (!socket_timeout(passage->fd, option, &timeout_ns))
        return false;
    gate->cookie = in_sandbox() ? 0 : cookie(passage->fd);
    gate->waits = waits(passage);
    gate->timed = gate->waits && timeout_ns != RL_FOREVER;
    if (gate->timed)
        gate->deadline_ns = rl_add(gate->arrival_ns, timeout_ns);
    gate->begun = true;
    return true;
}

/* What would be lost to a cancellation; where the kernel waits for more, it is as well. */
static bool has_received(const struct gate *gate)
{
    return gate->counted && gate_is_receive(gate->passage->family) && !gate->passage->all;
}

/* By itself, or by what the program wants of the thread. */
bool gate_no_point(const struct gate *gate)
{
    return gate->passage->no_point || (gate->blocked && !gate->cancels);
}

/* How a wait may end. A signal ends no call that does not wait. One that waits goes on after a
 * handler with SA_RESTART as long as it has done nothing, and has no timeout (signal(7)). */
unsigned gate_wait_flags(const struct gate *gate)
{
    return (gate->whole || gate->says ? RL_DEBT : 0) | (gate->waits ? 0 : RL_NO_SIGNALS) |
           (gate->timed || gate->counted || gate->passage->later ? RL_NO_RESTART : 0) |
           (gate_no_point(gate) || has_received(gate) ? RL_NO_CANCEL : 0) |
           (in_sandbox() ? RL_PLAINLY : 0);
}

/* Apart from the wait, to be off the stack then. */
__attribute__((noinline)) void gate_prepare(struct gate *gate, struct rl_wait *wait)
{
    uint64_t our_deadline_ns = rl_add(gate->arrival_ns, gate_timeout(gate));
    bool ours = our_deadline_ns <= gate->deadline_ns;
    gate->timeout_error = ours ? ETIMEDOUT : EAGAIN;
    *wait = (struct rl_wait){
        .claims = gate->claims,
        .flags = gate_wait_flags(gate),
        .deadline_ns = ours ? our_deadline_ns : gate->deadline_ns,
        .signals = gate->blocked ? &gate->signals : NULL,
    };
    wait->now_ns = wait->since_ns = rl_now();
    gate_cut_to_room(gate, wait->now_ns);
    gate_claim(gate);
    wait->count = gate->claims_count;
}

static int too_much(void)
{
    static bool said;
    messages_warn(&said, "what would take a limit more than twelve years never conforms: it fails "
                         "with ETIMEDOUT");
    return ETIMEDOUT;
}

void gate_tell_of_mended(unsigned limits)
{
    static bool said;
    for (; limits; limits &= limits - 1)
        if (shim.limiters[__builtin_ctz(limits)].mended)
            messages_warn(&said, "the shared state of a limit was not what any of its processes "
                                 "can have written: it was put right");
}

__attribute__((noinline)) int gate_conclude(struct gate *gate, int error)
{
    gate->taken = error == 0;
    gate_tell_of_mended(gate->limits);
    if (error == EOVERFLOW)
        error = too_much();
    else if (error == ETIMEDOUT)
        error = gate->timeout_error;
    if (error || (shim.tracing && !gate_is_receive(gate->passage->family)))
        report_decision(gate, rl_now(), error);
    return error;
}

/* The burst was changed, and what is asked for does not fit in any more. */
__attribute__((noinline)) void gate_cut_anew(struct gate *gate, struct rl_wait *wait)
{
    gate_cut_to_room(gate, wait->now_ns);
    gate_claim(gate);
    wait->count = gate->claims_count;
}

/* Here system calls cost nothing any more. The last thing before the call is to read the clock, and
 * to take: whatever came between would make it late. */
__attribute__((noinline)) static int wait_in_line(struct gate *gate)
{
    int error;
    {
        struct rl_wait wait;
        gate_prepare(gate, &wait);
        do {
            while ((error = rl_await(&wait)) == E2BIG)
                gate_cut_anew(gate, &wait);
            gate->policed = error == EAGAIN;
            if (error == 0 && (error = look_at_socket(gate)) != 0)
                rl_leave(&wait);
            wait.now_ns = rl_now();
        } while (error == 0 && !rl_take(&wait));
        gate->waited_ns = wait.now_ns - said_since(gate, wait.since_ns);
    }
    if (error == ERESTART)
        return error;
    return gate_conclude(gate, error); /* as the last thing: then this frame is off the stack */
}

/* What is told of an event loop that was asked for. */
static void tell_of_held(const struct gate *gate)
{
    static bool said;
    if (!gate->waits && ticket_is_blocking(gate->limits))
        messages_warn(&said, "RL_NONBLOCK=block: a call of a socket that does not block is held; "
                             "should it be an event loop's, that stands still meanwhile");
}

/* The last call in here is a jump: then this frame is off the stack. */
static int wait(struct gate *gate)
{
    int error = ticket_is_for(gate) ? ticket_wait(gate) : EBUSY;
    if (error != EBUSY)
        return error;
    tell_of_held(gate);
    return wait_in_line(gate);
}

/* While the host that it asks takes no requests, it waits for that as well. */
__attribute__((noinline)) static int wait_for_host_too(struct gate *gate)
{
    int error;
    do
        if ((error = said_wait(gate, ticket_is_for(gate))) == 0)
            error = wait(gate);
    while (error == ERESTART);
    return error;
}

int gate_wait(struct gate *gate)
{
    if (!gate_begin(gate)) {
        /* Closed by a way that cannot be seen (inside libc), and now something else. */
        fd_forget(gate->passage->fd);
        gate->limits = 0;
    }
    return gate->says ? wait_for_host_too(gate) : wait(gate);
}

/* Of sendfile, the kernel counts the timeout from the last bit that went out. */
void gate_begin_time_anew(struct gate *gate)
{
    uint64_t timeout_ns;
    if (socket_timeout(gate->passage->fd, SO_SNDTIMEO, &timeout_ns))
        gate->deadline_ns = rl_add(rl_now(), timeout_ns);
}
