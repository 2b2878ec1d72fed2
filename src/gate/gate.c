/* gate.c - which limits apply to a call, and what is claimed of them. See gate.h. */
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>

#include "addressed.h"
#include "change.h"
#include "chores.h"
#include "deferred.h"
#include "gate.h"
#include "peer.h"
#include "readable.h"
#include "real.h"
#include "report.h"
#include "said.h"
#include "sandbox.h"
#include "turn.h"

/* Which selective limits apply to the peer of a socket, and note it. False if it has none. */
__attribute__((noinline)) static bool find_peer(int fd, fd_entry entry, unsigned *limits)
{
    struct peer peer;
    unsigned age = fd_age_now();
    if (!peer_of(fd, &peer))
        return false;
    *limits = peer_limits(fd, &peer);
    fd_note_peer(fd, entry, *limits, age);
    return true;
}

static bool can_be_limited(fd_entry entry)
{
    return fd_class(entry) == FD_STREAM || fd_class(entry) == FD_MESSAGE;
}

void gate_find_out(int fd)
{
    unsigned limits;
    fd_entry entry = fd_look(fd);
    if (shim_selective && can_be_limited(entry) && !find_peer(fd, entry, &limits))
        fd_note_no_peer(fd, entry);
}

/* To a datagram socket of IPv6 an address of AF_UNSPEC is as good as none (udpv6_sendmsg()). */
__attribute__((noinline)) static bool names_nobody(int fd)
{
    int domain = AF_UNSPEC;
    socklen_t size = sizeof domain;
    int saved_errno = errno;
    bool ipv6 = !in_sandbox() && REAL(getsockopt)(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 &&
                domain == AF_INET6;
    errno = saved_errno;
    return ipv6;
}

/* Which selective limits apply: by the peer of the socket, or by the address in the call. */
static unsigned selected(fd_entry entry, const struct passage *passage, bool *from_anyone)
{
    size_t most = sizeof(struct sockaddr_in6), to_length = passage->to_length;
    bool named = passage->to && to_length >= sizeof passage->to->sa_family &&
                 is_readable(passage->to, to_length < most ? to_length : most) &&
                 (passage->to->sa_family != AF_UNSPEC || !names_nobody(passage->fd));
    bool goes_to_peer = fd_class(entry) == FD_STREAM && passage->family != CALL_CONNECT;
    unsigned limits;

    if (named && !goes_to_peer)
        return peer_limits_to(passage->fd, passage->to, passage->to_length);
    if (fd_peer_known(entry))
        return fd_peer_limits(entry);
    /* In a sandbox only a stream that is new there is asked. */
    bool is_new = fd_class(entry) == FD_STREAM && !(entry & FD_NO_PEER);
    if ((is_new || !in_sandbox()) && find_peer(passage->fd, entry, &limits))
        return limits;
    if (gate_is_receive(passage->family)) { /* known afterwards: see gate_received_from */
        *from_anyone = true;
        return shim_selective;
    }
    /* A stream without a peer: MSG_FASTOPEN names one; all else will fail. */
    return named ? peer_limits_to(passage->fd, passage->to, passage->to_length) : 0;
}

static unsigned applying(fd_entry entry, const struct passage *passage, bool *from_anyone)
{
    if (!can_be_limited(entry))
        return 0;
    if (passage->length > SSIZE_MAX && (passage->family & (CALL_WRITE | CALL_READ)))
        return 0; /* negative, and the kernel's to refuse; of send and recv it takes what it can */
    if (passage->length > INT_MAX && fd_class(entry) == FD_MESSAGE &&
        !gate_is_receive(passage->family))
        return 0; /* no message is that long, and that, too, is the kernel's to refuse */
    unsigned limits = shim_limits_of(passage->family);
    if (limits == NOT_READ_YET)
        return 0;
    if (passage->connects)
        limits |= shim_limits_of(CALL_CONNECT);
    limits &= ~(unsigned)(DEFERS | LISTENS);
    if (limits & shim_selective)
        limits &= ~(unsigned)shim_selective | selected(entry, passage, from_anyone);
    return limits;
}

unsigned gate_limits(enum call family, int fd)
{
    const struct passage passage = {.family = family, .fd = fd, .length = 1};
    bool from_anyone;
    return gate_passes(family, fd) ? 0 : applying(fd_look(fd), &passage, &from_anyone);
}

unsigned gate_limits_on_receives(int fd)
{
    if (in_sandbox() || fd_class(fd_look(fd)) != FD_STREAM)
        return 0;
    return gate_limits(CALL_RECV, fd) | gate_limits(CALL_READ, fd);
}

static uint64_t amount_of(int fd, bool counted, unsigned limit, size_t bytes)
{
    if (said_counts(limit))
        return counted ? 0 : talk_due(fd, limit);
    switch (shim.config.limits[limit].unit) {
    case UNIT_CALLS:
        return !counted;
    case UNIT_TOKENS: {
        uint64_t of_token = shim.config.bytes_per_token;
        return bytes / of_token + (bytes % of_token != 0);
    }
    case UNIT_BYTES:
    default:
        return bytes;
    }
}

static uint64_t amount(const struct gate *gate, unsigned limit, size_t bytes)
{
    return amount_of(gate->passage->fd, gate->counted, limit, bytes);
}

unsigned gate_claims(struct rl_claim claims[MAX_LIMITS], int fd, unsigned limits, size_t bytes,
                     bool counted)
{
    unsigned count = 0;
    for (unsigned rest = limits; rest; rest &= rest - 1) {
        unsigned limit = (unsigned)__builtin_ctz(rest);
        uint64_t n = amount_of(fd, counted, limit, bytes);
        if (n)
            claims[count++] = (struct rl_claim){&shim.limiters[limit], {.n = n}};
    }
    return count;
}

/* Of one limit, for gate->bytes; NULL if it comes to nothing. */
static struct rl_claim *add_claim(struct gate *gate, unsigned limit)
{
    uint64_t n = amount(gate, limit, gate->bytes);
    if (n == 0)
        return NULL;
    struct rl_claim *claim = &gate->claims[gate->claims_count++];
    claim->limiter = &shim.limiters[limit];
    claim->reservation.n = n;
    claim->reservation.place = 0;
    return claim;
}

void gate_claim(struct gate *gate)
{
    gate->claims_count = 0;
    for (unsigned rest = gate->limits; rest; rest &= rest - 1)
        add_claim(gate, (unsigned)__builtin_ctz(rest));
}

/* What must have been waited for is not taken so. */
static bool take(const struct gate *gate, struct rl_claim *claim, uint64_t now_ns)
{
    if (claim->limiter->prepays && claim->reservation.n > limiter_rate(claim->limiter)->burst)
        return false;
    return (gate->whole || gate->says ? rl_try_acquire_debt_at : rl_try_acquire_at)(
        claim->limiter, claim->reservation.n, now_ns, &claim->reservation);
}

bool gate_take_now(struct gate *gate, uint64_t now_ns)
{
    gate->claims_count = 0;
    for (unsigned rest = gate->limits; rest; rest &= rest - 1) {
        unsigned limit = (unsigned)__builtin_ctz(rest);
        struct rl_claim *claim = add_claim(gate, limit);
        if (!claim)
            continue;
        if (take(gate, claim, now_ns))
            continue;
        gate->claims_count--;
        gate_settle(gate, 0, false);
        return false;
    }
    return true;
}

/* What is deferred, before a call that has to wait for it. */
__attribute__((noinline)) static void make_progress(const struct passage *passage)
{
    if (passage->family != CALL_CONNECT && deferred_is(passage->fd))
        deferred_await(passage->fd, 0);
}

bool gate_look(struct gate *gate, const struct passage *passage)
{
    gate->passage = passage;
    gate->from_anyone = false;
    gate->counted = gate->policed = gate->taken = gate->begun = gate->gated = gate->held = false;
    gate->waits = gate->timed = gate->blocked = gate->was_ready = gate->says = gate->known = false;
    if (__builtin_expect(shim_limits_of(passage->family) == NOT_READ_YET, 0))
        shim_start();
    if (deferred_any())
        make_progress(passage);
    gate->heard = (shim_limits_of(passage->family) & LISTENS) && addressed_offers(passage);
    fd_entry entry = fd_look(passage->fd);
    gate->limits = (uint16_t)applying(entry, passage, &gate->from_anyone);
    gate->bytes = passage->length;
    gate->claims_count = 0;
    if (!gate->limits)
        return false;

    gate->message = fd_class(entry) == FD_MESSAGE;
    gate->whole = passage->whole || gate->message;
    gate->arrival_ns = rl_now();
    chores(gate->arrival_ns);
    gate->waited_ns = 0;
    gate->cookie = 0;
    if (talk_limits & gate->limits)
        said_look(gate);
    return true;
}

bool gate_enter(struct gate *gate, const struct passage *passage)
{
    if (!gate_look(gate, passage))
        return true;
    if ((gate->says && said_is_closed(gate, gate->arrival_ns)) ||
        !gate_take_now(gate, gate->arrival_ns))
        return false;
    if (shim.tracing)
        report_decision(gate, gate->arrival_ns, 0);
    return true;
}

void gate_report_use(const struct gate *gate, size_t bytes)
{
    for (unsigned rest = gate->limits; rest; rest &= rest - 1) {
        unsigned limit = (unsigned)__builtin_ctz(rest);
        uint64_t n = amount(gate, limit, bytes);
        if (n || !said_counts(limit))
            report_use(limit, !gate->counted, n, gate->waited_ns);
    }
}

void gate_refund(struct gate *gate, size_t bytes, bool taken)
{
    for (unsigned i = 0; i < gate->claims_count; i++) {
        struct rl_claim *of = &gate->claims[i];
        uint64_t used = taken ? amount(gate, (unsigned)(of->limiter - shim.limiters), bytes) : 0;
        if (used < of->reservation.n)
            rl_refund(of->limiter, &of->reservation, used);
    }
}

void gate_settle(struct gate *gate, size_t bytes, bool taken)
{
    gate_refund(gate, bytes, taken);
    if (taken)
        gate_report_use(gate, bytes);
    if (taken && gate->says)
        talk_departed(gate->passage->fd, bytes, gate->claims, gate->claims_count);
    gate->counted |= taken;
}

void gate_owe(const struct rl_claim *claim, uint64_t now_ns)
{
    struct rl_reservation nothing = {0};
    rl_reconcile_at(claim->limiter, &nothing, claim->reservation.n, now_ns);
}

bool gate_was_attempt(int error)
{
    switch (error) {
    case EINPROGRESS:
    case EINTR:
    case ECONNREFUSED:
    case ECONNRESET:
    case ETIMEDOUT:
    case EHOSTUNREACH:
        return true;
    default:
        return false;
    }
}

ssize_t gate_leave(struct gate *gate, ssize_t result)
{
    if (gate->heard && result > 0)
        addressed_took(gate->passage->fd, (size_t)result);
    if (result > 0 && (size_t)result == gate->bytes && !gate->taken && !gate->says) {
        /* Of a limit without a claim there is nothing to count then. */
        for (unsigned i = 0; i < gate->claims_count; i++)
            gate_count(gate, i);
        return result;
    }
    bool attempt = result < 0 && gate->passage->connects && gate_was_attempt(errno);
    gate_settle(gate, result < 0 ? 0 : (size_t)result, result >= 0 || attempt);
    return result;
}
