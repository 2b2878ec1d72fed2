/*
 * limiter.c - an algorithm made safe for threads and processes.
 *
 * All that the bound rests on is one word, changed by compare-and-swap: no lock to be left locked,
 * no half-written state. Who conforms raises it and goes. Who does not waits in line (line.h), and
 * comes back when he does.
 */
#include <errno.h>

#include "limiter.h"
#include "line.h"

int rl_init(struct rl_limiter *limiter, enum rl_algo algo, uint64_t capacity, uint64_t period_ns,
            uint64_t burst, struct rl_line *line)
{
    if ((unsigned)algo >= RL_ALGOS)
        return EINVAL;
    limiter->algorithm = rl_algorithm(algo);
    limiter->mode = RL_SHAPE;
    limiter->epoch_ns = 0;
    limiter->line = line;
    limiter->mends = limiter->prepays = false;
    limiter->mended = 0;
    limiter->changed = NULL;
    return rl_rate_init(&limiter->rate, capacity, period_ns, burst);
}

/* Of 48 bits, 16 that what is not written here hardly has. Rounded up, and so still in order. */
static uint64_t marked(uint64_t ticks)
{
    uint64_t upper = ticks >> 16 == UINT64_MAX >> 16 ? ticks >> 16 : (ticks >> 16) + 1;
    return upper << 16 | (upper + 1) * UINT64_C(0x9e3779b97f4a7c15) >> 48;
}

static uint64_t owed(const struct rl_line *line)
{
    uint64_t mark = __atomic_load_n(&line->owed, __ATOMIC_RELAXED);
    uint64_t upper = mark >> 16;
    return upper && mark == marked((upper - 1) << 16) ? mark | 0xffff : 0;
}

/* What was at the mark may be anything: then it tells of nothing. */
void limiter_note_owed(struct rl_line *line, uint64_t word)
{
    uint64_t mark = marked(word), is = __atomic_load_n(&line->owed, __ATOMIC_RELAXED);
    while ((is < mark || !owed(line)) &&
           !__atomic_compare_exchange_n(&line->owed, &is, mark, true, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED))
        ;
}

/* The clock is read after the word: whoever wrote that, had read it before. */
uint64_t limiter_unusual_word(struct rl_limiter *limiter, const struct rl_rate **rate)
{
    uint64_t word = limiter_keep_up(limiter, rate);
    if (!limiter->mends || is_sealed(word))
        return word;
    uint64_t most = rl_add(limiter_ticks(limiter, rl_now()), (*rate)->tau);
    if (word <= most || word <= owed(limiter->line))
        return word;
    if (word_swap(limiter, &word, most)) {
        __atomic_fetch_add(&limiter->mended, 1, __ATOMIC_RELAXED);
        return most;
    }
    return limiter_keep_up(limiter, rate);
}

/*
 * The decision: take n units as of now_ns if they conform by the deadline. Inline: with a call
 * around it, it would take a tenth longer.
 *
 * A word that saturates is the end of all counting, years away: nothing conforms there.
 */
__attribute__((always_inline)) static inline int reserve(struct rl_limiter *limiter, uint64_t n,
                                                         bool debt, uint64_t deadline_ns,
                                                         uint64_t now_ns, struct rl_reservation *r)
{
    const struct rl_rate *rate;
    uint64_t now = limiter_ticks(limiter, now_ns);
    uint64_t deadline = deadline_ns == now_ns ? now : limiter_ticks(limiter, deadline_ns);
    uint64_t word = limiter_word(limiter, now, &rate);

    if (n == 0) {
        *r = (struct rl_reservation){.before = word, .conforming_ns = now_ns};
        return 0;
    }

    struct rl_decision decision;
    while (true) {
        if (!debt && n > rate->burst)
            return E2BIG;
        decision = limiter->algorithm->decide(rate, word, now, rl_cost(rate, n));
        if (decision.conforming > deadline || is_sealed(decision.word)) {
            r->conforming_ns = is_sealed(decision.word) ? limiter_never(word)
                                                        : limiter_ns(limiter, decision.conforming);
            return ETIMEDOUT;
        }
        /* Before the word tells of it: see rl_refund_at. */
        if (decision.conforming > now)
            raise_to(&limiter->line->promised, decision.conforming);
        if (__builtin_expect(decision.word > rl_add(now, rate->tau), 0))
            limiter_note_owed(limiter->line, decision.word);
        if (word_swap(limiter, &word, decision.word))
            break;
        word = limiter_word(limiter, now, &rate);
    }

    r->n = n;
    r->before = rl_later(word, now);
    r->conforming_ns =
        decision.conforming > now ? limiter_ns(limiter, decision.conforming) : now_ns;
    return 0;
}

