/*
 * acquire.c - waiting in line until one or several limiters conform.
 *
 * Who comes learns from the line how much goes before him, and so from the word when his turn is:
 *
 *     instant = decide(word + cost of all before him, as of now, his own cost)
 *
 * He sleeps until then, and looks again. At that instant there is room for all of them and for him:
 * if those before him are still there, being late, he can go without holding them up, and need not
 * wait for them. If somebody left meanwhile, or was killed, he learns that his turn is earlier as
 * soon as he looks again, after RL_LOOK_NS at the latest.
 *
 * All who were late together find, when they are back, that the word was not moved by them: it
 * tells of departures alone. So they go one after the other, as the rate allows, in the order in
 * which they came.
 *
 * A departure is charged as of its instant, if that is at most RL_LATENESS_NS ago, and else as of
 * so much before now. For the i-th one at instant a_i, charged as of t_i, a_i - g <= t_i <= a_i:
 *
 *     word_i = max(word_i-1, t_i) + cost_i,   and it conforms:   word_i <= t_i + tau
 *     costs from i to j  <=  word_j - t_i  <=  a_j + tau - (a_i - g)
 *
 * which is the bound of a window from i to j, with g for lateness. It costs no rate then that who
 * sleeps wakes up somewhat late, even where the burst is a single unit.
 *
 * Several limiters: he stands in all their lines, and expects to go when the slowest of them lets
 * him. Until then those behind him in the others do not wait for him.
 */
#include <errno.h>

#include "limiter.h"
#include "line.h"
#include "wait.h"

void (*rl_each_look)(uint64_t now_ns);

/* What a caller may be taken for: a little late, but not as if he had been there before he came. */
static uint64_t earliest(const struct rl_wait *wait)
{
    return rl_later(wait->since_ns, rl_less(wait->now_ns, RL_LATENESS_NS));
}

/* How long the bucket is to have been at rest, ticks, for who prepays: in no period is more than
 * its own capacity to be waited for. */
static uint64_t rest_before(const struct rl_rate *rate, uint64_t cost)
{
    uint64_t above = rl_less(cost, rate->tau), most = rl_ticks(rate, rate->period_ns);
    return above < most ? above : most;
}

/* When a claim conforms that has so much before it, ticks; RL_FOREVER: never. */
__attribute__((noinline)) static uint64_t instant_behind(const struct rl_claim *claim,
                                                         uint64_t ahead, uint64_t as_of_ns)
{
    struct rl_limiter *limiter = claim->limiter;
    uint64_t as_of = limiter_ticks(limiter, as_of_ns);
    const struct rl_rate *rate;
    uint64_t word = limiter_word(limiter, as_of, &rate);
    uint64_t cost = rl_cost(rate, claim->reservation.n);
    struct rl_decision decision =
        limiter->algorithm->decide(rate, rl_add(word, ahead), as_of, cost);
    if (is_sealed(decision.word))
        return limiter_never(word);
    if (limiter->prepays && cost > rate->tau)
        decision.conforming = rl_later(as_of, rl_add(rl_add(word, ahead), rest_before(rate, cost)));
    return decision.conforming <= as_of ? as_of_ns : limiter_ns(limiter, decision.conforming);
}

/* Of one limiter, when the caller's turn is, as things are now. Those count who stand before him,
 * but not if they go later, as another limiter lets them; without them he goes sooner, and then
 * some more may go later than he does: so he looks again, a few times at most. */
__attribute__((noinline)) static uint64_t instant_of(const struct rl_wait *wait,
                                                     const struct rl_claim *claim)
{
    static const struct line_ahead nobody;
    struct rl_line *line = claim->limiter->line;
    uint64_t instant_ns = RL_FOREVER, before;
    int times = 4;
    bool again;
    do {
        const struct line_ahead ahead =
            line_is_empty(line, wait->now_ns)
                ? nobody
                : line_ahead(line, wait->since_ns, claim->reservation.place, instant_ns,
                             wait->now_ns);
        before = ahead.cost;
        instant_ns = instant_behind(claim, before, earliest(wait));
        again = ahead.latest_due_ns > instant_ns;
    } while (again && --times);
    /* If only those before him take all of time, they may leave yet, or be nobody. */
    if (instant_ns == RL_FOREVER && before &&
        instant_behind(claim, 0, earliest(wait)) != RL_FOREVER)
        return RL_FOREVER - 1;
    return instant_ns;
}

