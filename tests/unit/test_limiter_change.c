/*
 * test_limiter_change.c - a rate that changes while it is in use: what is owed stays so in units,
 * nothing exceeds the bound, and who is killed on the way leaves one rate or the other.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "algo.h"
#include "check.h"
#include "lines.h"
#include "random.h"
#include "wait.h"

#define MS UINT64_C(1000000)

static struct random noise = {.state = 7};

static struct rl_limiter open_on(struct rl_line *line, uint64_t capacity, uint64_t burst)
{
    struct rl_limiter limiter;
    CHECK_EQ(rl_init(&limiter, RL_TOKEN_BUCKET, capacity, RL_SECOND, burst, line), 0);
    return limiter;
}

/* When n conform, as of an instant. */
static uint64_t conforming_ns(struct rl_limiter *limiter, uint64_t n, uint64_t now_ns)
{
    struct rl_reservation r = {0};
    rl_reserve_at(limiter, n, now_ns, now_ns, &r);
    return r.conforming_ns;
}

static void what_is_owed_stays_so_in_units(void)
{
    struct rl_limiter limiter = open_on(fresh_line(), 1000, 100);
    CHECK(rl_try_acquire_debt_at(&limiter, 60100, RL_SECOND, NULL)); /* 60 s of it are owed */
    CHECK_EQ(conforming_ns(&limiter, 100, 2 * RL_SECOND), 61 * RL_SECOND + 100 * MS);
    CHECK_EQ(rl_change_at(&limiter, 10000, RL_SECOND, 100, 2 * RL_SECOND), 0);
    uint64_t at_ns = conforming_ns(&limiter, 100, 2 * RL_SECOND);
    CHECK(at_ns >= 7 * RL_SECOND + 910 * MS && at_ns <= 7 * RL_SECOND + 910 * MS + 1);
    CHECK_EQ(rl_change_at(&limiter, 1, RL_SECOND, 100, 3 * RL_SECOND), 0);
    at_ns = conforming_ns(&limiter, 100, 3 * RL_SECOND);
    CHECK(at_ns >= 49103 * RL_SECOND && at_ns <= 49103 * RL_SECOND + 2000); /* of 2 ticks */
}

/* By way of a rate at which it would take millennia. */
static void what_is_owed_beyond_all_time_is_not_forgotten(void)
{
    struct rl_limiter limiter = open_on(fresh_line(), 10000, 1000);
    CHECK(rl_try_acquire_debt_at(&limiter, 61000, RL_SECOND, NULL)); /* 60,000 of it are owed */
    CHECK_EQ(rl_change_at(&limiter, 1, 86400 * RL_SECOND, 1, RL_SECOND), 0);
    CHECK_EQ(conforming_ns(&limiter, 1, RL_SECOND), RL_FOREVER);
    rl_pause_at(&limiter, true, RL_SECOND);
    rl_pause_at(&limiter, false, RL_SECOND);
    CHECK_EQ(rl_change_at(&limiter, 2, 86400 * RL_SECOND, 1, RL_SECOND), 0);
    CHECK_EQ(rl_change_at(&limiter, 10000, RL_SECOND, 1000, RL_SECOND), 0);
    uint64_t at_ns = conforming_ns(&limiter, 1000, RL_SECOND);
    CHECK(at_ns >= 7 * RL_SECOND && at_ns <= 7 * RL_SECOND + 101 * MS);
}

static void what_is_there_stays_so_in_units_and_finds_room_or_not(void)
{
    struct rl_limiter limiter = open_on(fresh_line(), 1000, 100);
    CHECK(rl_try_acquire_at(&limiter, 40, RL_SECOND, NULL));
    CHECK_EQ(rl_change_at(&limiter, 10, RL_SECOND, 1000, RL_SECOND), 0);
    uint64_t level = rl_level_at(&limiter, RL_SECOND);
    CHECK(level == 60 || level == 59);
    level = rl_level_at(&limiter, 11 * RL_SECOND);
    CHECK(level == 160 || level == 159);
    CHECK_EQ(rl_change_at(&limiter, 1000, RL_SECOND, 50, 11 * RL_SECOND), 0);
    CHECK_EQ(rl_level_at(&limiter, 11 * RL_SECOND), 50);
    /* From rest, a larger burst has to come in first. */
    CHECK_EQ(rl_change_at(&limiter, 1000, RL_SECOND, 80, 12 * RL_SECOND), 0);
    level = rl_level_at(&limiter, 12 * RL_SECOND);
    CHECK(level == 50 || level == 49);
    CHECK_EQ(rl_level_at(&limiter, 13 * RL_SECOND), 80);
}

