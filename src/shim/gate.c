/* gate.c - see gate.h. */
#include <errno.h>
#include <poll.h>
#include <sys/time.h>

#include "gate.h"
#include "peer.h"
#include "report.h"

/* The kernel takes no more in one call (MAX_RW_COUNT, read_write.c). */
#define MOST_BYTES ((size_t)0x7ffff000)

/* Which selective limits apply: by the address in the call, or by the peer of the socket. */
static unsigned selected(const struct gate *gate, const struct sockaddr *to, socklen_t to_length)
{
    bool stream = fd_class(gate->entry) == FD_STREAM;
    bool named = to && to_length >= sizeof to->sa_family;

    if (named && (!stream || gate->family == CALL_CONNECT))
        return peer_limits(to, to_length);
    if (stream && (gate->entry & FD_PEER_KNOWN))
        return fd_peer_limits(gate->entry);

    struct sockaddr_storage peer;
    socklen_t length = sizeof peer;
    int saved_errno = errno;
    bool connected = getpeername(gate->fd, (struct sockaddr *)&peer, &length) == 0;
    errno = saved_errno;
    if (!connected) /* a stream without a peer: MSG_FASTOPEN names one, all else will fail */
        return named ? peer_limits(to, to_length) : 0;

    unsigned limits = peer_limits((struct sockaddr *)&peer, length);
    if (stream)
        fd_note_peer(gate->fd, gate->entry, limits);
    return limits;
}

