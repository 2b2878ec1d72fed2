/* hold.c - a call that must wait: until when, how long at most, and in which pieces. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/time.h>

#include "algo.h"
#include "gate.h"
#include "report.h"
#include "sandbox.h"

/* SO_SNDTIMEO or SO_RCVTIMEO in ns. False: the number is no socket any more. */
__attribute__((noinline)) static bool socket_timeout(int fd, int option, uint64_t *timeout_ns)
{
    *timeout_ns = RL_FOREVER;
    if (in_sandbox())
        return true;
    struct timeval timeout;
    socklen_t size = sizeof timeout;
    int saved_errno = errno;
    bool is_socket = getsockopt(fd, SOL_SOCKET, option, &timeout, &size) == 0;
    errno = saved_errno;
    if (!is_socket)
        return false;
    if (timeout.tv_sec || timeout.tv_usec)
        *timeout_ns = (uint64_t)timeout.tv_sec * RL_SECOND + (uint64_t)timeout.tv_usec * 1000;
    return true;
}

/* Of a socket, whatever number it has (socket(7)); 0: it is none. */
static uint64_t cookie(int fd)
{
    uint64_t cookie = 0;
    socklen_t size = sizeof cookie;
    int saved_errno = errno;
    if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &size) != 0)
        cookie = 0;
    errno = saved_errno;
    return cookie;
}

/* Another thread may have closed the number meanwhile, and opened it anew; or shut the process in.
 */
static bool same_socket(const struct gate *gate)
{
    return in_sandbox() || cookie(gate->passage->fd) == gate->cookie;
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

/*
 * The smallest piece of the limits. Of a receive at most half the burst: it waits until the piece
 * would conform, and a bucket that is full by then cannot make up for a late wake-up.
 */
void gate_cut_piece(struct gate *gate)
{
    bool receive = gate_is_receive(gate->passage->family);
    for (unsigned rest = gate->limits; rest && !gate->whole; rest &= rest - 1) {
        unsigned limit = (unsigned)__builtin_ctz(rest);
        size_t piece = shim.piece[limit], half = shim.most[limit] / 2;
        if (receive && piece > half)
            piece = half ? half : 1;
        if (gate->bytes > piece)
            gate->bytes = piece;
    }
}

/* Here system calls cost nothing any more. Apart from gate_wait, to be off the stack when the
 * decision is reported. */
__attribute__((noinline)) static int wait_in_line(struct gate *gate)
{
    int fd = gate->passage->fd;
    uint64_t kernel_timeout_ns, our_timeout_ns = gate_timeout(gate);
    int option = gate_is_receive(gate->passage->family) ? SO_RCVTIMEO : SO_SNDTIMEO;
    if (!socket_timeout(fd, option, &kernel_timeout_ns)) {
        if (gate->cookie) /* it was one before the last piece */
            return EBADF;
        /* Closed by a way that cannot be seen (inside libc), and now something else. */
        fd_forget(fd);
        gate->claims_count = 0;
        gate->limits = 0;
        return 0;
    }
    if (!gate->cookie && !in_sandbox())
        gate->cookie = cookie(fd);
    gate_cut_piece(gate);
    gate_claim(gate);

    bool ours = our_timeout_ns <= kernel_timeout_ns;
    uint64_t deadline_ns = rl_add(gate->arrival_ns, ours ? our_timeout_ns : kernel_timeout_ns);
    /* With a timeout on the socket, any handler ends a send or a receive (signal(7)). */
    unsigned flags = (gate->whole ? RL_DEBT : 0) |
                     (kernel_timeout_ns == RL_FOREVER ? 0 : RL_NO_RESTART) |
                     (gate->passage->no_point ? RL_NO_CANCEL : 0) | (in_sandbox() ? RL_PLAINLY : 0);
    int error = gate_is_receive(gate->passage->family)
                    ? rl_await_all(gate->claims, gate->claims_count, flags, deadline_ns, rl_now(),
                                   &gate->waited_ns)
                    : rl_acquire_all(gate->claims, gate->claims_count, flags, deadline_ns, rl_now(),
                                     &gate->waited_ns);
    gate->policed = error == EAGAIN;
    if (error == 0 && !same_socket(gate)) {
        if (!gate_is_receive(gate->passage->family))
            gate_settle(gate, 0, false);
        return EBADF;
    }
    return error == ETIMEDOUT && !ours ? EAGAIN : error;
}

int gate_wait(struct gate *gate)
{
    int error = wait_in_line(gate);
    if (shim.reporting && (error || !gate_is_receive(gate->passage->family)))
        report_decision(gate, rl_now(), error);
    return error;
}

/* The kernel takes no more in one call (MAX_RW_COUNT, read_write.c). */
#define MOST_BYTES ((size_t)0x7ffff000)

__attribute__((noinline)) bool gate_hung_up(int fd)
{
    struct pollfd p = {.fd = fd, .events = 0};
    int saved_errno = errno;
    bool hung_up = poll(&p, 1, 0) > 0 && (p.revents & POLLHUP);
    errno = saved_errno;
    return hung_up;
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
    bool tcp = !in_sandbox() && getsockopt(fd, IPPROTO_TCP, TCP_INFO, &state, &size) == 0;
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

/* Police mode drops a datagram as a policer in the network does: the sender is not told. */
static ssize_t refuse(const struct gate *gate, int error)
{
    if (gate->policed && gate->message)
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
        if (done > 0 && !may_send(passage->fd))
            break;
        int error = gate_wait(gate);
        if (error)
            return done ? (ssize_t)done : refuse(gate, error);
        if (done > 0 && !may_send(passage->fd)) { /* it ended meanwhile */
            gate_settle(gate, 0, false);
            break;
        }

        ssize_t sent = gate_leave(gate, passage->go(passage, done, gate->bytes));
        gate->counted = true;
        if (sent < 0 && done == 0)
            return -1;
        errno = saved_errno;
        if (sent < 0)
            break;
        done += (size_t)sent;
        if ((size_t)sent < gate->bytes || passage->once)
            break;
    } while (done < length);
    return (ssize_t)done;
}
