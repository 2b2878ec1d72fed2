/* test_algo_cost.c - amounts as time: rl_rate_init, rl_cost, rl_units. */
#include <errno.h>

#include "algo.h"
#include "check.h"
#include "lines.h"
#include "random.h"

#define DAY        (86400 * RL_SECOND)
#define MOST_UNITS (UINT64_C(1) << 62)

static const uint64_t periods[] = {1, 1000, RL_SECOND / 2, RL_SECOND, 3 * RL_SECOND / 2, DAY};

static uint64_t some_period(struct random *random)
{
    return random_one_in(random, 2) ? periods[random_upto(random, 5)]
                                    : random_size(random, 366 * DAY);
}

static bool some_rate(struct random *random, struct rl_rate *rate)
{
    uint64_t capacity = random_size(random, MOST_UNITS);
    return rl_rate_init(rate, capacity, some_period(random), random_size(random, capacity)) == 0;
}

/* What rate.c says it computes, with no trick: the ceiling, or the end of time. */
static uint64_t obvious_cost(const struct rl_rate *rate, uint64_t n)
{
    unsigned __int128 period = (unsigned __int128)rate->period_ns * rate->ticks_per_ns;
    unsigned __int128 cost = (n * period + rate->capacity - 1) / rate->capacity;
    return cost > UINT64_MAX ? UINT64_MAX : (uint64_t)cost;
}

static void cost_is_the_ceiling(void)
{
    struct random random = {1};
    for (int i = 0; i < 300000; i++) {
        struct rl_rate rate;
        if (!some_rate(&random, &rate))
            continue;
        const uint64_t amounts[] = {1,
                                    rate.burst,
                                    rate.capacity,
                                    random_size(&random, MOST_UNITS),
                                    random_next(&random),
                                    UINT64_MAX};
        for (size_t k = 0; k < sizeof amounts / sizeof *amounts; k++)
            if (!CHECK_EQ(rl_cost(&rate, amounts[k]), obvious_cost(&rate, amounts[k])))
                return;
    }
}

/* The inverse is off by most where the parts are many and the amounts are next to a multiple. */
static void cost_is_exact_beside_the_multiples(void)
{
    struct random random = {2};
    for (int i = 0; i < 300000; i++) {
        struct rl_rate rate;
        if (!some_rate(&random, &rate))
            continue;
        uint64_t n = rate.unit_parts * random_size(&random, UINT64_MAX / rate.unit_parts);
        for (uint64_t amount = n - 1; amount != n + 2; amount++)
            if (!CHECK_EQ(rl_cost(&rate, amount), obvious_cost(&rate, amount)))
                return;
    }
}

static void nothing_costs_nothing(void)
{
    struct random random = {3};
    for (int i = 0; i < 10000; i++) {
        struct rl_rate rate;
        if (some_rate(&random, &rate))
            CHECK_EQ(rl_cost(&rate, 0), 0);
    }
}

/* tau must not be rounded up: the burst is never more than B units. */
static void tau_is_the_floor(void)
{
    struct random random = {4};
    for (int i = 0; i < 100000; i++) {
        struct rl_rate rate;
        if (!some_rate(&random, &rate))
            continue;
        unsigned __int128 period = (unsigned __int128)rate.period_ns * rate.ticks_per_ns;
        if (!CHECK_EQ(rate.tau, (uint64_t)(rate.burst * period / rate.capacity)))
            return;
    }
}

/* rl_units is the inverse: the most units that so many ticks pay for. */
static void units_are_what_the_ticks_pay(void)
{
    struct random random = {5};
    for (int i = 0; i < 100000; i++) {
        struct rl_rate rate;
        if (!some_rate(&random, &rate))
            continue;
        uint64_t ticks = random_size(&random, UINT64_MAX / 2);
        uint64_t units = rl_units(&rate, ticks);
        if (units == UINT64_MAX)
            continue;
        if (!CHECK(rl_cost(&rate, units) <= ticks) || !CHECK(rl_cost(&rate, units + 1) > ticks))
            return;
    }
}

/* B single units from rest must depart at once: their costs fit into tau to the tick. */
static void whole_ticks_where_promised(void)
{
    static const uint64_t per_second[] = {1, 2, 3, 7, 9, 90, 1000000, 1000000000, 10000000000};
    for (size_t i = 0; i < sizeof per_second / sizeof *per_second; i++) {
        struct rl_rate rate;
        CHECK_EQ(rl_rate_init(&rate, per_second[i], RL_SECOND, 1000), 0);
        CHECK_EQ(rate.unit_rest, 0);
        CHECK_EQ(rate.tau, 1000 * rl_cost(&rate, 1));
    }
}

