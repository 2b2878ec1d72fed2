/*
 * test_limiter_worked.c - examples worked by hand: the departures, to the nanosecond, of each
 * algorithm, near boot and after ten years of uptime.
 *
 * By hand: a unit takes u = seconds / capacity. At each departure the bucket has drained at D; the
 * next one, of n units, conforms at D - (burst - n) * u, or when it arrives if that is later; then
 * D, or the arrival if later, grows by n * u.
 */
#include "check.h"
#include "lines.h"
#include "rl.h"

#define MS        UINT64_C(1000000)
#define TEN_YEARS (UINT64_C(315000000) * RL_SECOND + 123456789)

enum { MOST = 16 };

struct example {
    uint64_t capacity, period_ns, burst;
    uint64_t work_ns;    /* from a departure to the next arrival */
    uint64_t amounts[2]; /* in turns */
    size_t count;        /* of departures */
    uint64_t departures[MOST];
};

static void depart_as_worked(const struct example *example, enum rl_algo algo, uint64_t start)
{
    struct rl_limiter limiter;
    CHECK_EQ(rl_init(&limiter, algo, example->capacity, example->period_ns, example->burst,
                     fresh_line()),
             0);
    uint64_t arrival = start;
    for (size_t i = 0; i < example->count; i++) {
        struct rl_reservation r;
        CHECK_EQ(rl_reserve_at(&limiter, example->amounts[i % 2], RL_FOREVER, arrival, &r), 0);
        if (!CHECK_EQ(r.conforming_ns - start, example->departures[i]))
            fprintf(stderr, "  departure %zu of %s\n", i, rl_algo_name(algo));
        arrival = r.conforming_ns + example->work_ns;
    }
}

static void work(const struct example *example)
{
    static const uint64_t starts[] = {0, 1, 77 * RL_SECOND, TEN_YEARS};
    for (enum rl_algo algo = 0; algo < RL_ALGOS; algo++)
        for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
            depart_as_worked(example, algo, starts[i]);
}

/* 0.3 s a call is faster than one each 0.5 s, but seven calls do not use up the burst of four. */
static void four_per_two_seconds_seven_calls(void)
{
    work(&(struct example){4,
                           2 * RL_SECOND,
                           4,
                           300 * MS,
                           {1, 1},
                           7,
                           {0, 300 * MS, 600 * MS, 900 * MS, 1200 * MS, 1500 * MS, 1800 * MS}});
}

/* The ninth finds D at 4.0 s, so conforms at 4.0 - 1.5 = 2.5 s; from there on one each 0.5 s. */
static void four_per_two_seconds_ten_calls(void)
{
    work(&(struct example){4,
                           2 * RL_SECOND,
                           4,
                           300 * MS,
                           {1, 1},
                           10,
                           {0, 300 * MS, 600 * MS, 900 * MS, 1200 * MS, 1500 * MS, 1800 * MS,
                            2100 * MS, 2500 * MS, 3000 * MS}});
}

static void three_per_second_and_a_half_back_to_back(void)
{
    work(&(struct example){3,
                           1500 * MS,
                           3,
                           0,
                           {1, 1},
                           12,
                           {0, 0, 0, 500 * MS, 1000 * MS, 1500 * MS, 2000 * MS, 2500 * MS,
                            3000 * MS, 3500 * MS, 4000 * MS, 4500 * MS}});
}

/* 1 + 2 + 1 + 2 + 1 + 2 + 1 = 10 at once; the k-th of the sum s then at (s - 10) * 0.5 s. */
static void ten_per_five_seconds_ones_and_twos(void)
{
    work(&(struct example){
        10,
        5 * RL_SECOND,
        10,
        0,
        {1, 2},
        12,
        {0, 0, 0, 0, 0, 0, 0, 1000 * MS, 1500 * MS, 2500 * MS, 3000 * MS, 4000 * MS}});
}

/* The same with 0.3 s of work: 1.5 units a call, and 0.6 drain: 0.9 pile up a call, to ten. */
static void ten_per_five_seconds_ones_and_twos_with_work(void)
{
    work(&(struct example){10,
                           5 * RL_SECOND,
                           10,
                           300 * MS,
                           {1, 2},
                           12,
                           {0, 300 * MS, 600 * MS, 900 * MS, 1200 * MS, 1500 * MS, 1800 * MS,
                            2100 * MS, 2400 * MS, 2700 * MS, 3000 * MS, 4000 * MS}});
}

/* Sevenths of a second are no whole ns: each departure is rounded up, and nothing adds up. */
static void sevenths_do_not_drift(void)
{
    work(&(struct example){7,
                           RL_SECOND,
                           2,
                           0,
                           {1, 1},
                           10,
                           {0, 0, 142857143, 285714286, 428571429, 571428572, 714285715, 857142858,
                            1000000000, 1142857143}});
}

/* A burst above the capacity, and a rest long enough to fill it, but not more. */
static void a_rest_fills_the_bucket_and_no_more(void)
{
    work(&(struct example){1,
                           RL_SECOND,
                           2,
                           2500 * MS,
                           {2, 1},
                           6,
                           {0, 2500 * MS, 5000 * MS, 7500 * MS, 10000 * MS, 12500 * MS}});
    work(&(struct example){1,
                           RL_SECOND,
                           2,
                           500 * MS,
                           {2, 1},
                           6,
                           {0, 1000 * MS, 3000 * MS, 4000 * MS, 6000 * MS, 7000 * MS}});
}

int main(void)
{
    RUN(four_per_two_seconds_seven_calls);
    RUN(four_per_two_seconds_ten_calls);
    RUN(three_per_second_and_a_half_back_to_back);
    RUN(ten_per_five_seconds_ones_and_twos);
    RUN(ten_per_five_seconds_ones_and_twos_with_work);
    RUN(sevenths_do_not_drift);
    RUN(a_rest_fills_the_bucket_and_no_more);
    return check_status();
}
