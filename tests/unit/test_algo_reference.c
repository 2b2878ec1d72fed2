/*
 * test_algo_reference.c - each algorithm against its textbook, played tick by tick.
 *
 * The textbooks know no reservations: a caller asks anew each tick until it conforms, and stands
 * behind those who came before. That the departures are the same is what a reservation promises.
 */
#include "algo.h"
#include "check.h"
#include "random.h"

/* One struct for all: each uses the variables that its textbook has. */
struct textbook {
    int64_t tau, clock;
    int64_t level, tokens, TAT, X, LCT, used;
};

struct reference {
    void (*tick)(struct textbook *);
    bool (*conforms)(const struct textbook *, int64_t cost);
    void (*take)(struct textbook *, int64_t cost);
};

/* Leaky bucket: one unit of time leaks each tick; nothing may overflow, unless poured in empty. */
static void leak(struct textbook *t)
{
    t->level -= t->level > 0;
}

static bool does_not_overflow(const struct textbook *t, int64_t cost)
{
    return t->level + cost <= t->tau || t->level == 0;
}

static void pour(struct textbook *t, int64_t cost)
{
    t->level += cost;
}

/* Token bucket: a token drips in each tick until the bucket is full. */
static void drip(struct textbook *t)
{
    t->tokens += t->tokens < t->tau;
}

static bool enough_tokens(const struct textbook *t, int64_t cost)
{
    return t->tokens >= cost || t->tokens == t->tau;
}

static void spend(struct textbook *t, int64_t cost)
{
    t->tokens -= cost;
}

/* GCRA: nothing happens between cells. L: the tolerance that is left for a cell of this cost. */
static void nothing(struct textbook *t)
{
    (void)t;
}

static int64_t tolerance(const struct textbook *t, int64_t cost)
{
    return cost < t->tau ? t->tau - cost : 0;
}

static bool not_too_early(const struct textbook *t, int64_t cost)
{
    return t->clock >= t->TAT - tolerance(t, cost);
}

static void schedule(struct textbook *t, int64_t cost)
{
    t->TAT = (t->clock > t->TAT ? t->clock : t->TAT) + cost;
}

/* GCRA, continuous state: X' is what is left of X since the last conforming cell. */
static bool content_tolerated(const struct textbook *t, int64_t cost)
{
    return t->X - (t->clock - t->LCT) <= tolerance(t, cost);
}

static void fill(struct textbook *t, int64_t cost)
{
    int64_t left = t->X - (t->clock - t->LCT);
    t->X = (left > 0 ? left : 0) + cost;
    t->LCT = t->clock;
}

/* Tokens per minute: what was used is forgotten tick by tick. */
static void forget(struct textbook *t)
{
    t->used -= t->used > 0;
}

static bool within_budget(const struct textbook *t, int64_t estimate)
{
    return t->used + estimate <= t->tau || t->used == 0;
}

static void use(struct textbook *t, int64_t tokens)
{
    t->used += tokens;
}

static const struct reference references[RL_ALGOS] = {
    [RL_LEAKY_BUCKET] = {leak, does_not_overflow, pour},
    [RL_TOKEN_BUCKET] = {drip, enough_tokens, spend},
    [RL_GCRA] = {nothing, not_too_early, schedule},
    [RL_GCRA_LEAKY] = {nothing, content_tolerated, fill},
    [RL_LLM_TOKEN] = {forget, within_budget, use},
};

static struct textbook open_textbook(uint64_t tau, uint64_t start)
{
    return (struct textbook){.tau = (int64_t)tau,
                             .clock = (int64_t)start,
                             .tokens = (int64_t)tau,
                             .LCT = (int64_t)start};
}

static void pass(const struct reference *reference, struct textbook *t, uint64_t until)
{
    for (; t->clock < (int64_t)until; t->clock++)
        reference->tick(t);
}

static uint64_t depart(const struct reference *reference, struct textbook *t, uint64_t arrival,
                       uint64_t cost)
{
    pass(reference, t, arrival);
    while (!reference->conforms(t, (int64_t)cost))
        pass(reference, t, (uint64_t)t->clock + 1);
    reference->take(t, (int64_t)cost);
    return (uint64_t)t->clock;
}

/* Costs from 1 tick to the whole bucket, and now and then a debt of up to twice the bucket. */
static uint64_t some_cost(struct random *random, uint64_t tau)
{
    uint64_t most = random_one_in(random, 10) ? 2 * tau : tau;
    return random_one_in(random, 4) ? most : 1 + random_upto(random, most - 1);
}

static bool as_the_textbook(enum rl_algo algo, uint64_t seed)
{
    struct random random = {seed};
    struct rl_rate rate = {.tau = 1 + random_upto(&random, 30)};
    uint64_t word = 0, arrival = random_upto(&random, 100);
    struct textbook textbook = open_textbook(rate.tau, arrival);
    for (int i = 0; i < 20; i++) {
        uint64_t cost = some_cost(&random, rate.tau);
        arrival += random_one_in(&random, 2) ? 0 : random_upto(&random, rate.tau);
        struct rl_decision d = rl_algorithm(algo)->decide(&rate, word, arrival, cost);
        uint64_t expected = depart(&references[algo], &textbook, arrival, cost);
        if (!CHECK_EQ(d.conforming, expected)) {
            fprintf(stderr, "%s, history %llu, arrival %d\n", rl_algo_name(algo),
                    (unsigned long long)seed, i);
            return false;
        }
        word = d.word;
    }
    return true;
}

static void departures_are_the_textbook_s(void)
{
    for (enum rl_algo algo = 0; algo < RL_ALGOS; algo++)
        for (uint64_t seed = 0; seed < 20000; seed++)
            if (!as_the_textbook(algo, seed))
                return;
}

/* The same for answers that turn out longer than estimated, some time after the departure. */
static void debts_are_the_textbook_s(void)
{
    for (uint64_t seed = 0; seed < 20000; seed++) {
        struct random random = {seed};
        struct rl_rate rate = {.tau = 1 + random_upto(&random, 30)};
        const struct reference *reference = &references[RL_LLM_TOKEN];
        struct textbook textbook = open_textbook(rate.tau, 0);
        uint64_t word = 0, arrival = 0;
        for (int i = 0; i < 20; i++) {
            uint64_t estimate = 1 + random_upto(&random, rate.tau - 1);
            uint64_t actual = estimate + random_upto(&random, rate.tau);
            struct rl_decision d = rl_llm_token.decide(&rate, word, arrival, estimate);
            if (!CHECK_EQ(d.conforming, depart(reference, &textbook, arrival, estimate)))
                return;
            uint64_t answer = d.conforming + random_upto(&random, rate.tau);
            pass(reference, &textbook, answer);
            textbook.used += (int64_t)(actual - estimate);
            word = rl_llm_debt(d.word, answer, actual - estimate);
            arrival = answer + random_upto(&random, rate.tau);
        }
    }
}

int main(void)
{
    RUN(departures_are_the_textbook_s);
    RUN(debts_are_the_textbook_s);
    return check_status();
}
