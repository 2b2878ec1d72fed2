/* hold.c - a call that must wait: until when, how long at most, and in which pieces. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include "algo.h"
#include "gate.h"
#include "hold.h"
#include "messages.h"
#include "raw.h"
#include "ready.h"
#include "real.h"
#include "report.h"
#include "sandbox.h"
#include "wait.h"

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

/* Unless the call, or the descriptor, says that it does not. */
__attribute__((noinline)) static bool waits(const struct passage *passage)
{
    if (passage->dont_wait || in_sandbox())
        return !passage->dont_wait;
    int saved_errno = errno;
    int flags = REAL(fcntl)(passage->fd, F_GETFL);
    errno = saved_errno;
    return flags < 0 || !(flags & O_NONBLOCK);
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
    uint64_t timeout_ns = RL_FOREVER;
    for (unsigned rest = gate->limits; rest; rest &= rest - 1) {
        const struct limit *limit = &shim.config.limits[__builtin_ctz(rest)];
        if (limit->timeout_ns < timeout_ns)
            timeout_ns = limit->timeout_ns;
    }
    return timeout_ns;
}

enum { SEGMENT_BYTES = 1460 }; /* of TCP on Ethernet */

/* A token that is begun counts as one. */
static size_t in_whole_units(unsigned limit, size_t bytes)
{
    bool tokens = shim.config.limits[limit].unit == UNIT_TOKENS;
    size_t of_unit = tokens ? (size_t)shim.config.bytes_per_token : 1;
    return bytes < of_unit ? of_unit : bytes - bytes % of_unit;
}

/* As large a part of what passes in 20 ms as is asked for, but at least a segment: small enough to
 * look like a steady flow, and to be a short wait for those behind; large enough to cost nothing.
 * Two of them fit into the burst, or who wakes up late could never make up for it. */
static size_t piece(unsigned limit, unsigned parts)
{
    size_t share = shim.piece[limit] / parts, half = shim.most[limit] / 2;
    if (share < SEGMENT_BYTES)
        share = SEGMENT_BYTES;
    if (share > half)
        share = half;
    return in_whole_units(limit, share);
}

/* What the kernel has little room for, it may have none for: it will be refunded, or wait there. So
 * little is taken: what passes in a millisecond, but at least a segment. */
enum { PARTS_WITHOUT_ROOM = 20 };

static bool has_room(const struct gate *gate)
{
    return gate->bytes <= SEGMENT_BYTES || gate_is_receive(gate->passage->family) ||
           ready_now(gate->passage->fd, POLLOUT);
}

static void cut_piece(struct gate *gate, unsigned least_parts, uint64_t now_ns)
{
    for (unsigned rest = gate->limits; rest && !gate->whole; rest &= rest - 1) {
        unsigned limit = (unsigned)__builtin_ctz(rest);
        if (shim.config.limits[limit].unit == UNIT_CALLS)
            continue;
        unsigned parts = rl_waiting(&shim.limiters[limit], now_ns) + 1;
        size_t most = piece(limit, parts > least_parts ? parts : least_parts);
        if (gate->bytes > most)
            gate->bytes = most;
    }
}

void gate_cut_piece(struct gate *gate, uint64_t now_ns)
{
    cut_piece(gate, 1, now_ns);
}

/* What the kernel takes at least without waiting, after it said that there is room. */
__attribute__((noinline)) static size_t room(int fd)
{
    enum { SNDBUF = 3, WMEM_QUEUED = 5 }; /* of SO_MEMINFO, linux/sock_diag.h */
    uint32_t info[WMEM_QUEUED + 1];
    socklen_t size = sizeof info;
    int saved_errno = errno;
    bool known = !in_sandbox() && REAL(getsockopt)(fd, SOL_SOCKET, SO_MEMINFO, info, &size) == 0 &&
                 size == sizeof info && info[SNDBUF] > info[WMEM_QUEUED];
    errno = saved_errno;
    size_t half =
        known ? (info[SNDBUF] - info[WMEM_QUEUED]) / 2 : 0; /* it counts its own as well */
    return half > SEGMENT_BYTES ? half : SEGMENT_BYTES;
}

/* Of a call that could not be kept from waiting in the kernel, but is not to, no more than there is
 * room for. */
