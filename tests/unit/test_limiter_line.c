/*
 * test_limiter_line.c - the line in virtual time, with an adversary for a scheduler.
 *
 * Callers wait in line, go, come again. The adversary chooses how late each of their wake-ups is,
 * interrupts them, kills them, lets the kernel take less of what they took, and stops them all at
 * once; any algorithm, one limit and several. What departs is looked at in every window, literally:
 * burst + rate * (w + 1 ms).
 *
 *     test_limiter_line [HISTORIES [SEED]]     or RL_HISTORIES, RL_SEED in the environment
 *
 * A history that fails is told by its seed: `test_limiter_line 1 SEED` plays it again.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "algo.h"
#include "bound.h"
#include "check.h"
#include "lines.h"
#include "random.h"

#define MS    UINT64_C(1000000)
#define NEVER UINT64_MAX

/* What the bound allows for lateness; RL_LATENESS_NS is somewhat less, for the way to the call. */
#define TOLERANCE_NS (1 * MS)

#define U(x)         ((unsigned long long)(x))

enum { MOST_LIMITS = 3, MOST_CALLERS = 120, MOST_DEPARTURES = 1 << 15 };

/* How late they wake up. */
enum lateness {
    PUNCTUAL,
    SLIGHTLY,     /* each by what is taken as on time */
    SOME,         /* a quarter of them by up to 2 s, each time */
    ALL,          /* each by up to `most_late_ns` */
    HUGE_FOR_ALL, /* each by up to 3 s */
    KINDS_OF_LATENESS
};

struct caller {
    bool there;
    uint64_t next_ns;  /* when he acts */
    uint64_t pause_ns; /* from one departure to his next coming */
    uint64_t n[MOST_LIMITS];
    struct rl_wait wait;
    struct rl_claim claims[MOST_LIMITS];
    enum { AWAY, WAITING, GOING } state;
    /* What became of him. */
    uint64_t came_ns, longest_ns, units, departures;
};

struct world {
    struct random random;
    uint64_t clock, begin_ns;
    size_t limits, callers;
    struct rl_limiter limiter[MOST_LIMITS];
    struct caller caller[MOST_CALLERS];
    enum lateness lateness;
    uint64_t most_late_ns;
    uint64_t stop_from_ns, stop_to_ns; /* nobody runs in between */
    bool delays_going;                 /* between his turn and his taking others may act */
    unsigned leaving;                  /* one in so many waits ends before its time; 0: none */
    unsigned dying;       /* one in so many, for ever; another comes instead; 0: none */
    unsigned taking_less; /* one in so many departures; 0: none */
    uint64_t looks;
    size_t enough; /* departures, or 0 */
    bool in_order;
    uint64_t last_came_ns;
    size_t departed[MOST_LIMITS];
    struct departure departures[MOST_LIMITS][MOST_DEPARTURES];
};

static struct world world;

static bool one_in(struct world *w, unsigned n)
{
    return n && random_one_in(&w->random, n);
}

static uint64_t late_ns(struct world *w, size_t who)
{
    switch (w->lateness) {
    case SLIGHTLY:
        return random_upto(&w->random, RL_LATENESS_NS);
    case SOME:
        return who % 4 == 0 ? random_upto(&w->random, 2 * RL_SECOND) : 50000;
    case ALL:
        return random_upto(&w->random, w->most_late_ns);
    case HUGE_FOR_ALL:
        return random_upto(&w->random, 3 * RL_SECOND);
    case PUNCTUAL:
    default:
        return 0;
    }
}

/* He acts at this time, or when he is let run again. */
static void act_at(struct world *w, struct caller *c, uint64_t ns)
{
    c->next_ns = ns < w->clock ? w->clock : ns;
    if (c->next_ns >= w->stop_from_ns && c->next_ns < w->stop_to_ns)
        c->next_ns = w->stop_to_ns + random_upto(&w->random, MS);
}

static void come(struct world *w, struct caller *c)
{
    size_t count = 0;
    for (size_t i = 0; i < w->limits; i++)
        if (c->n[i])
            c->claims[count++] =
                (struct rl_claim){.limiter = &w->limiter[i], .reservation = {.n = c->n[i]}};
    c->wait = (struct rl_wait){
        .claims = c->claims,
        .count = count,
        .since_ns = w->clock,
        .deadline_ns = RL_FOREVER,
    };
    c->came_ns = w->clock;
    c->state = WAITING;
}