/* ticks_per_ns: 0 for what fits. */
static bool some_rate(struct rl_rate *rate, uint32_t ticks_per_ns)
{
    uint64_t capacity = random_size(&noise, UINT64_C(1) << 33);
    uint64_t period_ns = random_size(&noise, 86400 * RL_SECOND);
    uint64_t burst = random_size(&noise, UINT64_C(1) << 33);
    return ticks_per_ns ? rl_rate_change(rate, capacity, period_ns, burst, ticks_per_ns) == 0
                        : rl_rate_init(rate, capacity, period_ns, burst) == 0;
}

static void rl_missing_is_exact(void)
{
    for (int i = 0; i < 200000; i++) {
        struct rl_rate old, rate;
        if (!some_rate(&old, 0) || !some_rate(&rate, old.ticks_per_ns))
            continue;
        uint64_t missing = random_size(&noise, UINT64_C(1) << 62);
        uint64_t is = rl_missing(&old, &rate, missing);
        long double factor = (long double)old.capacity * (long double)rate.period_ns /
                             (long double)old.period_ns / (long double)rate.capacity;
        bool owes = missing > old.tau;
        long double exact = owes
                                ? (long double)rate.tau + (long double)(missing - old.tau) * factor
                                : (long double)rate.tau - (long double)(old.tau - missing) * factor;
        long double units = (long double)(owes ? missing - old.tau : old.tau - missing) /
                            (long double)old.period_ns / old.ticks_per_ns *
                            (long double)old.capacity;
        if (exact > 1e19L || units > (long double)RL_MOST_UNITS) { /* more than can be told */
            CHECK(!owes || is == UINT64_MAX || (long double)is > 9e18L);
            continue;
        }
        exact = exact < 0 ? 0 : exact;
        long double slack = 3 + exact * 1e-17L + (long double)rate.tau * 1e-17L;
        if (!CHECK((long double)is >= exact - slack && (long double)is <= exact + slack))
            return;
    }
}

static void who_did_not_change_it_goes_by_it(void)
{
    struct rl_line *line = fresh_line();
    struct rl_limiter changer = open_on(line, 1000, 100), other = open_on(line, 1000, 100);
    for (unsigned i = 1; i <= 3 * RL_RATES; i++) {
        CHECK_EQ(rl_change_at(&changer, 1000 * i, RL_SECOND, 100 * i, i * RL_SECOND), 0);
        if (i % 5 == 0) /* he sleeps through some of them */
            continue;
        CHECK_EQ(rl_current(&other)->capacity, 1000 * i);
        CHECK_EQ(rl_current(&other)->burst, 100 * i);
        CHECK_EQ(rl_level_at(&other, i * RL_SECOND), rl_level_at(&changer, i * RL_SECOND));
    }
    struct rl_limiter late = open_on(line, 1000, 100);
    CHECK_EQ(rl_current(&late)->capacity, 3000 * RL_RATES);
    CHECK_EQ(late.mended + other.mended + changer.mended, 0);
}

static void what_cannot_be_a_rate_changes_nothing(void)
{
    struct rl_limiter limiter = open_on(fresh_line(), 1000, 100);
    CHECK_EQ(rl_change_at(&limiter, 0, RL_SECOND, 1, 0), EINVAL);
    CHECK_EQ(rl_change_at(&limiter, 1, RL_SECOND, RL_MOST_UNITS + 1, 0), ERANGE);
    CHECK_EQ(rl_current(&limiter)->capacity, 1000);
    CHECK_EQ(limiter.line->generation, 0);
}

