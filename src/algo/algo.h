/*
 * algo.h - the five algorithms, as pure functions.
 *
 * state word   the instant, in ticks, at which the bucket has drained, as if nothing came any more;
 *              any instant in the past means at rest, so 0 means never used.
 * now          the arrival, in ticks. Arrivals may come out of order: threads read the clock, and
 *              then race to the word.
 * cost         the amount as time, rl_cost() of the units. From there on all is integer sums.
 *
 * An arrival conforms once the bucket has drained far enough for its cost to fit into tau, the
 * depth of the bucket. One that would not even fit into an empty bucket (a debt; and a full burst,
 * whose cost was rounded up where tau was rounded down) conforms when the bucket is at rest.
 *
 * No clock, no I/O, no globals, no floating point. Sums saturate at the end of time, far away.
 */
#ifndef ALGO_H
#define ALGO_H

#include "rl.h"

struct rl_decision {
    uint64_t word;       /* the new state */
    uint64_t conforming; /* the instant of departure, not before the arrival */
};

/* What an algorithm calls its own variables, for those who want to watch it. */
struct rl_variable {
    const char *name;
    enum { RL_TIME, RL_UNITS } kind; /* shown in seconds, or in the units that it is worth */
};

#define RL_MAX_VARIABLES 2

struct rl_algorithm {
    const char *name;
    struct rl_decision (*decide)(const struct rl_rate *rate, uint64_t word, uint64_t now,
                                 uint64_t cost);
    struct rl_variable variables[RL_MAX_VARIABLES];
    /* The values of the variables at an instant, in ticks. */
    void (*observe)(const struct rl_rate *rate, uint64_t word, uint64_t now,
                    int64_t values[RL_MAX_VARIABLES]);
};

/*
 * Comments that begin with @ are contracts, in ACSL; `make prove` proves, for all arguments, that
 * the functions below them keep them. Integers there have no bounds.
 *
 * `decided` is what all five algorithms promise, each in its own terms: so their departures are the
 * same to the tick. tests/prove/line.c goes on from it.
 */
/*@ logic integer saturated(integer sum) = \min(sum, UINT64_MAX);

    predicate decided(integer tau, integer word, integer now, integer cost,
                      struct rl_decision is) =
        is.word == saturated(\max(word, now) + cost) &&
        is.conforming == \max(now, word - \max(tau - cost, 0));

    // What rl_cost needs; that rl_rate_init leaves it so is tested, not proved.
    predicate derived(struct rl_rate *rate) =
        rate->unit_rest < rate->unit_parts <= RL_MOST_UNITS &&
        inverse_of(rate->rest_inverse, rate->unit_rest, rate->unit_parts);
*/

extern const struct rl_algorithm rl_leaky_bucket, rl_token_bucket, rl_gcra, rl_gcra_leaky,
    rl_llm_token;

/* rl_algorithm - the functions of an algorithm. */
const struct rl_algorithm *rl_algorithm(enum rl_algo algo);

/* rl_rate_change - as rl_rate_init, counting in the ticks that there are. */
int rl_rate_change(struct rl_rate *rate, uint64_t capacity, uint64_t period_ns, uint64_t burst,
                   uint32_t ticks_per_ns);

/* rl_units - the units that a number of ticks is worth, rounded down. */
uint64_t rl_units(const struct rl_rate *rate, uint64_t ticks);

/*
 * rl_missing - what is missing from a bucket when its rate changes, ticks of the new one. missing:
 * of the old one; both count in the same ticks. What is in it, or owed, stays so in units: rounded
 * against the sender, by 2 ticks at most; and what finds no room in the new one is lost.
 */
uint64_t rl_missing(const struct rl_rate *old, const struct rl_rate *rate, uint64_t missing);

/* rl_llm_debt - the state after more was used than had been estimated. excess: its cost, ticks. */
uint64_t rl_llm_debt(uint64_t word, uint64_t now, uint64_t excess);

/*@ assigns \nothing;
    ensures \result == saturated(a + b); */
static inline uint64_t rl_add(uint64_t a, uint64_t b)
{
    uint64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

/* What remains of a when b is taken away: never below zero. */
/*@ assigns \nothing;
    ensures \result == \max(a - b, 0); */
static inline uint64_t rl_less(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

/*@ assigns \nothing;
    ensures \result == \max(a, b); */
static inline uint64_t rl_later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/*@ requires \valid_read(rate);
    assigns \nothing;
    ensures \result == saturated(ns * rate->ticks_per_ns); */
static inline uint64_t rl_ticks(const struct rl_rate *rate, uint64_t ns)
{
    uint64_t ticks;
    return __builtin_mul_overflow(ns, (uint64_t)rate->ticks_per_ns, &ticks) ? UINT64_MAX : ticks;
}

/* Rounded up: who sleeps until that nanosecond is not early. */
/*@ requires \valid_read(rate) && rate->ticks_per_ns > 0;
    assigns \nothing;
    ensures 0 <= \result * rate->ticks_per_ns - ticks < rate->ticks_per_ns; */
static inline uint64_t rl_ns(const struct rl_rate *rate, uint64_t ticks)
{
    return ticks / rate->ticks_per_ns + (ticks % rate->ticks_per_ns != 0);
}

/* What 128 bits are is not proved either: Frama-C does not know them. */
/*@ assigns \nothing;
    admit ensures upper_half(\result, a, b); */
static inline uint64_t rl_upper_half(uint64_t a, uint64_t b)
{
    return (uint64_t)((unsigned __int128)a * b >> 64);
}

/*
 * rl_rest_cost - ceil(n * unit_rest / unit_parts), divided by multiplication with the inverse
 * (Granlund and Montgomery, "Division by invariant integers using multiplication", PLDI 1994).
 *
 * The estimate is the quotient or one less, since the inverse is short by less than 2^-64; the
 * remainder, below 2 * unit_parts < 2^64, tells which, whatever was lost to wrapping in the
 * products.
 */
/*@ requires \valid_read(rate) && derived(rate);
    assigns \nothing;
    ensures \result == saturated(ceiling(n, rate->unit_rest, rate->unit_parts)); */
static inline uint64_t rl_rest_cost(const struct rl_rate *rate, uint64_t n)
{
    //@ assert rate->unit_rest == 0 ==> is_ceiling(0, n, rate->unit_rest, rate->unit_parts);
    if (!rate->unit_rest)
        return 0;

    uint64_t quotient = rl_upper_half(n, rate->rest_inverse);
    uint64_t remainder = n * rate->unit_rest - quotient * rate->unit_parts;
    uint64_t up = (remainder > 0) + (remainder > rate->unit_parts);
    //@ assert remainder == n * rate->unit_rest - quotient * rate->unit_parts;
    //@ assert 0 <= up * rate->unit_parts - remainder < rate->unit_parts;
    //@ assert is_ceiling(quotient + up, n, rate->unit_rest, rate->unit_parts);
    return rl_add(quotient, up);
}

/* rl_cost - the ticks that n units take at this rate: ceil(n * period / capacity), saturating. */
/*@ requires \valid_read(rate) && derived(rate);
    assigns \nothing;
    ensures \result == saturated(n * rate->unit_ticks +
                                 ceiling(n, rate->unit_rest, rate->unit_parts)); */
static inline uint64_t rl_cost(const struct rl_rate *rate, uint64_t n)
{
    uint64_t ticks;
    if (__builtin_mul_overflow(n, rate->unit_ticks, &ticks))
        return UINT64_MAX;
    return rl_add(ticks, rl_rest_cost(rate, n));
}

#endif