static void go_away(struct world *w, struct caller *c, uint64_t pause_ns)
{
    c->state = AWAY;
    act_at(w, c, w->clock + pause_ns);
}

static void depart(struct world *w, struct caller *c)
{
    bool less = one_in(w, w->taking_less);
    for (size_t i = 0; i < c->wait.count; i++) {
        struct rl_claim *claim = &c->claims[i];
        size_t which = (size_t)(claim->limiter - w->limiter);
        uint64_t n = claim->reservation.n, used = less ? random_upto(&w->random, n) : n;
        if (used < n)
            rl_refund_at(claim->limiter, &claim->reservation, used, w->clock);
        if (used && w->departed[which] < MOST_DEPARTURES)
            w->departures[which][w->departed[which]++] = (struct departure){w->clock, used};
        c->units += which == 0 ? used : 0;
    }
    w->in_order &= c->came_ns >= w->last_came_ns;
    w->last_came_ns = c->came_ns;
    c->longest_ns = rl_later(c->longest_ns, w->clock - c->came_ns);
    c->departures++;
    go_away(w, c, c->pause_ns);
}

static void look(struct world *w, struct caller *c)
{
    size_t who = (size_t)(c - w->caller);
    c->wait.now_ns = w->clock;
    w->looks++;
    int error = rl_look(&c->wait);
    if (error == EBUSY) {
        CHECK(c->wait.again_ns > w->clock);
        act_at(w, c, c->wait.again_ns + late_ns(w, who));
        if (one_in(w, w->leaving))
            act_at(w, c, w->clock + random_upto(&w->random, c->next_ns - w->clock));
        return;
    }
    CHECK_EQ(error, 0);
    c->state = GOING;
    act_at(w, c, w->clock + (w->delays_going ? random_upto(&w->random, MS / 10) : 0));
}

static void act(struct world *w, struct caller *c)
{
    if (c->state != AWAY && one_in(w, w->dying)) {
        go_away(w, c, random_upto(&w->random, RL_SECOND)); /* and leaves his places behind */
        return;
    }
    if (c->state == WAITING && one_in(w, w->leaving)) {
        c->wait.now_ns = w->clock;
        rl_leave(&c->wait);
        go_away(w, c, random_upto(&w->random, MS));
        return;
    }
    if (c->state == AWAY)
        come(w, c);
    if (c->state == GOING) {
        c->wait.now_ns = w->clock;
        c->state = WAITING;
        if (rl_take(&c->wait)) {
            depart(w, c);
            return;
        }
    }
    look(w, c);
}

static void run_until(struct world *w, uint64_t end_ns)
{
    for (;;) {
        struct caller *next = NULL;
        for (size_t i = 0; i < w->callers; i++)
            if (w->caller[i].there && (!next || w->caller[i].next_ns < next->next_ns))
                next = &w->caller[i];
        if (!next || next->next_ns >= end_ns || (w->enough && w->departed[0] >= w->enough))
            break;
        w->clock = next->next_ns;
        act(w, next);
    }
    w->clock = end_ns;
}

/* A world that begins at 1000 s, where nobody is late, leaves or dies. */
static struct world *begin(uint64_t seed)
{
    memset(&world, 0, offsetof(struct world, departed));
    memset(world.departed, 0, sizeof world.departed);
    world.random.state = seed;
    world.clock = world.begin_ns = 1000 * RL_SECOND;
    world.in_order = true;
    return &world;
}

static struct rl_limiter *add_limit(struct world *w, enum rl_algo algo, uint64_t capacity,
                                    uint64_t burst)
{
    struct rl_limiter *limiter = &w->limiter[w->limits++];
    CHECK_EQ(rl_init(limiter, algo, capacity, RL_SECOND, burst, fresh_line()), 0);
    return limiter;
}

static struct caller *add_caller(struct world *w, uint64_t n)
{
    struct caller *c = &w->caller[w->callers++];
    *c = (struct caller){.there = true, .n = {n}};
    act_at(w, c, w->clock);
    return c;
}

static uint64_t units_between(const struct world *w, size_t limit, uint64_t from_ns, uint64_t to_ns)
{
    uint64_t units = 0;
    for (size_t i = 0; i < w->departed[limit]; i++) {
        const struct departure *d = &w->departures[limit][i];
        units += d->at_ns >= from_ns && d->at_ns < to_ns ? d->units : 0;
    }
    return units;
}