static void in_a_pause_nothing_conforms_and_the_level_stays(void)
{
    struct rl_limiter limiter = open_on(fresh_line(), 1000, 100);
    CHECK(rl_try_acquire_at(&limiter, 40, RL_SECOND, NULL));
    rl_pause_at(&limiter, true, RL_SECOND);
    rl_pause_at(&limiter, true, 5 * RL_SECOND);
    CHECK(rl_is_paused(&limiter));
    CHECK(!rl_try_acquire_at(&limiter, 1, 1000 * RL_SECOND, NULL));
    CHECK(rl_level_at(&limiter, 1000 * RL_SECOND) - 59 <= 1);

    struct rl_claim claim = {.limiter = &limiter, .reservation = {.n = 1}};
    struct rl_wait wait = {.claims = &claim,
                           .count = 1,
                           .since_ns = 1000 * RL_SECOND,
                           .now_ns = 1000 * RL_SECOND,
                           .deadline_ns = RL_FOREVER};
    CHECK_EQ(rl_look(&wait), EBUSY);
    CHECK(wait.again_ns <= wait.now_ns + 2 * RL_LOOK_NS);
    CHECK(!rl_take(&wait));

    CHECK_EQ(rl_change_at(&limiter, 10, RL_SECOND, 100, 1001 * RL_SECOND), 0);
    CHECK(rl_is_paused(&limiter));
    rl_pause_at(&limiter, false, 1002 * RL_SECOND);
    CHECK(!rl_is_paused(&limiter));
    CHECK(rl_level_at(&limiter, 1002 * RL_SECOND) - 58 <= 2);
    wait.now_ns = 1002 * RL_SECOND;
    CHECK_EQ(rl_look(&wait), 0);
    CHECK(rl_take(&wait));
    CHECK_EQ(limiter.mended, 0);
}

static void what_was_taken_before_does_not_come_back(void)
{
    struct rl_limiter limiter = open_on(fresh_line(), 1000000, 1000);
    struct rl_reservation r;
    uint64_t begin_ns = 10000 * RL_SECOND;
    CHECK(rl_try_acquire_at(&limiter, 1000, begin_ns, &r));
    CHECK_EQ(rl_change_at(&limiter, 1, RL_SECOND, 1000, begin_ns + MS / 2), 0);
    uint64_t level = rl_level_at(&limiter, begin_ns + MS);
    CHECK(!rl_refund_at(&limiter, &r, 0, begin_ns + MS));
    CHECK_EQ(rl_level_at(&limiter, begin_ns + MS), level);
    CHECK(rl_try_acquire_at(&limiter, 100, begin_ns + RL_SECOND, &r));
    CHECK(rl_refund_at(&limiter, &r, 0, begin_ns + RL_SECOND));
}

static void too_much_at_once_is_so_by_the_new_burst(void)
{
    struct rl_line *line = fresh_line();
    struct rl_limiter limiter = open_on(line, 1000, 100), other = open_on(line, 1000, 100);
    struct rl_claim claim = {.limiter = &other, .reservation = {.n = 100}};
    struct rl_wait wait = {.claims = &claim, .count = 1, .deadline_ns = RL_FOREVER};
    CHECK_EQ(rl_look(&wait), 0);
    CHECK_EQ(rl_change_at(&limiter, 1000, RL_SECOND, 99, 0), 0);
    CHECK(!rl_take(&wait));
    CHECK_EQ(rl_look(&wait), E2BIG);
    CHECK(!rl_try_acquire_at(&other, 100, RL_SECOND, NULL));
    CHECK(rl_try_acquire_at(&other, 99, RL_SECOND, NULL));
}

/* What there is of a change when who makes it is killed: the record is written; sealed; counted. */
static void who_is_killed_leaves_one_rate_or_the_other(void)
{
    for (int done = 0; done < 3; done++) {
        struct rl_line *line = fresh_line();
        struct rl_limiter changer = open_on(line, 1000, 100), other = open_on(line, 1000, 100);
        CHECK(rl_try_acquire_at(&other, 100, RL_SECOND, NULL));
        uint64_t word = line->word;
        CHECK_EQ(rl_change_at(&changer, 10, RL_SECOND, 100, RL_SECOND), 0);
        line->word = done == 0 ? word : UINT64_MAX << 32 | 1;
        line->generation = done == 2;

        CHECK_EQ(rl_current(&other)->capacity, done ? 10 : 1000);
        uint64_t at_ns = conforming_ns(&other, 10, RL_SECOND);
        CHECK(at_ns - (RL_SECOND + (done ? RL_SECOND : 10 * MS)) <= 1);
        CHECK_EQ(line->generation, done > 0);

        struct rl_limiter another = open_on(line, 1000, 100);
        CHECK_EQ(rl_change_at(&another, 7, RL_SECOND, 100, 2 * RL_SECOND), 0);
        CHECK_EQ(rl_current(&other)->capacity, 7);
        CHECK_EQ(other.mended + another.mended, 0);
    }
}

