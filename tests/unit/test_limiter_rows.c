/*
 * test_limiter_rows.c - the verbs of a limiter as rows of (time, operation, amount, expected),
 * worked by hand, for each algorithm.
 *
 * All limits are 10 units a second: a unit takes 100 ms. Places in line have letters.
 */
#include <errno.h>

#include "check.h"
#include "lines.h"
#include "rl.h"

#define MS UINT64_C(1000000)

enum verb {
    TRY,       /* try to take n: 1 or 0 */
    RESERVE,   /* take n: the ms at which they conform */
    DEBT,      /* take n, which may be above the burst: likewise */
    BEFORE,    /* take n, if they conform within m ms of now: 0 or errno */
    REFUND,    /* m of the n were used: 1 if the others came back, 0 if they are forfeit */
    RECONCILE, /* n were estimated, m used */
    LEVEL,     /* how many units would conform */
};

struct row {
    uint64_t ms;
    enum verb verb;
    char place;
    uint64_t n, m, expected;
};

static uint64_t act(struct rl_limiter *limiter, const struct row *row, struct rl_reservation *r)
{
    uint64_t now = row->ms * MS;
    switch (row->verb) {
    case TRY:
        return rl_try_acquire_at(limiter, row->n, now, r);
    case RESERVE:
        return rl_reserve_at(limiter, row->n, RL_FOREVER, now, r) == 0 ? r->conforming_ns / MS
                                                                       : UINT64_MAX;
    case DEBT:
        return rl_reserve_debt_at(limiter, row->n, RL_FOREVER, now, r) == 0 ? r->conforming_ns / MS
                                                                            : UINT64_MAX;
    case BEFORE:
        return (uint64_t)rl_reserve_at(limiter, row->n, now + row->m * MS, now, r);
    case REFUND:
        CHECK_EQ(r->n, row->n);
        return rl_refund_at(limiter, r, row->m, now);
    case RECONCILE:
        CHECK_EQ(r->n, row->n);
        rl_reconcile_at(limiter, r, row->m, now);
        return 0;
    case LEVEL:
        return rl_level_at(limiter, now);
    }
    return UINT64_MAX;
}

static void play_rows(uint64_t burst, const struct row *rows, size_t count)
{
    for (enum rl_algo algo = 0; algo < RL_ALGOS; algo++) {
        struct rl_limiter limiter;
        struct rl_reservation places['Z' + 1];
        CHECK_EQ(rl_init(&limiter, algo, 10, RL_SECOND, burst, fresh_line()), 0);
        for (size_t i = 0; i < count; i++) {
            char place = rows[i].place ? rows[i].place : 'Z';
            uint64_t result = act(&limiter, &rows[i], &places[(unsigned char)place]);
            if (!CHECK_EQ(result, rows[i].expected))
                fprintf(stderr, "  row %zu of %s\n", i + 1, rl_algo_name(algo));
        }
    }
}

#define PLAY(burst, ...)                                                                           \
    play_rows(burst, (const struct row[]){__VA_ARGS__},                                            \
              sizeof((const struct row[]){__VA_ARGS__}) / sizeof(struct row))

/* clang-format off */
static void try_takes_what_conforms_now(void)
{
    PLAY(10,
        {   0, TRY,     0,   4, 0, 1},
        {   0, TRY,     0,   7, 0, 0}, /* takes nothing, */
        {   0, TRY,     0,   6, 0, 1}, /* or this would not conform */
        {   0, TRY,     0,   1, 0, 0},
        {  99, TRY,     0,   1, 0, 0},
        { 100, TRY,     0,   1, 0, 1},
        { 100, TRY,     0,   1, 0, 0},
        { 100, TRY,     0,   0, 0, 1}, /* nothing always conforms */
        {9000, TRY,     0,  11, 0, 0}, /* never, above the burst */
        {9000, TRY,     0,  10, 0, 1},
        {9000, TRY,     0,   1, 0, 0});
}

static void reservations_stand_in_line(void)
{
    PLAY(10,
        {   0, RESERVE, 0,  10, 0,    0},
        {   0, RESERVE, 0,   1, 0,  100},
        {   0, RESERVE, 0,  10, 0, 1100},
        {   0, RESERVE, 0,   0, 0,    0}, /* nothing need not wait */
        { 500, RESERVE, 0,   1, 0, 1200},
        {5000, RESERVE, 0,  10, 0, 5000},
        {4000, RESERVE, 0,   1, 0, 5100}, /* a clock read earlier, but come later */
        {4000, RESERVE, 0,  11, 0, UINT64_MAX});
}

