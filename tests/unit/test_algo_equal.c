/*
 * test_algo_equal.c - the five algorithms against each other: the same word and the same departure
 * for any word, arrival and cost, where sums meet the end of time too.
 */
#include "algo.h"
#include "check.h"
#include "lines.h"
#include "random.h"

enum { DRAWS = 1000000 };

/* Anywhere, at either end of time, or close to one that was drawn before: where branches are. */
static uint64_t some_instant(struct random *random, uint64_t near, uint64_t reach)
{
    switch (random_upto(random, 5)) {
    case 0:
        return random_next(random);
    case 1:
        return random_upto(random, 3);
    case 2:
        return UINT64_MAX - random_upto(random, 3);
    case 3:
        return near + random_upto(random, 2) - 1;
    default:
        return near + random_upto(random, reach) - random_upto(random, reach);
    }
}

static bool same_decision(const struct rl_rate *rate, uint64_t word, uint64_t now, uint64_t cost)
{
    struct rl_decision first = rl_algorithm(0)->decide(rate, word, now, cost);
    for (enum rl_algo algo = 1; algo < RL_ALGOS; algo++) {
        struct rl_decision other = rl_algorithm(algo)->decide(rate, word, now, cost);
        if (other.word == first.word && other.conforming == first.conforming)
            continue;
        fprintf(stderr, "%s differs: tau %llu, word %llu, now %llu, cost %llu\n",
                rl_algo_name(algo), (unsigned long long)rate->tau, (unsigned long long)word,
                (unsigned long long)now, (unsigned long long)cost);
        return false;
    }
    return true;
}

static void equal_for_any_word(void)
{
    struct random random = {1};
    for (int i = 0; i < DRAWS; i++) {
        struct rl_rate rate = {.tau = random_size(&random, UINT64_C(1) << 61) - 1};
        uint64_t now = some_instant(&random, rate.tau, rate.tau);
        uint64_t word = some_instant(&random, now + (i % 2 ? rate.tau : 0), rate.tau);
        uint64_t cost = some_instant(&random, rate.tau, rate.tau);
        if (!CHECK(same_decision(&rate, word, now, cost)))
            return;
    }
}

/* Not only one decision, but all that follow from it, in units and nanoseconds. */
static void equal_over_histories(void)
{
    struct random random = {2};
    for (int history = 0; history < 2000; history++) {
        struct rl_limiter limiters[RL_ALGOS];
        uint64_t capacity = random_size(&random, 10000000000), burst = random_size(&random, 99999);
        for (enum rl_algo algo = 0; algo < RL_ALGOS; algo++)
            CHECK_EQ(rl_init(&limiters[algo], algo, capacity, RL_SECOND, burst, fresh_line()), 0);

        uint64_t now = RL_SECOND + random_upto(&random, 315000000 * RL_SECOND);
        for (int i = 0; i < 50; i++) {
            struct rl_reservation first, other;
            uint64_t n = random_size(&random, 2 * burst);
            now += random_size(&random, 2 * RL_SECOND) - RL_SECOND / 1000;
            rl_reserve_debt_at(&limiters[0], n, RL_FOREVER, now, &first);
            for (enum rl_algo algo = 1; algo < RL_ALGOS; algo++) {
                rl_reserve_debt_at(&limiters[algo], n, RL_FOREVER, now, &other);
                if (!CHECK_EQ(other.conforming_ns, first.conforming_ns) ||
                    !CHECK_EQ(limiters[algo].line->word, limiters[0].line->word))
                    return;
            }
        }
    }
}

/* What holds whoever decides: never before the arrival, and time is never given away. */
static void decisions_are_sane(void)
{
    struct random random = {3};
    for (int i = 0; i < DRAWS; i++) {
        struct rl_rate rate = {.tau = random_size(&random, UINT64_C(1) << 61) - 1};
        uint64_t now = some_instant(&random, rate.tau, rate.tau);
        uint64_t word = some_instant(&random, now + rate.tau, rate.tau);
        uint64_t cost = random_size(&random, rate.tau + 1);
        struct rl_decision d = rl_algorithm(i % RL_ALGOS)->decide(&rate, word, now, cost);
        if (!CHECK(d.conforming >= now) || !CHECK(d.word >= word) ||
            !CHECK(d.word >= rl_add(now, cost)) || !CHECK(d.conforming <= rl_later(word, now)))
            return;
    }
}

int main(void)
{
    RUN(equal_for_any_word);
    RUN(equal_over_histories);
    RUN(decisions_are_sane);
    return check_status();
}
