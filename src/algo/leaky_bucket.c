/*
 * leaky_bucket.c - the leaky bucket as a meter (J. Turner, "New directions in communications",
 * IEEE Communications Magazine 24(10), 1986).
 *
 * Each departure pours its cost into a bucket that leaks at a constant rate; it must not overflow.
 * level: what is in the bucket, as the time that it takes to leak out.
 */
#include "algo.h"

/*@ requires \valid_read(rate);
    assigns \nothing;
    ensures decided(rate->tau, word, now, cost, \result); */
static struct rl_decision decide(const struct rl_rate *rate, uint64_t word, uint64_t now,
                                 uint64_t cost)
{
    uint64_t level = rl_less(word, now);
    uint64_t room = rl_less(rate->tau, cost);
    uint64_t overflow = rl_less(level, room);

    return (struct rl_decision){
        .word = rl_add(now, rl_add(level, cost)),
        .conforming = rl_add(now, overflow),
    };
}

static void observe(const struct rl_rate *rate, uint64_t word, uint64_t now,
                    int64_t values[RL_MAX_VARIABLES])
{
    (void)rate;
    values[0] = (int64_t)rl_less(word, now);
}

const struct rl_algorithm rl_leaky_bucket = {
    .name = "leaky-bucket",
    .decide = decide,
    .variables = {{"level", RL_UNITS}},
    .observe = observe,
};