static void level_is_what_would_conform(void)
{
    PLAY(10,
        {   0, LEVEL,   0,   0, 0, 10},
        {   0, TRY,     0,  10, 0,  1},
        {   0, LEVEL,   0,   0, 0,  0},
        {  99, LEVEL,   0,   0, 0,  0},
        { 100, LEVEL,   0,   0, 0,  1},
        { 999, LEVEL,   0,   0, 0,  9},
        {1000, LEVEL,   0,   0, 0, 10},
        {9999, LEVEL,   0,   0, 0, 10}, /* and never more */
        {9999, DEBT,    0,  40, 0, 9999},
        {9999, LEVEL,   0,   0, 0,  0},
        {12999, LEVEL,  0,   0, 0,  0}, /* 30 of 40 paid: that was the debt */
        {13099, LEVEL,  0,   0, 0,  1});
}

static void who_would_come_too_late_takes_no_place(void)
{
    PLAY(10,
        {   0, TRY,     0,  10,   0, 1},
        {   0, BEFORE,  0,   5, 499, ETIMEDOUT},
        {   0, BEFORE,  0,   5,   0, ETIMEDOUT},
        {   0, RESERVE, 0,   4,   0, 400},
        {   0, BEFORE,  0,   1, 499, ETIMEDOUT},
        {   0, BEFORE,  0,   1, 500, 0},
        {   0, BEFORE,  0,  11, 9999, E2BIG},
        {   0, RESERVE, 0,   1,   0, 600});
}

static void a_debt_goes_at_rest_and_is_paid_before_anyone_else(void)
{
    PLAY(2,
        {   0, TRY,     0,   1, 0,    1},
        {   0, DEBT,    0,   5, 0,  100}, /* not before the bucket is at rest */
        {   0, RESERVE, 0,   1, 0,  500}, /* drained at 600; one fits in 100 earlier */
        {   0, DEBT,    0,   2, 0,  700}, /* no debt at all: as any other */
        {   0, RESERVE, 0,   2, 0,  900});
}

static void unused_units_come_back_if_nobody_stands_behind(void)
{
    PLAY(10,
        {   0, RESERVE, 'A', 10, 0,    0},
        {   0, REFUND,  'A', 10, 4,    1},
        {   0, LEVEL,   0,    0, 0,    6},
        {   0, RESERVE, 'B',  8, 0,  200},
        {   0, RESERVE, 'C',  5, 0,  700},
        {   0, REFUND,  'C',  5, 0,    1}, /* while it waits */
        {   0, RESERVE, 'D',  5, 0,  700}, /* in the place of C */
        {   0, REFUND,  'D',  5, 5,    0}, /* all used, nothing to come back */
        { 800, RESERVE, 'E',  1, 0,  800}, /* 1700 - 900 */
        {2000, REFUND,  'E',  1, 0,    0}, /* after the rest there is nothing to come back */
        {2000, RESERVE, 'F', 10, 0, 2000},
        {2000, RESERVE, 'G',  1, 0, 2100},
        {4000, RESERVE, 'H', 10, 0, 4000}, /* from rest, */
        {4000, REFUND,  'H', 10, 0,    1},
        {4000, RESERVE, 'I', 10, 0, 4000},
        {4000, RESERVE, 'J',  1, 0, 4100});
}

/* The units of A were promised to B, as of 1000 ms. Given out again, twenty would leave at once. */
static void what_did_not_depart_comes_back_whoever_went_since(void)
{
    PLAY(10,
        {   0, TRY,    'A',  4, 0,    1},
        {   0, TRY,    'B',  6, 0,    1},
        {   0, REFUND, 'A',  4, 1,    1}, /* three, though B went since */
        {   0, LEVEL,   0,   0, 0,    3},
        { 300, REFUND, 'B',  6, 0,    1}, /* three of them have drained meanwhile: three are left */
        { 300, LEVEL,   0,   0, 0,    9},
        {5000, TRY,    'C',  5, 0,    1},
        {5300, TRY,    'D',  5, 0,    1},
        {5500, REFUND, 'C',  5, 0,    0}, /* all that it took has drained */
        {5500, LEVEL,   0,   0, 0,    5});
}

static void units_are_forfeit_if_somebody_was_promised_his_behind(void)
{
    PLAY(10,
        {   0, RESERVE, 'A', 10, 0,    0},
        {   0, RESERVE, 'B', 10, 0, 1000},
        {   0, REFUND,  'A', 10, 0,    0},
        {   0, RESERVE, 'C',  1, 0, 1100},
        {   0, RESERVE, 'D', 10, 0, 2100});
}

static void a_line_may_dissolve_from_its_end(void)
{
    PLAY(10,
        {   0, RESERVE, 'A', 10, 0,    0},
        {   0, RESERVE, 'B', 10, 0, 1000},
        {   0, RESERVE, 'C', 10, 0, 2000},
        {   0, REFUND,  'C', 10, 0,    1},
        {   0, REFUND,  'B', 10, 5,    1},
        {   0, REFUND,  'A', 10, 0,    0}, /* five of B stand behind it */
        {   0, RESERVE, 'D',  5, 0, 1000},
        {   0, REFUND,  'D',  5, 0,    1},
        {   0, RESERVE, 'E', 10, 0, 1500});
}

