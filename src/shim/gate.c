/* gate.c - which limits apply, what is claimed of them, and waiting for it. See gate.h. */
#include <errno.h>
#include <limits.h>
#include <sys/time.h>

#include "gate.h"
#include "peer.h"
#include "report.h"

__attribute__((noinline)) static bool find_peer(int fd, unsigned *limits)
{
    struct sockaddr_storage peer;
    socklen_t length = sizeof peer;
    int saved_errno = errno;
    bool connected = getpeername(fd, (struct sockaddr *)&peer, &length) == 0;
    errno = saved_errno;
    if (connected)
        *limits = peer_limits((struct sockaddr *)&peer, length);
    return connected;
}

/* Which selective limits apply: by the peer of the socket, or by the address in the call. */
static unsigned selected(fd_entry entry, const struct passage *passage)
{
    bool named = passage->to && passage->to_length >= sizeof passage->to->sa_family;
    bool goes_to_peer = fd_class(entry) == FD_STREAM && passage->family != CALL_CONNECT;
    unsigned limits;

    if (named && !goes_to_peer)
        return peer_limits(passage->to, passage->to_length);
    if (entry & FD_PEER_KNOWN)
        return fd_peer_limits(entry);
    if (find_peer(passage->fd, &limits)) {
        fd_note_peer(passage->fd, entry, limits);
        return limits;
    }
    /* A stream without a peer: MSG_FASTOPEN names one; all else will fail. */
    return named ? peer_limits(passage->to, passage->to_length) : 0;
}

static unsigned applying(fd_entry entry, const struct passage *passage)
{
    enum fd_class class = fd_class(entry);
    if (class != FD_STREAM && class != FD_MESSAGE)
        return 0;
    if (passage->length > SSIZE_MAX) /* negative: the kernel's to refuse */
        return 0;
    unsigned limits = shim_limits_of(passage->family);
    if (limits & shim_selective)
        limits &= ~(unsigned)shim_selective | selected(entry, passage);
    return limits;
}

static uint64_t amount(const struct gate *gate, unsigned limit, size_t bytes)
{
    switch (shim.config.limits[limit].unit) {
    case UNIT_CALLS:
        return !gate->counted;
    case UNIT_TOKENS: {
        uint64_t of_token = shim.config.bytes_per_token;
        return bytes / of_token + (bytes % of_token != 0);
    }
    case UNIT_BYTES:
    default:
        return bytes;
    }
}

static struct rl_claim *add_claim(struct gate *gate, unsigned limit)
{
    uint64_t n = amount(gate, limit, gate->bytes);
    if (n == 0)
        return NULL;
    struct rl_claim *claim = &gate->claims[gate->claims_count++];
    claim->limiter = &shim.limiters[limit];
    claim->reservation.n = n;
    return claim;
}

static bool take(struct rl_claim *claim, uint64_t now_ns)
{
    return rl_reserve_debt_at(claim->limiter, claim->reservation.n, now_ns, now_ns,
                              &claim->reservation) == 0;
}

/* All of it at once, if it conforms now. */
static bool take_now(struct gate *gate, uint64_t now_ns)
{
    gate->claims_count = 0;
    for (unsigned rest = gate->limits; rest; rest &= rest - 1) {
        unsigned limit = (unsigned)__builtin_ctz(rest);
        struct rl_claim *claim = add_claim(gate, limit);
        if (!claim)
            continue;
        if ((gate->whole || gate->bytes <= shim.most[limit]) && take(claim, now_ns))
            continue;
        gate->claims_count--;
        gate_settle(gate, 0, false);
        return false;
    }
    return true;
}

bool gate_enter(struct gate *gate, const struct passage *passage)
{
    if (__builtin_expect(!shim.started, 0))
        shim_start();
    fd_entry entry = fd_look(passage->fd);
    gate->limits = applying(entry, passage);
    gate->bytes = passage->length;
    gate->claims_count = 0;
    if (!gate->limits)
        return true;

    gate->passage = passage;
    gate->entry = entry;
    gate->whole = passage->whole || fd_class(entry) == FD_MESSAGE;
    gate->counted = false;
    gate->policed = false;
    gate->arrival_ns = rl_now();
    gate->waited_ns = 0;
    if (!take_now(gate, gate->arrival_ns))
        return false;
    if (shim.reporting)
        report_decision(gate, gate->arrival_ns, 0);
    return true;
}