static bool bounds_hold(struct world *w)
{
    for (size_t i = 0; i < w->limits; i++) {
        struct breach breach;
        if (!CHECK(bound_holds(&w->limiter[i].rate, w->departures[i], w->departed[i], TOLERANCE_NS,
                               &breach))) {
            fprintf(stderr, "  limit %zu of %llu/s, burst %llu: %llu units from %llu to %llu\n", i,
                    U(w->limiter[i].rate.capacity), U(w->limiter[i].rate.burst), U(breach.units),
                    U(breach.from_ns), U(breach.to_ns));
            return false;
        }
    }
    return true;
}

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
            uint64_t departures = 0, least = NEVER, most = 0;
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

/* More than there are places: those without one wait as well, and all get through. */
static void a_line_may_be_longer_than_its_places(void)
{
    struct rl_limiter limiter;
    struct rl_line *line = fresh_line();
    uint64_t now = 1000 * RL_SECOND;
    CHECK_EQ(rl_init(&limiter, RL_GCRA, 1000, RL_SECOND, 1, line), 0);
    CHECK(rl_try_acquire_at(&limiter, 1, now, NULL));
    for (unsigned i = 1; i <= RL_PLACES + 2; i++) {
        struct rl_claim claim = {.limiter = &limiter, .reservation = {.n = 1}};
        struct rl_wait wait = {&claim, 1, 0, now + i, now + i, RL_FOREVER, 0, NULL};
        CHECK_EQ(rl_look(&wait), EBUSY);
        CHECK_EQ(claim.reservation.place != 0, i <= RL_PLACES);
        uint64_t ahead = i <= RL_PLACES ? i : RL_PLACES + 1;
        CHECK_EQ(claim.reservation.conforming_ns, now + ahead * MS);
    }
    CHECK_EQ(rl_waiting(&limiter, now + RL_PLACES), RL_PLACES);
    CHECK_EQ(rl_waiting(&limiter, now + 10 * RL_SECOND), 0);
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

/* Those without a place came last: whoever came before has one, and so a turn of his own. Else all
 * of them would wake up at each turn. */
static void the_places_are_those_of_who_came_first(void)
{
    struct rl_limiter limiter;
    uint64_t now = 1000 * RL_SECOND;
    CHECK_EQ(rl_init(&limiter, RL_GCRA, 1000, RL_SECOND, 1, fresh_line()), 0);
    CHECK(rl_try_acquire_at(&limiter, 1, now, NULL));
    struct rl_claim last = {.limiter = &limiter, .reservation = {.n = 1}};
    struct rl_wait last_wait = {&last, 1, 0, now + RL_PLACES, now + RL_PLACES, RL_FOREVER, 0, NULL};
    for (unsigned i = 1; i < RL_PLACES; i++) {
        struct rl_claim claim = {.limiter = &limiter, .reservation = {.n = 1}};
        struct rl_wait wait = {&claim, 1, 0, now + i, now + i, RL_FOREVER, 0, NULL};
        CHECK_EQ(rl_look(&wait), EBUSY);
    }
    CHECK_EQ(rl_look(&last_wait), EBUSY);
    CHECK_EQ(rl_waiting(&limiter, now + RL_PLACES), RL_PLACES);

    now += MS / 2; /* as one who is back, having come before them all */
    struct rl_claim first = {.limiter = &limiter, .reservation = {.n = 1}};
    struct rl_wait first_wait = {&first, 1, 0, now - MS, now, RL_FOREVER, 0, NULL};
    CHECK_EQ(rl_look(&first_wait), EBUSY);
    CHECK(first.reservation.place != 0);
    last_wait.now_ns = now;
    CHECK_EQ(rl_look(&last_wait), EBUSY);
    CHECK_EQ(last.reservation.place, 0);
    CHECK_EQ(rl_waiting(&limiter, now), RL_PLACES);
}

/* A limit that refuses, beside one that waits: who is late by what is taken as on time does not try
 * in vain. */
static void one_whose_turn_it_is_goes_also_where_one_limit_refuses(void)
{
    struct rl_limiter shape, police;
    uint64_t now = 1000 * RL_SECOND;
    CHECK_EQ(rl_init(&shape, RL_GCRA, 100, RL_SECOND, 1, fresh_line()), 0);
    CHECK_EQ(rl_init(&police, RL_GCRA, 100, RL_SECOND, 1, fresh_line()), 0);
    police.mode = RL_POLICE;
    CHECK(rl_try_acquire_at(&shape, 1, now, NULL));
    struct rl_claim claims[] = {{.limiter = &shape, .reservation = {.n = 1}},
                                {.limiter = &police, .reservation = {.n = 1}}};
    struct rl_wait wait = {claims, 2, 0, now, now, RL_FOREVER, 0, NULL};
    CHECK_EQ(rl_look(&wait), EBUSY);
    CHECK(rl_try_acquire_at(&police, 1, now + MS / 5, NULL)); /* by somebody else */
    wait.now_ns = now + 10 * MS + RL_LATENESS_NS / 2;
    CHECK_EQ(rl_look(&wait), 0);
    CHECK(rl_take(&wait));
}

/* Who leaves after he took, or waits anew and forgets to say that he has no place yet. */
static void who_took_may_leave_and_come_again(void)
{
    struct rl_limiter limiter;
    uint64_t now = 1000 * RL_SECOND;
    CHECK_EQ(rl_init(&limiter, RL_GCRA, 1, RL_SECOND, 1, fresh_line()), 0);
    struct rl_claim claim = {.limiter = &limiter, .reservation = {.n = 1}};
    struct rl_wait wait = {&claim, 1, 0, now, now, RL_FOREVER, 0, NULL};
    CHECK_EQ(rl_look(&wait), 0);
    CHECK(rl_take(&wait));
    CHECK_EQ(rl_look(&wait), EBUSY);
    CHECK_EQ(claim.reservation.place, 1);
    wait.now_ns += RL_SECOND;
    CHECK(rl_take(&wait));
    rl_leave(&wait);
}

/* What saturates never conforms, also where it is refused: neither is it tried for ever. */
static void what_saturates_is_refused(void)
{
    struct rl_limiter limiter;
    uint64_t now = 1000 * RL_SECOND;
    CHECK_EQ(rl_init(&limiter, RL_GCRA, 1, 86400 * RL_SECOND, 1, fresh_line()), 0);
    struct rl_claim claim = {.limiter = &limiter, .reservation = {.n = 60000}};
    struct rl_wait wait = {&claim, 1, RL_DEBT, now, now, RL_FOREVER, 0, NULL};
    CHECK_EQ(rl_look(&wait), EOVERFLOW);
    limiter.mode = RL_POLICE;
    CHECK_EQ(rl_look(&wait), EAGAIN);
    CHECK(!rl_take(&wait));
}

/* Whoever takes although it is not his turn gets nothing. */
static void nobody_takes_before_his_turn(void)
{
    struct rl_limiter limiter;
    uint64_t now = 1000 * RL_SECOND;
    CHECK_EQ(rl_init(&limiter, RL_GCRA, 1, RL_SECOND, 1, fresh_line()), 0);
    CHECK(rl_try_acquire_at(&limiter, 1, now, NULL));
    struct rl_claim claim = {.limiter = &limiter, .reservation = {.n = 1}};
    struct rl_wait wait = {&claim, 1, 0, now, now, RL_FOREVER, 0, NULL};
    CHECK_EQ(rl_look(&wait), EBUSY);
    wait.now_ns = now + RL_SECOND - 1;
    CHECK(!rl_take(&wait));
    wait.now_ns = now + RL_SECOND;
    CHECK(rl_take(&wait));
}

/* Nobody wrote that who plays by the rules, and nobody would ever take it away. */
static void a_place_for_ever_is_nobodys(void)
{
    struct rl_limiter limiter;
    struct rl_line *line = fresh_line();
    uint64_t now = 1000 * RL_SECOND;
    CHECK_EQ(rl_init(&limiter, RL_GCRA, 1000, RL_SECOND, 10, line), 0);
    line->extent = 1;
    line->waited_until_ns = UINT64_MAX;
    line->places[0] = (struct rl_place){.since_ns = 1, .until_ns = UINT64_MAX, .cost = UINT64_MAX};
    CHECK_EQ(rl_waiting(&limiter, now), 0);
    struct rl_claim claim = {.limiter = &limiter, .reservation = {.n = 1}};
    struct rl_wait wait = {&claim, 1, 0, now, now, RL_FOREVER, 0, NULL};
    CHECK_EQ(rl_look(&wait), 0);
    CHECK(rl_take(&wait));
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
    RUN(a_line_may_be_longer_than_its_places);
    RUN(the_places_are_those_of_who_came_first);
    RUN(one_whose_turn_it_is_goes_also_where_one_limit_refuses);
    RUN(who_took_may_leave_and_come_again);
    RUN(what_saturates_is_refused);
    RUN(nobody_takes_before_his_turn);
    RUN(a_line_full_of_noise_is_only_advice);
    RUN(a_place_for_ever_is_nobodys);
    return check_status();
}
