/*
 * token_bucket.c - the token bucket (RFC 2697, RFC 2698; one rate, one burst).
 *
 * Tokens drip into a bucket of the size of the burst; a departure takes its cost out, and waits
 * until there are enough. tokens: counted in ticks, the time in which they dripped in. Negative
 * tokens are a debt.
 */
#include "algo.h"

static int64_t tokens_at(const struct rl_rate *rate, uint64_t word, uint64_t now)
{
    uint64_t missing = rl_less(word, now);
    return (int64_t)rate->tau - (int64_t)(missing < INT64_MAX ? missing : INT64_MAX);
}

/*@ requires \valid_read(rate);
    assigns \nothing;
    ensures decided(rate->tau, word, now, cost, \result); */
static struct rl_decision decide(const struct rl_rate *rate, uint64_t word, uint64_t now,
                                 uint64_t cost)
{
    uint64_t missing = rl_less(word, now);
    uint64_t tokens = rl_less(rate->tau, missing);
    uint64_t debt = rl_less(missing, rate->tau);
    uint64_t needed = cost < rate->tau ? cost : rate->tau;
    uint64_t wait = rl_add(debt, rl_less(needed, tokens));

    return (struct rl_decision){
        .word = rl_add(now, rl_add(missing, cost)),
        .conforming = rl_add(now, wait),
    };
}

static void observe(const struct rl_rate *rate, uint64_t word, uint64_t now,
                    int64_t values[RL_MAX_VARIABLES])
{
    values[0] = tokens_at(rate, word, now);
}

const struct rl_algorithm rl_token_bucket = {
    .name = "token-bucket",
    .decide = decide,
    .variables = {{"tokens", RL_UNITS}},
    .observe = observe,
};
