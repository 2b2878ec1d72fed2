/*
 * test_limiter_line.c - what a line promises, whatever an adversary does to those that wait: see
 * world.h. Any algorithm, one limit and several.
 *
 *     test_limiter_line [HISTORIES [SEED]]     or RL_HISTORIES, RL_SEED in the environment
 *
 * A history that fails is told by its seed: `test_limiter_line 1 SEED` plays it again.
 */
#include <stdlib.h>

#include "world.h"

/* Anything, and all of it at once. */
static bool any_history_holds(uint64_t seed)
{
    struct world *w = begin(seed);
    struct random *random = &w->random;
    size_t limits = 1 + random_upto(random, MOST_LIMITS - 1);
    for (size_t i = 0; i < limits; i++) {
        uint64_t capacity = random_size(random, random_one_in(random, 2) ? 500 : 10000000);
        uint64_t burst = random_one_in(random, 3) ? 1 : random_size(random, capacity);
        add_limit(w, (enum rl_algo)random_upto(random, RL_ALGOS - 1), capacity, burst);
    }
    w->lateness = (enum lateness)random_upto(random, KINDS_OF_LATENESS - 1);
    w->most_late_ns = random_size(random, RL_SECOND);
    w->delays_going = random_one_in(random, 2);
    w->leaving = random_one_in(random, 2) ? 2 + (unsigned)random_upto(random, 20) : 0;
    w->dying = random_one_in(random, 2) ? 2 + (unsigned)random_upto(random, 50) : 0;
    w->taking_less = random_one_in(random, 2) ? 1 + (unsigned)random_upto(random, 5) : 0;
    uint64_t reach_ns = rl_ns(&w->limiter[0].rate, rl_cost(&w->limiter[0].rate, 1)) + MS;
    if (random_one_in(random, 2)) {
        w->stop_from_ns = w->clock + random_upto(random, 30 * reach_ns);
        w->stop_to_ns = w->stop_from_ns + random_upto(random, 4 * RL_SECOND);
    }
    size_t callers = random_size(random, 40);
    w->enough = 300;
    for (size_t i = 0; i < callers; i++) {
        struct caller *c = add_caller(w, 0);
        for (size_t j = 0; j < limits; j++)
            if (random_one_in(random, 2) || j == i % limits)
                c->n[j] = random_size(random, w->limiter[j].rate.burst);
        c->pause_ns = random_one_in(random, 2) ? 0 : random_upto(random, reach_ns);
        act_at(w, c, w->clock + (random_one_in(random, 2) ? 0 : random_upto(random, reach_ns)));
    }
    run_until(w, w->begin_ns + 100 * reach_ns + 5 * RL_SECOND / (1 + random_upto(random, 20)));
    return bounds_hold(w);
}

static uint64_t histories = 1200, first_seed = 1;

static void every_window_holds_whatever_the_adversary_does(void)
{
    for (uint64_t seed = first_seed; seed < first_seed + histories; seed++)
        if (!any_history_holds(seed)) {
            fprintf(stderr, "history %llu\n", U(seed));
            return;
        }
}

/* 50 who connect, 10/s, one at a time, stopped for 4 s; and 100 who send. */
static void those_that_were_late_together_do_not_go_together(void)
{
    static const uint64_t limits[][4] = {
        /* rate, burst, units of each, how many */
        {10, 1, 1, 50},
        {500, 1, 1, 100},
        {200000, 4000, 2000, 100},
    };
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        const uint64_t *limit = limits[i];
        struct world *w = begin(i);
        add_limit(w, RL_TOKEN_BUCKET, limit[0], limit[1]);
        for (size_t j = 0; j < limit[3]; j++)
            add_caller(w, limit[2]);
        w->lateness = SLIGHTLY;
        w->stop_from_ns = w->clock + RL_SECOND;
        w->stop_to_ns = w->stop_from_ns + 4 * RL_SECOND;
        run_until(w, w->stop_to_ns + 2 * RL_SECOND);
        bounds_hold(w);
        uint64_t soon = units_between(w, 0, w->stop_to_ns, w->stop_to_ns + 50 * MS);
        CHECK(soon <= limit[1] + limit[0] * 51 / 1000);
        /* And then the rate is the rate again. */
        uint64_t later = units_between(w, 0, w->stop_to_ns + RL_SECOND, w->clock);
        CHECK(later + limit[2] >= limit[0] * 995 / 1000);
    }
}

/* Whoever came first, goes first; none goes twice before another went once; each look but a few is
 * one's turn. */