int rl_reserve_debt_at(struct rl_limiter *limiter, uint64_t n, uint64_t deadline_ns,
                       uint64_t now_ns, struct rl_reservation *r)
{
    return reserve(limiter, n, true, deadline_ns, now_ns, r);
}

int rl_reserve_at(struct rl_limiter *limiter, uint64_t n, uint64_t deadline_ns, uint64_t now_ns,
                  struct rl_reservation *r)
{
    return reserve(limiter, n, false, deadline_ns, now_ns, r);
}

int rl_reserve(struct rl_limiter *limiter, uint64_t n, uint64_t deadline_ns,
               struct rl_reservation *r)
{
    return rl_reserve_at(limiter, n, deadline_ns, rl_now(), r);
}

/* Room for all who wait as well. */
__attribute__((noinline)) static bool is_room_behind(struct rl_limiter *limiter, uint64_t n,
                                                     uint64_t now_ns)
{
    uint64_t now = limiter_ticks(limiter, now_ns);
    struct line_ahead ahead = line_ahead(limiter->line, now_ns, 0, RL_FOREVER, now_ns);
    const struct rl_rate *rate;
    uint64_t word = limiter_word(limiter, now, &rate);
    struct rl_decision decision =
        limiter->algorithm->decide(rate, rl_add(word, ahead.cost), now, rl_cost(rate, n));
    return decision.conforming <= now;
}

__attribute__((always_inline)) static inline bool try_acquire(struct rl_limiter *limiter,
                                                              uint64_t n, bool debt,
                                                              uint64_t now_ns,
                                                              struct rl_reservation *r)
{
    return (line_is_empty(limiter->line, now_ns) || is_room_behind(limiter, n, now_ns)) &&
           reserve(limiter, n, debt, now_ns, now_ns, r) == 0;
}

bool rl_try_acquire_debt_at(struct rl_limiter *limiter, uint64_t n, uint64_t now_ns,
                            struct rl_reservation *r)
{
    struct rl_reservation unasked;
    return try_acquire(limiter, n, true, now_ns, r ? r : &unasked);
}

bool rl_try_acquire_at(struct rl_limiter *limiter, uint64_t n, uint64_t now_ns,
                       struct rl_reservation *r)
{
    struct rl_reservation unasked;
    return try_acquire(limiter, n, false, now_ns, r ? r : &unasked);
}

bool rl_try_acquire(struct rl_limiter *limiter, uint64_t n, struct rl_reservation *r)
{
    return rl_try_acquire_at(limiter, n, rl_now(), r);
}

/* A promise that is owed for. */
static bool is_promised(const struct rl_limiter *limiter, uint64_t now)
{
    uint64_t promised = __atomic_load_n(&limiter->line->promised, __ATOMIC_RELAXED);
    return promised > now && (!limiter->mends || promised <= owed(limiter->line));
}

/*
 * How much the word may be lowered when `unused` of r's ticks did not depart.
 *
 * Had less been taken, the word would have been that much lower ever since, if the bucket was not
 * at rest meanwhile: the departures since then would each have found it so. It surely was not
 * before the ticks that stay taken had drained, counted from the instant they were taken; so what
 * has drained of the others by now is forfeit, and the rest is not. (`make prove` proves it.)
 *
 * Promises do not depart when they are made. Those behind this one were promised their instants on
 * the word as it was: while one is outstanding, only the last in line may step out.
 *
 * Of what was taken at another rate, it is not known what has drained since.
 */