/* "One unit costs a whole number of ticks whenever one in that range allows it." */
static void ticks_fit_whenever_they_can(void)
{
    struct random random = {6};
    for (int i = 0; i < 100000; i++) {
        struct rl_rate rate;
        uint64_t capacity = random_size(&random, i % 2 ? 100000 : MOST_UNITS);
        if (rl_rate_init(&rate, capacity, some_period(&random), 1) != 0)
            continue;
        bool can = false;
        for (uint64_t ticks = 16; ticks <= 48; ticks++)
            can |= (unsigned __int128)ticks * rate.period_ns % capacity == 0;
        if (!CHECK_EQ(rate.unit_rest == 0, can) ||
            !CHECK(rate.ticks_per_ns >= 16 && rate.ticks_per_ns <= 48))
            return;
    }
}

static void errors_are_told_apart(void)
{
    static const struct {
        uint64_t capacity, period_ns, burst;
        int error;
    } rows[] = {
        {1, 1, 1, 0},
        {0, RL_SECOND, 1, EINVAL},
        {1, 0, 1, EINVAL},
        {1, RL_SECOND, 0, EINVAL},
        {MOST_UNITS, RL_SECOND, MOST_UNITS, 0},
        {MOST_UNITS + 1, RL_SECOND, 1, ERANGE},
        {UINT64_MAX, RL_SECOND, 1, ERANGE},
        {MOST_UNITS, RL_SECOND, MOST_UNITS + 1, ERANGE},
        {1, 366 * DAY, 1, 0},
        {1, 366 * DAY + 1, 1, ERANGE},
        {1, UINT64_MAX, 1, ERANGE},
        {1, DAY, 500, 0},       /* drains in 500 days, */
        {1, DAY, 2000, ERANGE}, /* in five years */
        {1, RL_SECOND, MOST_UNITS, ERANGE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rl_rate rate;
        CHECK_EQ(rl_rate_init(&rate, rows[i].capacity, rows[i].period_ns, rows[i].burst),
                 rows[i].error);
    }

    struct rl_limiter limiter;
    CHECK_EQ(rl_init(&limiter, RL_ALGOS, 1, RL_SECOND, 1, fresh_line()), EINVAL);
    CHECK_EQ(rl_init(&limiter, RL_GCRA, 0, RL_SECOND, 1, fresh_line()), EINVAL);
    CHECK_EQ(rl_init(&limiter, RL_GCRA, 1, RL_SECOND, MOST_UNITS + 1, fresh_line()), ERANGE);
}

/* Amounts as programs send them: not less than the rate moves in a microsecond. */
static void rate_error_is_below_a_ten_thousandth(void)
{
    static const struct {
        uint64_t capacity, period_ns, amount;
    } rows[] = {
        {1, DAY, 1},
        {86399, DAY, 1},
        {10007, 60 * RL_SECOND, 1},
        {99991, RL_SECOND, 1},
        {1000003, RL_SECOND, 1},
        {90000, 60 * RL_SECOND, 731},
        {999983, RL_SECOND, 1},
        {12345677, RL_SECOND, 100},
        {125000000, RL_SECOND, 1460},
        {999999937, RL_SECOND, 1460},
        {1250000000, RL_SECOND, 1460},
        {9999999967, RL_SECOND, 16384},
        {10000000000, RL_SECOND, 1460},
        {10000000000, RL_SECOND, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rl_rate rate;
        CHECK_EQ(rl_rate_init(&rate, rows[i].capacity, rows[i].period_ns, rows[i].amount), 0);
        unsigned __int128 ideal =
            (unsigned __int128)rate.period_ns * rate.ticks_per_ns * rows[i].amount;
        unsigned __int128 cost = (unsigned __int128)rl_cost(&rate, rows[i].amount) * rate.capacity;
        CHECK(cost >= ideal); /* never too fast */
        CHECK(cost - ideal <= ideal / 10000);
    }
}

int main(void)
{
    RUN(cost_is_the_ceiling);
    RUN(cost_is_exact_beside_the_multiples);
    RUN(nothing_costs_nothing);
    RUN(tau_is_the_floor);
    RUN(units_are_what_the_ticks_pay);
    RUN(whole_ticks_where_promised);
    RUN(ticks_fit_whenever_they_can);
    RUN(errors_are_told_apart);
    RUN(rate_error_is_below_a_ten_thousandth);
    return check_status();
}