/* SO_SNDTIMEO in ns. False: the number is no socket any more. */
__attribute__((noinline)) static bool socket_timeout(int fd, uint64_t *timeout_ns)
{
    struct timeval timeout;
    socklen_t size = sizeof timeout;
    int saved_errno = errno;
    bool is_socket = getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, &size) == 0;
    errno = saved_errno;
    if (!is_socket)
        return false;
    *timeout_ns = (uint64_t)timeout.tv_sec * RL_SECOND + (uint64_t)timeout.tv_usec * 1000;
    if (*timeout_ns == 0)
        *timeout_ns = RL_FOREVER;
    return true;
}

static uint64_t hold_timeout(const struct gate *gate)
{
    uint64_t timeout_ns = RL_FOREVER;
    for (unsigned rest = gate->limits; rest; rest &= rest - 1) {
        const struct limit *limit = &shim.config.limits[__builtin_ctz(rest)];
        if (limit->timeout_ns < timeout_ns)
            timeout_ns = limit->timeout_ns;
    }
    return timeout_ns;
}

static uint64_t instant_after(uint64_t start_ns, uint64_t duration_ns)
{
    return duration_ns < RL_FOREVER - start_ns ? start_ns + duration_ns : RL_FOREVER;
}

/* The piece of a stream that may go next, by the smallest of the limits. */
static void cut_piece(struct gate *gate)
{
    for (unsigned rest = gate->limits; rest && !gate->whole; rest &= rest - 1) {
        size_t piece = shim.piece[__builtin_ctz(rest)];
        if (gate->bytes > piece)
            gate->bytes = piece;
    }
}

/* Here system calls cost nothing any more. Apart from gate_wait, to be off the stack when the
 * decision is reported. */
__attribute__((noinline)) static int wait_in_line(struct gate *gate)
{
    int fd = gate->passage->fd;
    uint64_t kernel_timeout_ns, our_timeout_ns = hold_timeout(gate);
    gate->claims_count = 0;
    if (!socket_timeout(fd, &kernel_timeout_ns)) {
        /* Closed by a way that cannot be seen (inside libc), and now something else. */
        fd_forget(fd);
        return 0;
    }
    cut_piece(gate);
    for (unsigned rest = gate->limits; rest; rest &= rest - 1)
        add_claim(gate, (unsigned)__builtin_ctz(rest));

    bool ours = our_timeout_ns <= kernel_timeout_ns;
    uint64_t deadline_ns =
        instant_after(gate->arrival_ns, ours ? our_timeout_ns : kernel_timeout_ns);
    int error = rl_acquire_all(gate->claims, gate->claims_count, gate->whole, deadline_ns, rl_now(),
                               &gate->waited_ns);
    gate->policed = error == EAGAIN;
    if (error == 0 && !fd_same(fd, gate->entry)) {
        gate_settle(gate, 0, false);
        return EBADF;
    }
    return error == ETIMEDOUT && !ours ? EAGAIN : error;
}

int gate_wait(struct gate *gate)
{
    int error = wait_in_line(gate);
    if (shim.reporting)
        report_decision(gate, rl_now(), error);
    return error;
}

void gate_settle(struct gate *gate, size_t bytes, bool taken)
{
    for (unsigned i = 0; i < gate->claims_count; i++) {
        struct rl_claim *of = &gate->claims[i];
        unsigned limit = (unsigned)(of->limiter - shim.limiters);
        uint64_t used = taken ? amount(gate, limit, bytes) : 0;
        if (used < of->reservation.n)
            rl_refund(of->limiter, &of->reservation, used);
        if (shim.reporting && taken)
            report_use(limit, !gate->counted, used, gate->waited_ns);
    }
    gate->counted |= taken;
}