static void cut_to_room(struct gate *gate)
{
    bool ours = gate->waits && (gate->counted || gate->timed);
    if (!gate->passage->may_wait || !ours || gate->whole || gate->bytes <= SEGMENT_BYTES)
        return;
    size_t most = room(gate->passage->fd);
    if (gate->bytes > most)
        gate->bytes = most;
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
static bool may_send(int fd)
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
    if (gate->counted && !gate_is_receive(gate->passage->family) && !may_send(gate->passage->fd))
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
static bool no_point(const struct gate *gate)
{
    return gate->passage->no_point || (gate->blocked && !gate->cancels);
}

/* How a wait may end. A signal ends no call that does not wait. One that waits goes on after a
 * handler with SA_RESTART as long as it has done nothing, and has no timeout (signal(7)). */
static unsigned wait_flags(const struct gate *gate)
{
    return (gate->whole ? RL_DEBT : 0) | (gate->waits ? 0 : RL_NO_SIGNALS) |
           (gate->timed || gate->counted ? RL_NO_RESTART : 0) |
           (no_point(gate) || has_received(gate) ? RL_NO_CANCEL : 0) |
           (in_sandbox() ? RL_PLAINLY : 0);
}

/* Apart from the wait, to be off the stack then. */
__attribute__((noinline)) static void prepare(struct gate *gate, struct rl_wait *wait)
{
    if (!gate_begin(gate)) {
        /* Closed by a way that cannot be seen (inside libc), and now something else. */
        fd_forget(gate->passage->fd);
        gate->limits = 0;
    }
    uint64_t our_deadline_ns = rl_add(gate->arrival_ns, gate_timeout(gate));
    bool ours = our_deadline_ns <= gate->deadline_ns;
    gate->timeout_error = ours ? ETIMEDOUT : EAGAIN;
    *wait = (struct rl_wait){
        .claims = gate->claims,
        .flags = wait_flags(gate),
        .deadline_ns = ours ? our_deadline_ns : gate->deadline_ns,
        .signals = gate->blocked ? &gate->signals : NULL,
    };
    wait->now_ns = wait->since_ns = rl_now();
    cut_piece(gate, gate->whole || has_room(gate) ? 1 : PARTS_WITHOUT_ROOM, wait->now_ns);
    cut_to_room(gate);
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

__attribute__((noinline)) static int conclude(struct gate *gate, int error)
{
    gate->taken = error == 0;
    if (error == EOVERFLOW)
        error = too_much();
    else if (error == ETIMEDOUT)
        error = gate->timeout_error;
    if (shim.reporting && (error || !gate_is_receive(gate->passage->family)))
        report_decision(gate, rl_now(), error);
    return error;
}

/* Here system calls cost nothing any more. The last thing before the call is to read the clock, and
 * to take: whatever came between would make it late. */
int gate_wait(struct gate *gate)
{
    int error;
    {
        struct rl_wait wait;
        prepare(gate, &wait);
        do {
            error = rl_await(&wait);
            gate->policed = error == EAGAIN;
            if (error == 0 && (error = look_at_socket(gate)) != 0)
                rl_leave(&wait);
            wait.now_ns = rl_now();
        } while (error == 0 && !rl_take(&wait));
        gate->waited_ns = wait.now_ns - wait.since_ns;
    }
    return conclude(gate, error); /* as the last thing: then this frame is off the stack */
}

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

int gate_wait_for_kernel(struct gate *gate, short events)
{
    int fd = gate->passage->fd;
    if (!gate->begun || !gate->waits || in_sandbox() || ready_now(fd, events))
        return 0;
    unsigned flags = no_point(gate) ? RL_NO_CANCEL : 0;
    int error =
        rl_poll_until(fd, events, gate->deadline_ns, flags, gate->blocked ? &gate->signals : NULL);
    return error == ETIMEDOUT ? EAGAIN : error;
}

int gate_go_flags(const struct gate *gate)
{
    bool ours = gate->begun && gate->waits && (gate->counted || gate->timed);
    return ours && !gate->whole && !gate->passage->may_wait && !in_sandbox() ? MSG_DONTWAIT : 0;
}

/* Nor is the thread cancelled meanwhile, with such a mask. */
void gate_block_signals(struct gate *gate)
{
    int state = PTHREAD_CANCEL_DISABLE;
    if (gate->blocked || !gate->waits || in_sandbox())
        return;
    raw_call(SYS_rt_sigprocmask, SIG_BLOCK, (long)&rl_deferrable, (long)&gate->signals,
             sizeof rl_deferrable, 0);
    gate->blocked = true;
    if (rl_has_threads())
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    gate->cancels = state == PTHREAD_CANCEL_ENABLE;
}

void gate_restore_signals(struct gate *gate)
{
    if (!gate->blocked)
        return;
    raw_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&gate->signals, 0, sizeof gate->signals, 0);
    gate->blocked = false;
    if (gate->cancels)
        pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
}

/* Of sendfile, the kernel counts the timeout from the last bit that went out. */
__attribute__((noinline)) static void begin_time_anew(struct gate *gate)
{
    uint64_t timeout_ns;
    if (socket_timeout(gate->passage->fd, SO_SNDTIMEO, &timeout_ns))
        gate->deadline_ns = rl_add(rl_now(), timeout_ns);
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
        if (done > 0 && !may_send(passage->fd))
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
        done += (size_t)sent;
        if (gate->timed && passage->may_wait && sent > 0)
            begin_time_anew(gate);
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