static void the_punctual_go_in_the_order_in_which_they_came(void)
{
    static const enum lateness kinds[] = {PUNCTUAL, SLIGHTLY};
    for (size_t kind = 0; kind < 2; kind++)
        for (uint64_t n = 1; n <= 100; n += 33) {
            struct world *w = begin(n);
            add_limit(w, RL_GCRA, 1000, kind == PUNCTUAL ? 1 : 20);
            for (size_t i = 0; i < n; i++)
                act_at(w, add_caller(w, 1), w->clock + i);
            w->lateness = kinds[kind];
            run_until(w, w->begin_ns + RL_SECOND); /* the burst is gone, and all have come */
            for (size_t i = 0; i < n; i++)
                w->caller[i].departures = 0;
            w->looks = 0;
            run_until(w, w->begin_ns + 4 * RL_SECOND);
            bounds_hold(w);
            uint64_t departures = 0, least = UINT64_MAX, most = 0;
            for (size_t i = 0; i < n; i++) {
                const struct caller *c = &w->caller[i];
                departures += c->departures;
                least = c->departures < least ? c->departures : least;
                most = rl_later(most, c->departures);
            }
            CHECK(departures >= 2990);
            if (!CHECK(most - least <= 1 + (kinds[kind] != PUNCTUAL)))
                fprintf(stderr, "  %llu of kind %zu: %llu to %llu\n", U(n), kind, U(least),
                        U(most));
            CHECK(kinds[kind] != PUNCTUAL || w->in_order);
            CHECK(w->looks <= departures * 23 / 10 + n); /* one that waits, one that goes */
        }
}

/* All are late, each time, by up to what the burst covers: then nothing is lost. */
static void lateness_that_the_burst_covers_costs_no_rate(void)
{
    for (uint64_t seed = 1; seed <= 20; seed++)
        for (size_t n = 1; n <= 64; n *= 4) {
            struct world *w = begin(seed);
            add_limit(w, (enum rl_algo)(seed % RL_ALGOS), 1000000, 100000); /* 100 ms */
            for (size_t i = 0; i < n; i++)
                add_caller(w, 20000 / n); /* 20 ms in all */
            w->lateness = ALL;
            w->most_late_ns = 80 * MS;
            run_until(w, w->begin_ns + 4 * RL_SECOND);
            bounds_hold(w);
            CHECK(units_between(w, 0, w->begin_ns, w->clock) >= 4000000);
        }
}

/* At a burst of one what is lost is what they are late beyond what is taken as on time. */
static void what_is_taken_as_on_time_costs_no_rate_at_a_burst_of_one(void)
{
    for (size_t n = 1; n <= 64; n *= 4) {
        struct world *w = begin(n);
        add_limit(w, RL_GCRA, 100, 1);
        for (size_t i = 0; i < n; i++)
            add_caller(w, 1);
        w->lateness = SLIGHTLY;
        run_until(w, w->begin_ns + 20 * RL_SECOND);
        bounds_hold(w);
        CHECK(units_between(w, 0, w->begin_ns, w->clock) >= 1999);
    }
}

/* Those that are interrupted, killed, or find the kernel full, again and again. */
static void who_leaves_costs_the_others_nothing_that_lasts(void)
{
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct world *w = begin(seed);
        add_limit(w, RL_LEAKY_BUCKET, 200000, 20000);
        for (size_t i = 0; i < 8; i++)
            add_caller(w, 500);
        w->leaving = seed % 3 == 0 ? 2 : 0;
        w->dying = seed % 3 == 1 ? 100 : 0;
        w->taking_less = seed % 3 == 2 ? 1 : 0;
        run_until(w, w->begin_ns + 3 * RL_SECOND);
        uint64_t then = w->clock;
        w->leaving = w->dying = w->taking_less = 0;
        run_until(w, then + 3 * RL_SECOND);
        bounds_hold(w);
        /* Nothing is lost meanwhile, but by the killed, and nothing owed afterwards. */
        uint64_t meanwhile = units_between(w, 0, w->begin_ns, then);
        CHECK(meanwhile >= (seed % 3 == 1 ? 570000 : 599000));
        CHECK(units_between(w, 0, then + RL_SECOND, w->clock) >= 399000);
    }
}

/* Ten wait at one a second and are killed. Who comes then waits for his own second. */
static void nobody_waits_for_the_dead(void)
{
    struct world *w = begin(1);
    add_limit(w, RL_GCRA, 1, 1);
    for (size_t i = 0; i < 11; i++)
        add_caller(w, 1);
    run_until(w, w->begin_ns + 100 * MS); /* one went at once, */
    for (size_t i = 0; i < 11; i++)
        w->caller[i].there = false; /* the others were waiting */
    struct caller *late = add_caller(w, 1);
    run_until(w, w->begin_ns + 3 * RL_SECOND / 2);
    CHECK_EQ(late->departures, 1);
    CHECK_EQ(late->longest_ns, 900 * MS);
}

/* Nor longer where they stood in several lines: a second, for as many as there are places. */
static void nobody_waits_longer_for_the_dead_of_several_lines(void)
{
    enum { LIMITS = 8 };
    struct rl_limiter limiters[LIMITS];
    uint64_t now = 1000 * RL_SECOND;
    for (size_t i = 0; i < LIMITS; i++) {
        CHECK_EQ(rl_init(&limiters[i], RL_GCRA, 10, RL_SECOND, 1, fresh_line()), 0);
        CHECK(rl_try_acquire_at(&limiters[i], 1, now, NULL));
    }
    for (unsigned who = 1; who <= RL_PLACES; who++) {
        struct rl_claim claims[LIMITS];
        for (size_t i = 0; i < LIMITS; i++)
            claims[i] = (struct rl_claim){.limiter = &limiters[i], .reservation = {.n = 1}};
        struct rl_wait wait = {claims, LIMITS, 0, now + who, now + who, RL_FOREVER, 0, NULL};
        bool last = who == RL_PLACES; /* who lives */
        while (rl_look(&wait) == EBUSY && last)
            wait.now_ns = wait.again_ns;
        CHECK(!last || wait.now_ns - now <= RL_SECOND);
    }
}