/* Whether one conforms as of an instant, if it need not stand in line. */
static bool conforms(const struct rl_claim *claim, uint64_t as_of_ns)
{
    return claim->reservation.n == 0 || instant_behind(claim, 0, as_of_ns) <= as_of_ns;
}

/* Whom one waits for, by which of its rates. */
struct slowest {
    const struct rl_limiter *limiter;
    uint32_t generation;
};

/* When it is the caller's turn goes to the conforming_ns of all claims; *slowest: whose it is. */
__attribute__((always_inline)) static inline int find_instant(struct rl_wait *wait,
                                                              struct slowest *slowest)
{
    uint64_t due_ns = earliest(wait);
    for (size_t i = 0; i < wait->count; i++) {
        const struct rl_claim *claim = &wait->claims[i];
        if (claim->reservation.n == 0)
            continue;
        limiter_learn(claim->limiter);
        uint32_t generation = limiter_rate(claim->limiter)->generation;
        bool refuses = claim->limiter->mode == RL_POLICE; /* nobody waits for that one */
        uint64_t instant_ns =
            refuses ? instant_behind(claim, 0, earliest(wait)) : instant_of(wait, claim);
        if (!(wait->flags & RL_DEBT) && claim->reservation.n > limiter_rate(claim->limiter)->burst)
            return E2BIG;
        if (refuses && instant_ns > wait->now_ns) {
            wait->claims->reservation.conforming_ns = instant_ns;
            return EAGAIN;
        }
        if (instant_ns > due_ns) {
            due_ns = instant_ns;
            if (slowest)
                *slowest = (struct slowest){claim->limiter, generation};
        }
    }
    for (size_t i = 0; i < wait->count; i++)
        wait->claims[i].reservation.conforming_ns = due_ns;
    return due_ns == RL_FOREVER ? EOVERFLOW : due_ns > wait->now_ns ? EBUSY : 0;
}

void rl_leave(struct rl_wait *wait)
{
    for (size_t i = 0; i < wait->count; i++) {
        struct rl_claim *claim = &wait->claims[i];
        line_leave(claim->limiter->line, claim->reservation.place, wait->since_ns);
        claim->reservation.place = 0;
    }
}

static void enter(struct rl_wait *wait, uint64_t patience_ns)
{
    for (size_t i = 0; i < wait->count; i++) {
        const struct rl_limiter *limiter = wait->claims[i].limiter;
        struct rl_reservation *r = &wait->claims[i].reservation;
        if (r->n == 0 || limiter->mode == RL_POLICE)
            continue;
        const struct rl_place place = {
            .since_ns = wait->since_ns,
            .until_ns = rl_add(wait->again_ns, patience_ns),
            .due_ns = r->conforming_ns,
            .cost = rl_cost(limiter_rate(limiter), r->n),
        };
        r->place = line_enter(limiter->line, r->place, &place, wait->now_ns);
    }
}

/* The more there are who look, the less often each does. */
static uint64_t next_look(const struct rl_wait *wait, uint64_t look_ns)
{
    uint64_t due_ns = wait->claims->reservation.conforming_ns;
    uint32_t most = 0;
    for (size_t i = 0; i < wait->count; i++) {
        uint32_t extent = line_extent(wait->claims[i].limiter->line);
        most = extent > most ? extent : most;
    }
    uint64_t again_ns = rl_add(wait->now_ns, look_ns + most * (look_ns / 1250));
    return due_ns < again_ns ? due_ns : again_ns;
}

