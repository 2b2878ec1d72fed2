/*
 * gcra.c - the generic cell rate algorithm, as virtual scheduling (ITU-T I.371, annex A; ATM Forum
 * TM 4.0, 4.4.2).
 *
 * TAT: the theoretical arrival time of the next cell; the word is nothing else. A cell conforms if
 * it comes no earlier than TAT - L. The standard's tolerance L of a limit with burst B is what the
 * bucket is deep, less the cell itself: (B - 1) increments for a cell of one unit.
 */
#include "algo.h"

/*@ requires \valid_read(rate);
    assigns \nothing;
    ensures decided(rate->tau, word, now, cost, \result); */
static struct rl_decision decide(const struct rl_rate *rate, uint64_t word, uint64_t now,
                                 uint64_t cost)
{
    uint64_t TAT = rl_later(word, now);
    uint64_t L = rl_less(rate->tau, cost);

    return (struct rl_decision){
        .word = rl_add(TAT, cost),
        .conforming = rl_later(now, rl_less(TAT, L)),
    };
}

static void observe(const struct rl_rate *rate, uint64_t word, uint64_t now,
                    int64_t values[RL_MAX_VARIABLES])
{
    values[0] = (int64_t)rl_later(word, now);
    values[1] = (int64_t)rate->tau;
}

const struct rl_algorithm rl_gcra = {
    .name = "gcra",
    .decide = decide,
    .variables = {{"TAT", RL_TIME}, {"tau", RL_TIME}},
    .observe = observe,
};
