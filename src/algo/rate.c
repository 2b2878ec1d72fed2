/*
 * rate.c - amounts as time: the one place where units become ticks.
 *
 * The cost of n units is ceil(n * period / capacity) ticks, exactly; tau is rounded down. So no
 * rounding ever favours the sender. What is rounded is below a tick, 1/16 ns at most, and nothing
 * at all where a unit costs a whole number of ticks.
 */
#include <errno.h>

#include "algo.h"

#define MOST_TAU (UINT64_C(1) << 61) /* with ten years of uptime it still fits into the word */

enum { FEWEST_TICKS = 16, MOST_TICKS = 48, USUAL_TICKS = 32 };

static uint64_t greatest_common_divisor(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* The smallest number of ticks to the nanosecond that makes a unit a whole number of them. */
static uint32_t fitting_ticks(uint64_t capacity, uint64_t period_ns)
{
    uint64_t step = capacity / greatest_common_divisor(capacity, period_ns);
    if (step > MOST_TICKS)
        return USUAL_TICKS;
    return (uint32_t)(step * ((FEWEST_TICKS + step - 1) / step));
}

static int judge(uint64_t capacity, uint64_t period_ns, uint64_t burst)
{
    if (!capacity || !period_ns || !burst)
        return EINVAL;
    bool fits =
        capacity <= RL_MOST_UNITS && burst <= RL_MOST_UNITS && period_ns <= RL_MOST_PERIOD_NS;
    return fits ? 0 : ERANGE;
}

int rl_rate_init(struct rl_rate *rate, uint64_t capacity, uint64_t period_ns, uint64_t burst)
{
    int error = judge(capacity, period_ns, burst);
    return error ? error
                 : rl_rate_change(rate, capacity, period_ns, burst,
                                  fitting_ticks(capacity, period_ns));
}

int rl_rate_change(struct rl_rate *rate, uint64_t capacity, uint64_t period_ns, uint64_t burst,
                   uint32_t ticks_per_ns)
{
    int error = judge(capacity, period_ns, burst);
    if (error)
        return error;

    uint64_t period = period_ns * ticks_per_ns;
    uint64_t divisor = greatest_common_divisor(period, capacity);
    uint64_t parts = capacity / divisor;
    uint64_t rest = period / divisor % parts;
    unsigned __int128 tau = (unsigned __int128)burst * period / capacity;
    if (tau > MOST_TAU)
        return ERANGE;

    rate->capacity = capacity;
    rate->period_ns = period_ns;
    rate->burst = burst;
    rate->unit_ticks = period / capacity;
    rate->unit_rest = rest;
    rate->unit_parts = parts;
    rate->rest_inverse = (uint64_t)(((unsigned __int128)rest << 64) / parts);
    rate->tau = (uint64_t)tau;
    rate->since = 0;
    rate->ticks_per_ns = ticks_per_ns;
    rate->generation = 0;
    return 0;
}

static uint64_t period_of(const struct rl_rate *rate)
{
    return rate->period_ns * rate->ticks_per_ns;
}

uint64_t rl_units(const struct rl_rate *rate, uint64_t ticks)
{
    uint64_t period = period_of(rate);
    unsigned __int128 units = (unsigned __int128)ticks * rate->capacity / period;
    return units > UINT64_MAX ? UINT64_MAX : (uint64_t)units;
}

/* floor(ticks * R0 / R1), or a tick less: whole units, and the rest of one. */
static uint64_t scaled(const struct rl_rate *old, const struct rl_rate *rate, uint64_t ticks)
{
    uint64_t old_period = period_of(old), period = period_of(rate);
    unsigned __int128 amount = (unsigned __int128)ticks * old->capacity;
    unsigned __int128 units = amount / old_period;
    uint64_t rest = (uint64_t)(amount % old_period);
    if (units > RL_MOST_UNITS)
        return UINT64_MAX;
    unsigned __int128 whole = units * period / rate->capacity;
    unsigned __int128 part =
        (unsigned __int128)rest * period / ((unsigned __int128)old_period * rate->capacity);
    return whole + part < UINT64_MAX ? (uint64_t)(whole + part) : UINT64_MAX;
}

uint64_t rl_missing(const struct rl_rate *old, const struct rl_rate *rate, uint64_t missing)
{
    if (missing > old->tau)
        return rl_add(rate->tau, rl_add(scaled(old, rate, missing - old->tau), 2));
    return rl_less(rate->tau, scaled(old, rate, old->tau - missing));
}
