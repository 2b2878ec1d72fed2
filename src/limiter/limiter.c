/*
 * limiter.c - an algorithm made safe for threads and processes.
 *
 * All state is one word, changed by compare-and-swap: no lock to be left locked, no half-written
 * state. A caller takes its place in line with the swap and then waits for an instant that nobody
 * can take away any more.
 *
 * Memory order: the word guards no other memory, so relaxed is enough everywhere.
 */
#include <errno.h>

#include "algo.h"
#include "rl.h"

int rl_init(struct rl_limiter *limiter, enum rl_algo algo, uint64_t capacity, uint64_t period_ns,
            uint64_t burst, uint64_t *word)
{
    if ((unsigned)algo >= RL_ALGOS)
        return EINVAL;
    limiter->algorithm = rl_algorithm(algo);
    limiter->mode = RL_SHAPE;
    limiter->own_word = 0;
    limiter->word = word ? word : &limiter->own_word;
    return rl_rate_init(&limiter->rate, capacity, period_ns, burst);
}

static uint64_t load(const struct rl_limiter *limiter)
{
    return __atomic_load_n(limiter->word, __ATOMIC_RELAXED);
}

/* On failure, *expected becomes the word as it is. */
static bool swap(struct rl_limiter *limiter, uint64_t *expected, uint64_t desired)
{
    return __atomic_compare_exchange_n(limiter->word, expected, desired, true, __ATOMIC_RELAXED,
                                       __ATOMIC_RELAXED);
}

/* The decision. Inline: with a call around it, it would take a tenth longer. */
__attribute__((always_inline)) static inline int reserve(struct rl_limiter *limiter, uint64_t n,
                                                         uint64_t deadline_ns, uint64_t now_ns,
                                                         struct rl_reservation *r)
{
    const struct rl_rate *rate = &limiter->rate;
    uint64_t now = rl_ticks(rate, now_ns);
    uint64_t deadline = deadline_ns == now_ns ? now : rl_ticks(rate, deadline_ns);
    uint64_t cost = rl_cost(rate, n);
    uint64_t word = load(limiter);

    if (n == 0) {
        *r = (struct rl_reservation){.before = word, .conforming_ns = now_ns};
        return 0;
    }

    struct rl_decision decision;
    do {
        decision = limiter->algorithm->decide(rate, word, now, cost);
        if (decision.conforming > deadline) {
            r->conforming_ns = rl_ns(rate, decision.conforming);
            return ETIMEDOUT;
        }
    } while (!swap(limiter, &word, decision.word));

    r->n = n;
    r->before = rl_later(word, now);
    r->conforming_ns = decision.conforming > now ? rl_ns(rate, decision.conforming) : now_ns;
    return 0;
}

int rl_reserve_debt_at(struct rl_limiter *limiter, uint64_t n, uint64_t deadline_ns,
                       uint64_t now_ns, struct rl_reservation *r)
{
    return reserve(limiter, n, deadline_ns, now_ns, r);
}

int rl_reserve_at(struct rl_limiter *limiter, uint64_t n, uint64_t deadline_ns, uint64_t now_ns,
                  struct rl_reservation *r)
{
    return n > limiter->rate.burst ? E2BIG : reserve(limiter, n, deadline_ns, now_ns, r);
}

int rl_reserve(struct rl_limiter *limiter, uint64_t n, uint64_t deadline_ns,
               struct rl_reservation *r)
{
    return rl_reserve_at(limiter, n, deadline_ns, rl_now(), r);
}

bool rl_try_acquire_at(struct rl_limiter *limiter, uint64_t n, uint64_t now_ns,
                       struct rl_reservation *r)
{
    struct rl_reservation unasked;
    return n <= limiter->rate.burst && reserve(limiter, n, now_ns, now_ns, r ? r : &unasked) == 0;
}

bool rl_try_acquire(struct rl_limiter *limiter, uint64_t n, struct rl_reservation *r)
{
    return rl_try_acquire_at(limiter, n, rl_now(), r);
}

/*
 * Only the last in line may step out: then the word is what he made of it, and becomes what it
 * would be had only `used` been asked for. That this is the whole truth rests on the word being
 * changed in two ways only: up by a reservation (or a debt), and down to below `after` by the one
 * who had put it there. So while it is `after`, nothing is reserved behind that was not given back
 * in full.
 */
bool rl_refund(struct rl_limiter *limiter, struct rl_reservation *r, uint64_t used)
{
    const struct rl_rate *rate = &limiter->rate;
    uint64_t after = rl_add(r->before, rl_cost(rate, r->n));
    uint64_t without = rl_add(r->before, rl_cost(rate, used));
    uint64_t word = after;
    while (without < after && word == after) {
        if (swap(limiter, &word, without)) {
            r->n = used;
            return true;
        }
    }
    return false;
}

void rl_reconcile_at(struct rl_limiter *limiter, struct rl_reservation *r, uint64_t actual,
                     uint64_t now_ns)
{
    if (actual <= r->n) {
        rl_refund(limiter, r, actual);
        return;
    }
    const struct rl_rate *rate = &limiter->rate;
    uint64_t now = rl_ticks(rate, now_ns);
    uint64_t excess = rl_cost(rate, actual - r->n);
    uint64_t word = load(limiter);
    while (!swap(limiter, &word, rl_llm_debt(word, now, excess)))
        ;
}

void rl_reconcile(struct rl_limiter *limiter, struct rl_reservation *r, uint64_t actual)
{
    rl_reconcile_at(limiter, r, actual, rl_now());
}

uint64_t rl_level_at(const struct rl_limiter *limiter, uint64_t now_ns)
{
    const struct rl_rate *rate = &limiter->rate;
    uint64_t undrained = rl_less(load(limiter), rl_ticks(rate, now_ns));
    return undrained ? rl_units(rate, rl_less(rate->tau, undrained)) : rate->burst;
}

uint64_t rl_level(const struct rl_limiter *limiter)
{
    return rl_level_at(limiter, rl_now());
}