/* Inline, for the sake of the stack. */
__attribute__((always_inline)) static inline int look(struct rl_wait *wait, uint64_t look_ns,
                                                      struct slowest *slowest)
{
    if (rl_each_look)
        rl_each_look(wait->now_ns);
    int error = find_instant(wait, slowest);
    if (error == EBUSY) {
        /* Who was late for his last look may be for the next one: if he were not waited for, he
         * might never go. */
        uint64_t late_ns = wait->again_ns ? rl_less(wait->now_ns, wait->again_ns) : 0;
        wait->again_ns = next_look(wait, look_ns);
        if (wait->claims->reservation.conforming_ns <= wait->deadline_ns) {
            enter(wait, late_ns < LINE_PATIENCE_NS ? late_ns : LINE_PATIENCE_NS);
            return EBUSY;
        }
    }
    if (error)
        rl_leave(wait);
    return error;
}

int rl_look(struct rl_wait *wait)
{
    return look(wait, RL_LOOK_NS, NULL);
}

static uint64_t look_of(const struct rl_wait *wait)
{
    return rl_can_be_woken(wait->flags, wait->signals) ? LINE_LOOK_NS : RL_LOOK_NS;
}

/* Unless the rate is changed of the limiter that makes him wait. */
static int sleep_in_line(const struct rl_wait *wait, const struct slowest *slowest)
{
    uint64_t until_ns = wait->again_ns < wait->deadline_ns ? wait->again_ns : wait->deadline_ns;
    return rl_sleep_unless(&slowest->limiter->line->generation, slowest->generation, until_ns,
                           wait->flags, wait->signals);
}

int rl_await(struct rl_wait *wait)
{
    struct slowest slowest = {wait->claims->limiter, 0};
    int error;
    while ((error = look(wait, look_of(wait), &slowest)) == EBUSY) {
        error = wait->now_ns < wait->deadline_ns ? sleep_in_line(wait, &slowest) : ETIMEDOUT;
        wait->now_ns = rl_now();
        if (error && !(error == EINTR && (wait->flags & RL_NO_SIGNALS))) {
            rl_leave(wait);
            break;
        }
    }
    return error;
}

bool rl_take(struct rl_wait *wait)
{
    uint64_t as_of_ns = earliest(wait);
    for (size_t i = 0; i < wait->count; i++)
        as_of_ns = rl_later(as_of_ns, wait->claims[i].reservation.conforming_ns);
    if (as_of_ns > wait->now_ns) /* it is not his turn */
        return false;
    for (size_t i = 0; i < wait->count; i++)
        if (!conforms(&wait->claims[i], as_of_ns))
            return false;

    /* The places are given up first: else those behind would see both them and what was taken, and
     * sleep too long. */
    rl_leave(wait);
    for (size_t i = 0; i < wait->count; i++) {
        struct rl_reservation *r = &wait->claims[i].reservation;
        struct rl_limiter *limiter = wait->claims[i].limiter;
        if ((wait->flags & RL_DEBT ? rl_reserve_debt_at : rl_reserve_at)(limiter, r->n, as_of_ns,
                                                                         as_of_ns, r) == 0) {
            /* Of no word that is later it matters as of when: it is as if he had been punctual. */
            uint64_t before_ns = limiter_ns(wait->claims[i].limiter, r->before);
            r->conforming_ns = before_ns < wait->now_ns ? before_ns : wait->now_ns;
            continue;
        }
        r->place = 0;
        while (i-- > 0) { /* to ask for as much again */
            struct rl_claim *claim = &wait->claims[i];
            uint64_t n = claim->reservation.n;
            rl_refund(claim->limiter, &claim->reservation, 0);
            claim->reservation = (struct rl_reservation){.n = n};
        }
        return false;
    }
    return true;
}

int rl_acquire_all(struct rl_claim *claims, size_t count, unsigned flags, uint64_t deadline_ns,
                   uint64_t now_ns, uint64_t *waited_ns)
{
    struct rl_wait wait = {
        .claims = claims,
        .count = (unsigned)count,
        .flags = flags,
        .since_ns = now_ns,
        .now_ns = now_ns,
        .deadline_ns = deadline_ns,
    };
    int error;
    for (size_t i = 0; i < count; i++)
        claims[i].reservation.place = 0;
    do
        error = rl_await(&wait);
    while (error == 0 && !rl_take(&wait));
    if (waited_ns)
        *waited_ns = wait.now_ns - now_ns;
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
