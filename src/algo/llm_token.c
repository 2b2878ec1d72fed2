/*
 * llm_token.c - tokens per minute, as the providers of language models meter them: a request is
 * charged an estimate before it is sent, which is reconciled with the actual use when the answer
 * is there. With actual = estimate it departs as all the others do.
 *
 * used: tokens that count against the budget, as the time in which they are forgotten. A budget
 * overdrawn by answers longer than estimated makes later requests wait.
 */
#include "algo.h"

/*@ requires \valid_read(rate);
    assigns \nothing;
    ensures decided(rate->tau, word, now, estimate, \result); */
static struct rl_decision decide(const struct rl_rate *rate, uint64_t word, uint64_t now,
                                 uint64_t estimate)
{
    uint64_t budget = rate->tau;
    uint64_t used = rl_less(word, now);
    uint64_t may_be_used = rl_less(budget, estimate);
    uint64_t wait = rl_less(used, may_be_used);

    return (struct rl_decision){
        .word = rl_add(now, rl_add(used, estimate)),
        .conforming = rl_add(now, wait),
    };
}

/* What was used beyond the estimate is charged now: an idle time meanwhile does not pay for it. */
/*@ assigns \nothing;
    ensures \result == saturated(\max(word, now) + excess); */
uint64_t rl_llm_debt(uint64_t word, uint64_t now, uint64_t excess)
{
    return rl_add(rl_later(word, now), excess);
}

static void observe(const struct rl_rate *rate, uint64_t word, uint64_t now,
                    int64_t values[RL_MAX_VARIABLES])
{
    uint64_t used = rl_less(word, now);
    values[0] = (int64_t)used;
    values[1] = (int64_t)rl_less(used, rate->tau);
}

const struct rl_algorithm rl_llm_token = {
    .name = "llm-token",
    .decide = decide,
    .variables = {{"used", RL_UNITS}, {"debt", RL_UNITS}},
    .observe = observe,
};
