/*
 * acquire.c - waiting until one or several limiters conform.
 *
 * Several: a reservation promises an instant, and the bound holds only if the departure keeps it.
 * A call that waits for a slow limiter with its places in the faster ones already taken would
 * depart later than those were told, together with others who came in time: more than the burst
 * at once. So the place is taken in the slowest line alone; when its instant has come, the others
 * are asked as of that instant, or else as of now, when the caller has at last woken up; if one
 * does not conform, the place is given back and the wait begins anew. And nobody is made to wait
 * for units that stand reserved for a distant instant.
 */
#include <errno.h>

#include "algo.h"
#include "rl.h"
#include "wait.h"

static int reserve(struct rl_claim *claim, uint64_t deadline_ns, uint64_t now_ns)
{
    return rl_reserve_debt_at(claim->limiter, claim->reservation.n, deadline_ns, now_ns,
                              &claim->reservation);
}

/* All of it, to ask for as much again. */
static void give_back(struct rl_claim *claim)
{
    uint64_t n = claim->reservation.n;
    rl_refund(claim->limiter, &claim->reservation, 0);
    claim->reservation.n = n;
}

/* Take all claims as of now, or none. One that is held already stays so. */
static bool take_all(struct rl_claim *claims, size_t count, const struct rl_claim *held,
                     uint64_t now_ns)
{
    for (size_t i = 0; i < count; i++) {
        if (&claims[i] == held || reserve(&claims[i], now_ns, now_ns) == 0)
            continue;
        while (i-- > 0)
            if (&claims[i] != held)
                give_back(&claims[i]);
        return false;
    }
    return true;
}

static uint64_t conforming(const struct rl_claim *claim, uint64_t now)
{
    const struct rl_limiter *limiter = claim->limiter;
    uint64_t word = __atomic_load_n(limiter->word, __ATOMIC_RELAXED);
    uint64_t cost = rl_cost(&limiter->rate, claim->reservation.n);
    return limiter->algorithm->decide(&limiter->rate, word, now, cost).conforming;
}

/* The claim that conforms last, and when; or the first policing one that does not conform now. */
static struct rl_claim *find_slowest(struct rl_claim *claims, size_t count, uint64_t now_ns,
                                     uint64_t *slowest_ns)
{
    struct rl_claim *slowest = claims;
    *slowest_ns = 0;
    for (struct rl_claim *claim = claims; claim < claims + count; claim++) {
        const struct rl_rate *rate = &claim->limiter->rate;
        if (claim->reservation.n == 0)
            continue;
        uint64_t ns = rl_ns(rate, conforming(claim, rl_ticks(rate, now_ns)));
        if (ns > *slowest_ns) {
            slowest = claim;
            *slowest_ns = ns;
        }
        if (claim->limiter->mode == RL_POLICE && ns > now_ns)
            return claim;
    }
    return slowest;
}

/* Until an instant or the deadline, whichever comes first; then *now_ns is the present. Inline, as
 * is hold, for the sake of the stack. */
__attribute__((always_inline)) static inline int
sleep_until(uint64_t instant_ns, uint64_t deadline_ns, unsigned flags, uint64_t *now_ns)
{
    int error = 0;
    if (instant_ns <= deadline_ns || deadline_ns > *now_ns) {
        do
            error = rl_sleep_until(instant_ns < deadline_ns ? instant_ns : deadline_ns, flags);
        while (error == EINTR && (flags & RL_NO_SIGNALS));
        *now_ns = rl_now();
    }
    return error == 0 && instant_ns > deadline_ns ? ETIMEDOUT : error;
}

/* *now_ns: the arrival; on return the departure. */
__attribute__((always_inline)) static inline int
hold(struct rl_claim *claims, size_t count, unsigned flags, uint64_t deadline_ns, uint64_t *now_ns)
{
    while (!take_all(claims, count, NULL, *now_ns)) {
        uint64_t slowest_ns;
        struct rl_claim *slowest = find_slowest(claims, count, *now_ns, &slowest_ns);
        if (slowest->limiter->mode == RL_POLICE && slowest_ns > *now_ns)
            return EAGAIN;
        bool in_line = reserve(slowest, deadline_ns, *now_ns) == 0;
        int error = sleep_until(slowest->reservation.conforming_ns, deadline_ns, flags, now_ns);
        if (error == 0 && (take_all(claims, count, slowest, slowest->reservation.conforming_ns) ||
                           take_all(claims, count, slowest, *now_ns)))
            return 0;
        if (in_line)
            give_back(slowest);
        if (error)
            return error;
    }
    return 0;
}

int rl_acquire_all(struct rl_claim *claims, size_t count, unsigned flags, uint64_t deadline_ns,
                   uint64_t now_ns, uint64_t *waited_ns)
{
    if (!(flags & RL_DEBT))
        for (size_t i = 0; i < count; i++)
            if (claims[i].reservation.n > claims[i].limiter->rate.burst)
                return E2BIG;

    uint64_t departure_ns = now_ns;
    int error = hold(claims, count, flags, deadline_ns, &departure_ns);
    if (waited_ns)
        *waited_ns = departure_ns - now_ns;
    return error;
}

int rl_await_all(struct rl_claim *claims, size_t count, unsigned flags, uint64_t deadline_ns,
                 uint64_t now_ns, uint64_t *waited_ns)
{
    uint64_t arrival_ns = now_ns, slowest_ns;
    int error = 0;
    for (;;) {
        const struct rl_claim *slowest = find_slowest(claims, count, now_ns, &slowest_ns);
        if (error || slowest_ns <= now_ns)
            break;
        if (slowest->limiter->mode == RL_POLICE) {
            error = EAGAIN;
            break;
        }
        error = sleep_until(slowest_ns, deadline_ns, flags, &now_ns);
    }
    if (waited_ns)
        *waited_ns = now_ns - arrival_ns;
    return error;
}

int rl_acquire(struct rl_limiter *limiter, uint64_t n, uint64_t timeout_ns,
               struct rl_reservation *r)
{
    struct rl_claim claim = {.limiter = limiter, .reservation = {.n = n}};
    uint64_t now_ns = rl_now();
    int error = rl_acquire_all(&claim, 1, 0, rl_add(now_ns, timeout_ns), now_ns, NULL);
    if (r && error == 0)
        *r = claim.reservation;
    return error;
}