static void who_used_less_than_estimated_gets_the_rest_back(void)
{
    PLAY(10,
        {   0, RESERVE,   'A', 10, 0,   0},
        {   0, RECONCILE, 'A', 10, 3,   0},
        {   0, LEVEL,     0,    0, 0,   7},
        {   0, RESERVE,   'B',  7, 0,   0},
        {   0, RECONCILE, 'B',  7, 7,   0},
        {   0, LEVEL,     0,    0, 0,   0},
        {   0, RESERVE,   'C',  2, 0, 200},
        {   0, RESERVE,   'D',  2, 0, 400},
        {   0, RECONCILE, 'C',  2, 0,   0}, /* too late, D stands behind */
        {   0, RESERVE,   'E',  1, 0, 500});
}

static void who_used_more_than_estimated_owes_the_rest(void)
{
    PLAY(10,
        {   0, RESERVE,   'A',  5,  0,    0},
        {   0, RECONCILE, 'A',  5, 25,    0},
        {   0, LEVEL,     0,    0,  0,    0},
        {   0, RESERVE,   'B',  1,  0, 1600}, /* 2500 ms are owed, 900 may remain */
        {5000, RESERVE,   'C',  5,  0, 5000},
        {9000, RECONCILE, 'C',  5, 25,    0}, /* charged at the answer: 20 at 9000 ms, */
        {9000, RESERVE,   'D', 10,  0, 11000}); /* idle time does not pay in advance */
}
/* clang-format on */

/* A refund is a matter of the reservation it belongs to; the caller may hold many. */
static void a_refund_asks_for_what_was_used_not_for_more(void)
{
    struct rl_limiter limiter;
    struct rl_reservation r;
    CHECK_EQ(rl_init(&limiter, RL_GCRA, 10, RL_SECOND, 10, fresh_line()), 0);
    CHECK_EQ(rl_reserve_at(&limiter, 4, RL_FOREVER, 0, &r), 0);
    CHECK(!rl_refund_at(&limiter, &r, 5, 0)); /* more than was taken moves nothing */
    CHECK(!rl_refund_at(&limiter, &r, UINT64_MAX, 0));
    CHECK_EQ(rl_level_at(&limiter, 0), 6);
}

/* The burst of 5 at 53/s drains in no whole number of ticks; five may pass all the same. */
static void at_rest_the_level_is_the_burst_at_any_rate(void)
{
    struct rl_limiter limiter;
    CHECK_EQ(rl_init(&limiter, RL_GCRA, 53, RL_SECOND, 5, fresh_line()), 0);
    CHECK_EQ(rl_level_at(&limiter, 0), 5);
    CHECK(rl_try_acquire_at(&limiter, 5, 0, NULL));
    CHECK_EQ(rl_level_at(&limiter, 0), 0);
    CHECK_EQ(rl_level_at(&limiter, RL_SECOND), 5);
}

/* Two limiters on the same line are one, whatever the algorithm of each. */
static void a_shared_line_is_one_limit(void)
{
    struct rl_line *line = fresh_line();
    struct rl_limiter one, other;
    CHECK_EQ(rl_init(&one, RL_TOKEN_BUCKET, 10, RL_SECOND, 10, line), 0);
    CHECK_EQ(rl_init(&other, RL_GCRA, 10, RL_SECOND, 10, line), 0);
    CHECK(rl_try_acquire_at(&one, 6, 0, NULL));
    CHECK_EQ(rl_level_at(&other, 0), 4);
    CHECK(!rl_try_acquire_at(&other, 5, 0, NULL));
    CHECK(rl_try_acquire_at(&other, 4, 0, NULL));
    CHECK(!rl_try_acquire_at(&one, 1, 0, NULL));
}

int main(void)
{
    RUN(try_takes_what_conforms_now);
    RUN(reservations_stand_in_line);
    RUN(level_is_what_would_conform);
    RUN(who_would_come_too_late_takes_no_place);
    RUN(a_debt_goes_at_rest_and_is_paid_before_anyone_else);
    RUN(unused_units_come_back_if_nobody_stands_behind);
    RUN(what_did_not_depart_comes_back_whoever_went_since);
    RUN(units_are_forfeit_if_somebody_was_promised_his_behind);
    RUN(a_line_may_dissolve_from_its_end);
    RUN(who_used_less_than_estimated_gets_the_rest_back);
    RUN(who_used_more_than_estimated_owes_the_rest);
    RUN(a_refund_asks_for_what_was_used_not_for_more);
    RUN(at_rest_the_level_is_the_burst_at_any_rate);
    RUN(a_shared_line_is_one_limit);
    return check_status();
}
