/*
 * test_limiter_order.c - first come, first served, and no later than need be: departures against a
 * leaky bucket in rational numbers, at any rate.
 *
 * The reference counts in units times ns, of which `capacity` leak each ns: nothing is ever
 * rounded. We round each cost up to the tick, so may be later by a tick a departure, and never be
 * earlier; not at all where a unit costs whole ticks.
 */
#include "algo.h"
#include "check.h"
#include "lines.h"
#include "random.h"

#define DAY       (86400 * RL_SECOND)
#define TEN_YEARS (3650 * DAY)

enum { DEPARTURES = 50 };

typedef __int128 unit_ns;

struct leaky_bucket {
    unit_ns level;
    uint64_t looked_at_ns;
};

/* The instant, rounded up, at which n units more will fit. */
static uint64_t pour(struct leaky_bucket *bucket, const struct rl_rate *rate, uint64_t now,
                     uint64_t n)
{
    unit_ns leaked = (unit_ns)rate->capacity * (now - bucket->looked_at_ns);
    bucket->level = bucket->level > leaked ? bucket->level - leaked : 0;
    bucket->looked_at_ns = now;

    bucket->level += (unit_ns)n * rate->period_ns;
    unit_ns overflow = bucket->level - (unit_ns)rate->burst * rate->period_ns;
    return overflow > 0 ? now + (uint64_t)((overflow + rate->capacity - 1) / rate->capacity) : now;
}

/* All that waits must do so within the twelve years that a word can tell. */
static void open_limiter(struct random *random, struct rl_limiter *limiter)
{
    static const uint64_t periods[] = {1000, RL_SECOND, 3 * RL_SECOND / 2, 60 * RL_SECOND, DAY};
    enum rl_algo algo = (enum rl_algo)random_upto(random, RL_ALGOS - 1);
    uint64_t most = random_one_in(random, 2) ? 100 : 10000000000;
    int error;
    do {
        uint64_t capacity = random_size(random, most), period = periods[random_upto(random, 4)];
        error = rl_init(limiter, algo, capacity, period, random_size(random, most), fresh_line());
    } while (error || limiter->rate.tau > (UINT64_C(1) << 61) / DEPARTURES);
}

/* One history, its arrivals in order. */
static bool as_the_reference(uint64_t seed)
{
    struct random random = {seed};
    struct rl_limiter limiter;
    open_limiter(&random, &limiter);
    const struct rl_rate *rate = &limiter.rate;
    uint64_t unit_ns_up = rl_ns(rate, rl_cost(rate, 1)), tau_ns = rl_ns(rate, rate->tau);
    uint64_t now = random_one_in(&random, 2) ? 0 : random_upto(&random, TEN_YEARS);
    struct leaky_bucket bucket = {.looked_at_ns = now};
    uint64_t previous = 0;

    for (unsigned i = 0; i < DEPARTURES; i++) {
        uint64_t n = random_one_in(&random, 8) ? rate->burst : random_size(&random, rate->burst);
        now += random_one_in(&random, 2) ? random_upto(&random, unit_ns_up)
                                         : random_upto(&random, random_upto(&random, tau_ns));
        struct rl_reservation r;
        CHECK_EQ(rl_reserve_at(&limiter, n, RL_FOREVER, now, &r), 0);
        uint64_t expected = pour(&bucket, rate, now, n);

        uint64_t late_ns = rate->unit_rest ? rl_ns(rate, i + 2) : 0;
        if (!CHECK(r.conforming_ns >= expected) || !CHECK(r.conforming_ns <= expected + late_ns) ||
            !CHECK(r.conforming_ns >= previous)) {
            fprintf(stderr, "  departure %u of history %llu, %s\n", i, (unsigned long long)seed,
                    limiter.algorithm->name);
            return false;
        }
        previous = r.conforming_ns;
    }
    return true;
}

static void in_order_and_no_later_than_need_be(void)
{
    for (uint64_t seed = 0; seed < 40000; seed++)
        if (!as_the_reference(seed))
            return;
}

/* A million departures later there is no drift: the k-th of 3/s, 7/s and 90/s is at k/3, ... s. */
static void nothing_adds_up(void)
{
    static const uint64_t per_second[] = {3, 7, 90, 10000000000};
    for (size_t i = 0; i < sizeof per_second / sizeof *per_second; i++) {
        struct rl_limiter limiter;
        struct rl_reservation r;
        uint64_t rate = per_second[i];
        CHECK_EQ(rl_init(&limiter, RL_TOKEN_BUCKET, rate, RL_SECOND, 20, fresh_line()), 0);
        for (uint64_t k = 0; k < 1000000; k++) {
            CHECK_EQ(rl_reserve_at(&limiter, 1, RL_FOREVER, 0, &r), 0);
            uint64_t waits_for = k < 20 ? 0 : k - 19;
            if (!CHECK_EQ(r.conforming_ns, (waits_for * RL_SECOND + rate - 1) / rate))
                return;
        }
    }
}

/* From boot or after ten years: what a history is does not depend on when it begins. */
static void histories_can_be_shifted(void)
{
    for (uint64_t seed = 0; seed < 5000; seed++) {
        struct random random = {seed};
        struct rl_limiter early, late;
        open_limiter(&random, &early);
        late = early;
        late.line = fresh_line();
        uint64_t now = 0, reach = rl_ns(&early.rate, early.rate.tau);
        for (int i = 0; i < DEPARTURES; i++) {
            struct rl_reservation first, second;
            uint64_t n = random_size(&random, early.rate.burst);
            now += random_upto(&random, random_upto(&random, reach));
            CHECK_EQ(rl_reserve_at(&early, n, RL_FOREVER, now, &first), 0);
            CHECK_EQ(rl_reserve_at(&late, n, RL_FOREVER, now + TEN_YEARS, &second), 0);
            if (!CHECK_EQ(second.conforming_ns, first.conforming_ns + TEN_YEARS))
                return;
        }
    }
}

int main(void)
{
    RUN(in_order_and_no_later_than_need_be);
    RUN(nothing_adds_up);
    RUN(histories_can_be_shifted);
    return check_status();
}
