/*
 * gcra_leaky.c - the generic cell rate algorithm, as continuous-state leaky bucket (ITU-T I.371,
 * annex A; ATM Forum TM 4.0, 4.4.2).
 *
 * X: the content of the bucket at the last conformance time LCT; both are read off the word as of
 * the arrival, since X + LCT is all that later decisions depend on. A cell conforms if X is at
 * most L; one that comes too early is delayed until it is, and that instant becomes the LCT.
 */
#include "algo.h"

/*@ requires \valid_read(rate);
    assigns \nothing;
    ensures decided(rate->tau, word, now, cost, \result); */
static struct rl_decision decide(const struct rl_rate *rate, uint64_t word, uint64_t now,
                                 uint64_t cost)
{
    uint64_t LCT = now;
    uint64_t X = rl_less(word, now);
    uint64_t L = rl_less(rate->tau, cost);

    if (X > L) {
        LCT = rl_add(LCT, X - L);
        X = L;
    }
    X = rl_add(X, cost);

    return (struct rl_decision){.word = rl_add(LCT, X), .conforming = LCT};
}

static void observe(const struct rl_rate *rate, uint64_t word, uint64_t now,
                    int64_t values[RL_MAX_VARIABLES])
{
    (void)rate;
    values[0] = (int64_t)rl_less(word, now);
    values[1] = (int64_t)now;
}

const struct rl_algorithm rl_gcra_leaky = {
    .name = "gcra-leaky",
    .decide = decide,
    .variables = {{"X", RL_TIME}, {"LCT", RL_TIME}},
    .observe = observe,
};
