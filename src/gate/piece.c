/* piece.c - see piece.h. */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "change.h"
#include "piece.h"
#include "ready.h"
#include "real.h"
#include "sandbox.h"

static size_t as_bytes(unsigned limit, uint64_t units)
{
    bool tokens = shim.config.limits[limit].unit == UNIT_TOKENS;
    size_t bytes;
    return __builtin_mul_overflow(units, tokens ? shim.config.bytes_per_token : 1, &bytes)
               ? SIZE_MAX
               : bytes;
}

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
    enum { PIECES_PER_SECOND = 50 };
    const struct rl_rate *rate = limiter_rate(&shim.limiters[limit]);
    uint64_t units = (uint64_t)((unsigned __int128)rate->capacity *
                                (RL_SECOND / PIECES_PER_SECOND) / rate->period_ns);
    size_t share = as_bytes(limit, units) / parts, half = as_bytes(limit, rate->burst) / 2;
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
        if (shim.config.limits[limit].unit == UNIT_CALLS || shim.config.limits[limit].reads)
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
static void cut_to_what_goes_at_once(struct gate *gate)
{
    const struct passage *passage = gate->passage;
    bool ours = gate->waits && (gate->counted || gate->timed) && !gate_is_receive(passage->family);
    if (!passage->may_wait || !ours || gate->whole || gate->bytes <= SEGMENT_BYTES)
        return;
    size_t most = room(passage->fd);
    if (gate->bytes > most)
        gate->bytes = most;
}

/* One that receives and does not wait gets no more than is there: others need not wait for what
 * would be given back. */
static void cut_to_what_is_there(struct gate *gate)
{
    if (gate->waits || gate->whole || !gate_is_receive(gate->passage->family) || in_sandbox())
        return;
    size_t unread = unread_now(gate->passage->fd);
    if (unread == 0)
        unread = 1; /* the end */
    if (gate->bytes > unread)
        gate->bytes = unread;
}

void gate_cut_to_room(struct gate *gate, uint64_t now_ns)
{
    cut_to_what_is_there(gate);
    cut_piece(gate, gate->whole || has_room(gate) ? 1 : PARTS_WITHOUT_ROOM, now_ns);
    cut_to_what_goes_at_once(gate);
}