/* A small one among a hundred that send all they can waits for a share of each of them. */
static void a_small_one_waits_little(void)
{
    struct world *w = begin(1);
    add_limit(w, RL_TOKEN_BUCKET, 10000000, 1000000);
    for (size_t i = 0; i < 100; i++)
        add_caller(w, 200000 / 101);
    struct caller *small = add_caller(w, 100);
    small->pause_ns = 100 * MS;
    w->lateness = SLIGHTLY;
    run_until(w, w->begin_ns + 2 * RL_SECOND / 5);
    CHECK(small->departures >= 3);
    CHECK(small->longest_ns <= 22 * MS);
    bounds_hold(w);
}

/* Nobody waits for ever: not the large one among small ones, not one who is late each time. */
static void nobody_starves(void)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct world *w = begin(seed);
        add_limit(w, RL_GCRA, 100000, seed % 2 ? 20000 : 2000);
        for (size_t i = 0; i < 20; i++)
            add_caller(w, 100)->pause_ns = random_upto(&w->random, MS);
        struct caller *large = add_caller(w, 2000);
        w->lateness = seed % 3 == 0 ? SOME : seed % 3 == 1 ? SLIGHTLY : ALL;
        w->most_late_ns = 20 * MS;
        run_until(w, w->begin_ns + (w->lateness == SOME ? 20 : 1) * RL_SECOND);
        bounds_hold(w);
        CHECK(large->departures >= (w->lateness == SOME ? 1 : 3));
        for (size_t i = 0; i < w->callers && w->lateness != SOME; i++)
            CHECK(w->caller[i].longest_ns <= 300 * MS);
    }
}

/* While many wait for a slow limit, those who only need the fast one have all of it. */
static void a_slow_limit_holds_nobody_up_in_a_fast_one(void)
{
    struct world *w = begin(1);
    add_limit(w, RL_GCRA, 1000, 1);
    add_limit(w, RL_GCRA, 2, 1);
    for (size_t i = 0; i < 20; i++)
        add_caller(w, 1)->n[1] = 1;
    struct caller *fast = add_caller(w, 1);
    run_until(w, w->begin_ns + 3 * RL_SECOND);
    bounds_hold(w);
    CHECK(fast->departures >= 2950);
    CHECK(w->departed[1] >= 6); /* nor do they starve the slow ones */
}

/* What nobody wrote who plays by the rules: the bound holds all the same, and nobody hangs. */
static void a_line_full_of_noise_is_only_advice(void)
{
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct world *w = begin(seed);
        struct rl_limiter *limiter = add_limit(w, RL_GCRA, 1000, 10);
        struct rl_line *line = limiter->line;
        line->extent = (uint32_t)random_next(&w->random);
        line->waited_until_ns = random_next(&w->random);
        for (size_t i = 0; i < 100; i++)
            line->places[i] = (struct rl_place){
                random_size(&w->random, UINT64_MAX), random_size(&w->random, w->clock + RL_SECOND),
                random_size(&w->random, UINT64_MAX), random_size(&w->random, 16 * 100 * MS)};
        for (size_t i = 0; i < 4; i++)
            add_caller(w, 1);
        run_until(w, w->begin_ns + 4 * RL_SECOND);
        bounds_hold(w);
        CHECK(w->departed[0] >= 1000);
        line->extent = RL_PLACES; /* for fresh_line */
    }
}

int main(int argc, char **argv)
{
    const char *count = argc > 1 ? argv[1] : getenv("RL_HISTORIES");
    const char *seed = argc > 2 ? argv[2] : getenv("RL_SEED");
    if (count)
        histories = strtoull(count, NULL, 0);
    if (seed)
        first_seed = strtoull(seed, NULL, 0);

    RUN(every_window_holds_whatever_the_adversary_does);
    RUN(those_that_were_late_together_do_not_go_together);
    RUN(the_punctual_go_in_the_order_in_which_they_came);
    RUN(lateness_that_the_burst_covers_costs_no_rate);
    RUN(what_is_taken_as_on_time_costs_no_rate_at_a_burst_of_one);
    RUN(who_leaves_costs_the_others_nothing_that_lasts);
    RUN(nobody_waits_for_the_dead);
    RUN(nobody_waits_longer_for_the_dead_of_several_lines);
    RUN(a_small_one_waits_little);
    RUN(nobody_starves);
    RUN(a_slow_limit_holds_nobody_up_in_a_fast_one);
    RUN(a_line_full_of_noise_is_only_advice);
    return check_status();
}