bool gate_open(struct gate *gate, const char *call, enum call family, int fd,
               const struct sockaddr *to, socklen_t to_length)
{
    if (!shim.started)
        shim_start();
    unsigned limits = shim_limits_of(family);
    if (!limits)
        return false;

    gate->entry = fd_look(fd);
    enum fd_class class = fd_class(gate->entry);
    if (class != FD_STREAM && class != FD_MESSAGE)
        return false;

    gate->call = call;
    gate->family = family;
    gate->fd = fd;
    if (limits & shim.selective)
        limits &= ~(unsigned)shim.selective | selected(gate, to, to_length);
    gate->limits = limits;
    gate->whole = class == FD_MESSAGE;
    gate->counted = false;
    gate->arrival_ns = 0;
    return limits != 0;
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

static void add_claim(struct gate *gate, unsigned limit, uint64_t n)
{
    struct rl_claim *claim = &gate->claims[gate->claims_count++];
    claim->limiter = &shim.limiters[limit];
    claim->reservation.n = n;
}

static void claim_all(struct gate *gate, size_t bytes)
{
    gate->claims_count = 0;
    for (unsigned rest = gate->limits; rest; rest &= rest - 1) {
        unsigned limit = (unsigned)__builtin_ctz(rest);
        uint64_t n = amount(gate, limit, bytes);
        if (n > 0)
            add_claim(gate, limit, n);
    }
}

static void give_back_all(struct gate *gate)
{
    while (gate->claims_count > 0) {
        struct rl_claim *claim = &gate->claims[--gate->claims_count];
        rl_refund(claim->limiter, &claim->reservation, 0);
    }
}

/* The fast way: all of it at once, if it conforms now. */
static bool take_now(struct gate *gate, size_t bytes, uint64_t now_ns)
{
    gate->claims_count = 0;
    for (unsigned rest = gate->limits; rest; rest &= rest - 1) {
        unsigned limit = (unsigned)__builtin_ctz(rest);
        uint64_t n = amount(gate, limit, bytes);
        if (n == 0)
            continue;
        add_claim(gate, limit, n);
        struct rl_claim *claim = &gate->claims[gate->claims_count - 1];
        if ((bytes > shim.most[limit] && !gate->whole) ||
            rl_reserve_debt_at(claim->limiter, n, now_ns, now_ns, &claim->reservation) != 0) {
            gate->claims_count--;
            give_back_all(gate);
            return false;
        }
    }
    return true;
}

static size_t smallest_piece(const struct gate *gate, size_t bytes)
{
    for (unsigned rest = gate->limits; rest; rest &= rest - 1) {
        size_t piece = shim.piece[__builtin_ctz(rest)];
        if (piece < bytes)
            bytes = piece;
    }
    return bytes;
}

/* SO_SNDTIMEO in ns. False: the number is no socket any more. */
static bool socket_timeout(int fd, uint64_t *timeout_ns)
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

/* The slow way: what does not conform now. Here system calls cost nothing any more. */
static int hold(struct gate *gate, size_t *bytes, uint64_t now_ns)
{
    uint64_t kernel_timeout_ns, our_timeout_ns = hold_timeout(gate);
    if (!socket_timeout(gate->fd, &kernel_timeout_ns)) {
        /* Closed by a way that cannot be seen (inside libc), and now something else. */
        fd_forget(gate->fd);
        gate->claims_count = 0;
        return 0;
    }

    if (!gate->whole)
        *bytes = smallest_piece(gate, *bytes);
    claim_all(gate, *bytes);

    bool ours = our_timeout_ns <= kernel_timeout_ns;
    uint64_t deadline_ns =
        instant_after(gate->arrival_ns, ours ? our_timeout_ns : kernel_timeout_ns);
    int error = rl_acquire_all(gate->claims, gate->claims_count, gate->whole, deadline_ns, now_ns,
                               &gate->waited_ns);
    if (error == 0 && !fd_same(gate->fd, gate->entry)) {
        gate_settle(gate, 0, false);
        error = EBADF;
    }
    gate->policed = error == EAGAIN;
    gate->decided_ns = now_ns + gate->waited_ns;
    if (shim.reporting)
        report_decision(gate, error);
    return error == ETIMEDOUT && !ours ? EAGAIN : error;
}

int gate_acquire(struct gate *gate, size_t *bytes)
{
    uint64_t now_ns = rl_now();
    if (gate->arrival_ns == 0)
        gate->arrival_ns = now_ns;
    gate->decided_ns = now_ns;
    gate->waited_ns = 0;
    gate->policed = false;

    if (!take_now(gate, *bytes, now_ns))
        return hold(gate, bytes, now_ns);
    if (shim.reporting)
        report_decision(gate, 0);
    return 0;
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

/*
 * Before a later piece: an error that is pending on the socket is the next call's to see, as it
 * would be if the kernel had held the call up; a piece that fails would eat it.
 */
static bool broken(int fd)
{
    struct pollfd p = {.fd = fd, .events = 0};
    struct timespec at_once = {0};
    int saved_errno = errno;
    bool error_pending = ppoll(&p, 1, &at_once, NULL) > 0;
    errno = saved_errno;
    return error_pending;
}

/* Police mode drops a datagram as a policer in the network does: the sender is not told. */
static ssize_t refuse(const struct passage *passage, const struct gate *gate, int error)
{
    if (gate->policed && fd_class(gate->entry) == FD_MESSAGE)
        return (ssize_t)passage->length;
    errno = error;
    return -1;
}

ssize_t gate_pass(const struct passage *passage)
{
    struct gate gate;
    if (!gate_open(&gate, passage->call, passage->family, passage->fd, passage->to,
                   passage->to_length))
        return passage->go(passage, 0, passage->length);
    gate.whole |= passage->whole;

    int saved_errno = errno;
    size_t length = passage->length, done = 0;
    if (length > MOST_BYTES && !gate.whole)
        length = MOST_BYTES;
    do {
        size_t piece = length - done;
        if (done > 0 && broken(passage->fd))
            break;
        int error = gate_acquire(&gate, &piece);
        if (error)
            return done ? (ssize_t)done : refuse(passage, &gate, error);

        ssize_t sent = passage->go(passage, done, piece);
        if ((size_t)sent == piece && !shim.reporting)
            gate.counted = true;
        else
            gate_settle(&gate, sent < 0 ? 0 : (size_t)sent, sent >= 0);
        if (sent < 0) {
            if (done == 0)
                return -1;
            errno = saved_errno;
            break;
        }
        done += (size_t)sent;
        if ((size_t)sent < piece || passage->once)
            break;
    } while (done < length);
    return (ssize_t)done;
}