static void what_nobody_wrote_holds_nobody_up(void)
{
    for (unsigned i = 0; i < 2000; i++) {
        struct rl_line *line = fresh_line();
        struct rl_limiter limiter = open_on(line, 1000, 100);
        uint64_t now_ns = rl_now();
        limiter.mends = true;
        limiter.epoch_ns = now_ns / RL_SECOND * RL_SECOND;
        line->generation = i % 3 ? (uint32_t)random_next(&noise) : 1;
        line->word = i % 2 ? UINT64_MAX << 32 | line->generation : random_next(&noise);
        for (size_t k = 0; k < sizeof line->changed / 8; k++)
            ((uint64_t *)line->changed)[k] = i % 5 ? random_next(&noise) : 0;
        line->changed[line->generation % 2].generation = line->generation;
        line->changed[line->generation % 2].paused = 1;
        struct rl_reservation r;
        CHECK_EQ(rl_reserve(&limiter, 100, now_ns + RL_SECOND, &r), 0);
        CHECK_EQ(rl_current(&limiter)->capacity, 1000);
        CHECK(limiter.mended >= 1);
    }
}

/* The bound of a window over changes: the largest burst, and what each rate lets through. */
enum { MOST = 3000, CHANGES = 12 };
struct history {
    size_t count, changes;
    struct {
        uint64_t at_ns, units;
    } departures[MOST];
    struct {
        uint64_t at_ns, capacity, burst; /* per second */
        bool paused;
    } rates[CHANGES + 1];
};

static bool window_holds(const struct history *h, size_t i, size_t j, uint64_t late_ns)
{
    uint64_t units = 0, burst = 0, from = h->departures[i].at_ns, to = h->departures[j].at_ns;
    long double allowed = 0;
    from = from > late_ns ? from - late_ns : 0;
    for (size_t k = i; k <= j; k++)
        units += h->departures[k].units;
    for (size_t k = 0; k <= h->changes; k++) {
        uint64_t begin = h->rates[k].at_ns, end = k < h->changes ? h->rates[k + 1].at_ns : to;
        begin = begin < from ? from : begin;
        end = end > to ? to : end;
        if (end < begin)
            continue;
        burst = h->rates[k].burst > burst ? h->rates[k].burst : burst;
        if (!h->rates[k].paused)
            allowed += (long double)(end - begin) * (long double)h->rates[k].capacity;
    }
    return (long double)units <= (long double)burst + allowed / 1e9L + 1e-6L;
}

static void check_history(const struct history *h, uint64_t late_ns)
{
    for (size_t i = 0; i < h->count; i++)
        for (size_t j = i; j < h->count && j < i + 300; j++)
            if (!CHECK(window_holds(h, i, j, late_ns)))
                return;
}

/* Who tries, gives back, and owes; many users, who learn of changes when they happen to look. */
static void the_bound_holds_over_changes(void)
{
    enum { USERS = 5, STEPS = 20000 };
    static struct history h;
    for (int run = 0; run < 60; run++) {
        struct rl_line *line = fresh_line();
        struct rl_limiter users[USERS];
        uint64_t now_ns = RL_SECOND, capacity = random_size(&noise, 100000),
                 burst = random_size(&noise, 10000);
        bool paused = false;
        for (int i = 0; i < USERS; i++)
            users[i] = open_on(line, capacity, burst);
        h = (struct history){.rates = {{0, capacity, burst, false}}};
        for (int step = 0; step < STEPS && h.count < 600; step++) {
            uint64_t longest_ns = burst * RL_SECOND / capacity / 10 + 1;
            struct rl_limiter *user = &users[random_upto(&noise, USERS - 1)];
            struct rl_reservation r;
            now_ns += random_size(&noise, longest_ns);
            if (h.changes < CHANGES && random_one_in(&noise, 40)) {
                if (random_one_in(&noise, 3)) {
                    paused = !paused;
                    rl_pause_at(user, paused, now_ns);
                } else {
                    capacity = random_size(&noise, 100000);
                    burst = random_size(&noise, 10000);
                    CHECK_EQ(rl_change_at(user, capacity, RL_SECOND, burst, now_ns), 0);
                }
                h.changes++;
                h.rates[h.changes].at_ns = now_ns;
                h.rates[h.changes].capacity = capacity;
                h.rates[h.changes].burst = burst;
                h.rates[h.changes].paused = paused;
            } else if (h.changes == CHANGES && paused) {
                break;
            }
            uint64_t n = random_size(&noise, burst), used = random_upto(&noise, n);
            if (!rl_try_acquire_at(user, n, now_ns, &r))
                continue;
            if (random_one_in(&noise, 3) && used) {
                rl_refund_at(user, &r, used, now_ns);
                n = used;
            }
            h.departures[h.count].at_ns = now_ns;
            h.departures[h.count++].units = n;
        }
        check_history(&h, 0);
        for (int i = 0; i < USERS; i++)
            CHECK_EQ(users[i].mended, 0);
    }
}