static uint64_t refundable(const struct rl_limiter *limiter, const struct rl_rate *rate,
                           const struct rl_reservation *r, uint64_t used, uint64_t word,
                           uint64_t now)
{
    uint64_t cost = rl_cost(rate, r->n), unused = rl_less(cost, rl_cost(rate, used));
    if (rate->since && limiter_ticks(limiter, r->conforming_ns) <= rate->since)
        return 0;
    if (is_promised(limiter, now))
        return word == rl_add(r->before, cost) ? unused : 0;
    /* Told rounded up: it may have been a nanosecond earlier. */
    uint64_t taken = limiter_ticks(limiter, rl_less(r->conforming_ns, 1));
    uint64_t undrained = rl_less(rl_add(taken, cost), now);
    return unused < undrained ? unused : undrained;
}

/* now_ns: NULL for the clock, which is read anew for each try: see below. */
__attribute__((always_inline)) static inline bool refund(struct rl_limiter *limiter,
                                                         struct rl_reservation *r, uint64_t used,
                                                         const uint64_t *given_ns)
{
    uint64_t word, back;
    if (used >= r->n)
        return false;
    /* All that the word tells of was before now, if it is read after the word. */
    do {
        const struct rl_rate *rate;
        word = limiter_keep_up(limiter, &rate);
        uint64_t now_ns = given_ns ? *given_ns : rl_now();
        back = refundable(limiter, rate, r, used, word, limiter_ticks(limiter, now_ns));
        if (!back || back > word || is_sealed(word))
            return false;
    } while (!word_swap(limiter, &word, word - back));
    r->n = used;
    return true;
}

bool rl_refund(struct rl_limiter *limiter, struct rl_reservation *r, uint64_t used)
{
    return refund(limiter, r, used, NULL);
}

bool rl_refund_at(struct rl_limiter *limiter, struct rl_reservation *r, uint64_t used,
                  uint64_t now_ns)
{
    return refund(limiter, r, used, &now_ns);
}

static void charge_debt(struct rl_limiter *limiter, uint64_t units, uint64_t now_ns)
{
    uint64_t now = limiter_ticks(limiter, now_ns), word, more;
    do {
        const struct rl_rate *rate;
        word = limiter_word(limiter, now, &rate);
        more = rl_llm_debt(word, now, rl_cost(rate, units));
        if (is_sealed(more))
            more = SEALS - 1;
        limiter_note_owed(limiter->line, more);
    } while (!word_swap(limiter, &word, more));
}

void rl_reconcile_at(struct rl_limiter *limiter, struct rl_reservation *r, uint64_t actual,
                     uint64_t now_ns)
{
    if (actual <= r->n)
        rl_refund_at(limiter, r, actual, now_ns);
    else
        charge_debt(limiter, actual - r->n, now_ns);
}

void rl_reconcile(struct rl_limiter *limiter, struct rl_reservation *r, uint64_t actual)
{
    if (actual <= r->n)
        rl_refund(limiter, r, actual);
    else
        charge_debt(limiter, actual - r->n, rl_now());
}

uint64_t rl_level_at(struct rl_limiter *limiter, uint64_t now_ns)
{
    const struct rl_rate *rate;
    uint64_t word = limiter_keep_up(limiter, &rate);
    uint64_t missing = limiter_missing(limiter, word, limiter_ticks(limiter, now_ns));
    return missing ? rl_units(rate, rl_less(rate->tau, missing)) : rate->burst;
}

uint64_t rl_level(struct rl_limiter *limiter)
{
    return rl_level_at(limiter, rl_now());
}

unsigned rl_waiting(const struct rl_limiter *limiter, uint64_t now_ns)
{
    if (line_is_empty(limiter->line, now_ns))
        return 0;
    return line_ahead(limiter->line, 0, 0, 0, now_ns).waiting;
}