/* Those who wait in line, late by up to a millisecond each time, while the rate goes up and down.
 */
static void the_bound_holds_for_those_who_wait(void)
{
    enum { USERS = 50, STEPS = 3 };
    static const uint64_t capacities[STEPS] = {10000, 1000, 10000};
    static struct history h;
    struct rl_line *line = fresh_line();
    struct rl_limiter users[USERS];
    struct rl_claim claims[USERS];
    struct rl_wait waits[USERS];
    uint64_t next_ns[USERS], moved_ns = 0;
    h = (struct history){0};
    for (int i = 0; i < USERS; i++) {
        users[i] = open_on(line, capacities[0], 50);
        claims[i] = (struct rl_claim){.limiter = &users[i], .reservation = {.n = 5}};
        waits[i] = (struct rl_wait){.claims = &claims[i],
                                    .count = 1,
                                    .since_ns = RL_SECOND + (uint64_t)i,
                                    .deadline_ns = RL_FOREVER};
        next_ns[i] = RL_SECOND + (uint64_t)i;
    }
    h.rates[0].capacity = capacities[0];
    h.rates[0].burst = 50;
    while (h.count < MOST) {
        int i = 0;
        for (int k = 1; k < USERS; k++)
            i = next_ns[k] < next_ns[i] ? k : i;
        uint64_t now_ns = next_ns[i];
        if (h.changes < STEPS - 1 && now_ns > (h.changes + 1) * 100 * MS + RL_SECOND) {
            uint64_t capacity = capacities[++h.changes];
            CHECK_EQ(rl_change_at(&users[i], capacity, RL_SECOND, 50, now_ns), 0);
            h.rates[h.changes].at_ns = now_ns;
            h.rates[h.changes].capacity = capacity;
            h.rates[h.changes].burst = 50;
        }
        waits[i].now_ns = now_ns;
        if (rl_look(&waits[i]) == 0 && rl_take(&waits[i])) {
            h.departures[h.count].at_ns = now_ns;
            h.departures[h.count++].units = 5;
            if (h.changes == 2 && !moved_ns)
                moved_ns = now_ns - h.rates[2].at_ns;
            claims[i].reservation = (struct rl_reservation){.n = 5};
            waits[i].since_ns = now_ns;
            waits[i].again_ns = 0;
            next_ns[i] = now_ns + 1;
            continue;
        }
        uint64_t due_ns = claims[i].reservation.conforming_ns;
        next_ns[i] = (due_ns < waits[i].again_ns ? due_ns : waits[i].again_ns);
        next_ns[i] = (next_ns[i] > now_ns ? next_ns[i] : now_ns) + random_upto(&noise, MS);
    }
    check_history(&h, MS);
    CHECK(moved_ns < 200 * MS);
    /* And no rate is lost: after the changes, when all have looked. */
    uint64_t begin_ns = h.rates[2].at_ns + RL_SECOND, end_ns = h.departures[MOST - 1].at_ns;
    uint64_t units = 0;
    for (size_t k = 0; k < h.count; k++)
        units += h.departures[k].at_ns > begin_ns ? h.departures[k].units : 0;
    CHECK(end_ns > begin_ns && units * RL_SECOND > 9900 * (end_ns - begin_ns));
}

/* Threads that take, while one changes the rate again and again, in real time. */
static struct rl_line *common;
static bool ended;
static uint64_t taken;

static void *take(void *unused)
{
    struct rl_limiter own = open_on(common, 1000000, 100);
    while (!__atomic_load_n(&ended, __ATOMIC_RELAXED))
        if (rl_try_acquire(&own, 1, NULL))
            __atomic_fetch_add(&taken, 1, __ATOMIC_RELAXED);
    CHECK_EQ(own.mended, 0);
    return unused;
}

static void threads_agree(void)
{
    enum { THREADS = 3, TIMES = 3000 };
    pthread_t threads[THREADS];
    common = fresh_line();
    ended = false;
    taken = 0;
    uint64_t begin_ns = rl_now();
    struct rl_limiter own = open_on(common, 1000000, 100);
    for (int i = 0; i < THREADS; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, take, NULL), 0);
    for (unsigned i = 0; i < TIMES; i++) {
        if (i % 7 == 3)
            rl_pause(&own, i % 14 == 3);
        CHECK_EQ(rl_change(&own, i % 2 ? 1000000 : 500000, RL_SECOND, 100), 0);
    }
    rl_pause(&own, false);
    __atomic_store_n(&ended, true, __ATOMIC_RELAXED);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    uint64_t took_ns = rl_now() - begin_ns;
    CHECK(taken <= 100 + took_ns / 1000 + 1);
    CHECK_EQ(own.mended, 0);
    CHECK(common->generation > TIMES);
}

static void *acquire(void *limiter)
{
    CHECK_EQ(rl_acquire(limiter, 100, RL_FOREVER, NULL), 0);
    return limiter;
}

/* Not only when he looks the next time, a quarter of a second later. */
static void who_sleeps_is_woken(void)
{
    enum { TIMES = 5 };
    int prompt = 0;
    if (!rl_can_be_woken(0, NULL))
        return;
    for (int i = 0; i < TIMES; i++) {
        struct rl_line *line = fresh_line();
        struct rl_limiter changer = open_on(line, 1, 100), own = open_on(line, 1, 100);
        CHECK(rl_try_acquire(&own, 100, NULL));
        pthread_t thread;
        CHECK_EQ(pthread_create(&thread, NULL, acquire, &own), 0);
        rl_sleep_until(rl_now() + 20 * MS, RL_NO_SIGNALS, NULL);
        uint64_t begin_ns = rl_now();
        CHECK_EQ(rl_change(&changer, 1000000, RL_SECOND, 100), 0);
        pthread_join(thread, NULL);
        prompt += rl_now() - begin_ns < 100 * MS;
    }
    CHECK(prompt > TIMES / 2);
}

/* Threads of one limiter, which one of them changes, as a member does that reads its configuration
 * anew. */
static struct rl_limiter one;

static void *take_of_one(void *unused)
{
    while (!__atomic_load_n(&ended, __ATOMIC_RELAXED))
        if (rl_try_acquire(&one, 1, NULL))
            __atomic_fetch_add(&taken, 1, __ATOMIC_RELAXED);
    return unused;
}

static void threads_of_one_limiter_agree(void)
{
    enum { THREADS = 2, TIMES = 2000000 };
    pthread_t threads[THREADS];
    one = open_on(fresh_line(), 1000000, 100);
    ended = false;
    taken = 0;
    uint64_t begin_ns = rl_now();
    for (int i = 0; i < THREADS; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, take_of_one, NULL), 0);
    for (unsigned i = 0; i < (UNDER_TSAN ? TIMES / 100 : TIMES); i++)
        CHECK_EQ(rl_change(&one, 1000000 - i % 3 * 17, RL_SECOND, 100), 0);
    __atomic_store_n(&ended, true, __ATOMIC_RELAXED);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    CHECK(taken <= 100 + (rl_now() - begin_ns) / 1000 + 1);
    CHECK_EQ(one.mended, 0);
}

int main(void)
{
    RUN(what_is_owed_stays_so_in_units);
    RUN(what_is_owed_beyond_all_time_is_not_forgotten);
    RUN(what_is_there_stays_so_in_units_and_finds_room_or_not);
    RUN(rl_missing_is_exact);
    RUN(who_did_not_change_it_goes_by_it);
    RUN(what_cannot_be_a_rate_changes_nothing);
    RUN(in_a_pause_nothing_conforms_and_the_level_stays);
    RUN(what_was_taken_before_does_not_come_back);
    RUN(too_much_at_once_is_so_by_the_new_burst);
    RUN(who_is_killed_leaves_one_rate_or_the_other);
    RUN(what_nobody_wrote_holds_nobody_up);
    RUN(the_bound_holds_over_changes);
    RUN(the_bound_holds_for_those_who_wait);
    RUN(threads_agree);
    RUN(threads_of_one_limiter_agree);
    RUN(who_sleeps_is_woken);
    return check_status();
}
