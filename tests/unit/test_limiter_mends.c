/*
 * test_limiter_mends.c - a line that may hold anything: it holds nobody up for long, and honest use
 * of it is left alone; in real time.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bound.h"
#include "check.h"
#include "lines.h"
#include "random.h"
#include "rl.h"

#define MS UINT64_C(1000000)

/* Until places of nobody are not counted any more, a look, and some for a busy machine. */
#define LEASES_NS (3500 * MS)

enum { PER_SECOND = 1000, BURST = 10 };

static struct rl_limiter limiter;
static struct random noise = {.state = 1};

static struct rl_line *open_limiter(void)
{
    struct rl_line *line = fresh_line();
    CHECK_EQ(rl_init(&limiter, RL_GCRA, PER_SECOND, RL_SECOND, BURST, line), 0);
    limiter.mends = true;
    limiter.epoch_ns = rl_now() / RL_SECOND * RL_SECOND - 100 * RL_SECOND;
    return line;
}

static uint64_t ticks(uint64_t ns)
{
    return (ns - limiter.epoch_ns) * limiter.rate.ticks_per_ns;
}

/* How long one waits for a unit, whatever the line holds. */
static uint64_t acquire_ns(void)
{
    uint64_t start_ns = rl_now();
    CHECK_EQ(rl_acquire(&limiter, 1, 20 * RL_SECOND, NULL), 0);
    return rl_now() - start_ns;
}

static void check_ends_in_time(const char *what)
{
    uint64_t ns = acquire_ns();
    if (!CHECK(ns < LEASES_NS))
        fprintf(stderr, "  %s: %llu ms\n", what, (unsigned long long)(ns / MS));
}

static const uint64_t odd[] = {
    1, UINT64_MAX, UINT64_MAX - 1, UINT64_MAX >> 1, UINT64_C(1) << 62, 0xffff, UINT64_C(1) << 48,
};
enum { ODD = sizeof odd / sizeof *odd };

static void a_word_is_put_right(void)
{
    for (unsigned i = 0; i < 200; i++) {
        struct rl_line *line = open_limiter();
        line->word = i < ODD ? odd[i] : random_next(&noise);
        bool far = line->word > ticks(rl_now() + 100 * MS);
        CHECK(acquire_ns() < RL_SECOND);
        CHECK_EQ(limiter.mended, far);
    }
}

static void who_only_tries_is_not_refused_for_ever(void)
{
    for (unsigned i = 0; i < ODD; i++) {
        struct rl_line *line = open_limiter();
        uint64_t until_ns = rl_now() + LEASES_NS;
        line->word = odd[i];
        bool passed = false;
        while (!passed && rl_now() < until_ns)
            passed = rl_try_acquire(&limiter, 1, NULL);
        CHECK(passed);
    }
}

static void who_reserves_is_not_sent_away(void)
{
    for (unsigned i = 0; i < ODD; i++) {
        struct rl_reservation r;
        struct rl_line *line = open_limiter();
        line->word = odd[i];
        uint64_t now_ns = rl_now();
        CHECK_EQ(rl_reserve(&limiter, 1, now_ns + RL_SECOND, &r), 0);
        CHECK(r.conforming_ns <= now_ns + RL_SECOND);
    }
}

/* Nor does a debt, or a promise, make it honest. */
static void a_debt_upon_it_is_as_upon_a_full_bucket(void)
{
    for (unsigned i = 0; i < ODD; i++) {
        struct rl_reservation r = {.n = 1};
        struct rl_line *line = open_limiter();
        line->word = odd[i];
        rl_reconcile(&limiter, &r, 20);
        CHECK(acquire_ns() < RL_SECOND);
        line->word = odd[i];
        CHECK_EQ(rl_reserve(&limiter, 1, RL_FOREVER, &r), 0);
        CHECK(acquire_ns() < RL_SECOND);
    }
}

static void of_an_odd_mark_nothing_is_owed(void)
{
    for (unsigned i = 0; i < 200; i++) {
        struct rl_line *line = open_limiter();
        line->owed = i < ODD ? odd[i] : random_next(&noise);
        line->promised = UINT64_MAX;
        line->word = UINT64_MAX - 1;
        CHECK(acquire_ns() < RL_SECOND);
        CHECK_EQ(limiter.mended, 1);
    }
}

/* And then a refund is as without it. */
static void an_odd_promise_forbids_no_refund(void)
{
    for (unsigned i = 0; i < ODD; i++) {
        struct rl_reservation r;
        struct rl_line *line = open_limiter();
        CHECK_EQ(rl_acquire(&limiter, BURST, 0, &r), 0);
        line->promised = odd[i];
        line->owed = odd[ODD - 1 - i];
        CHECK(rl_try_acquire(&limiter, 1, NULL) || true);
        CHECK(rl_refund(&limiter, &r, 0));
    }
}

/* Places that are held as long as any can be, before all others. */
static void hold_all_places(struct rl_line *line, uint64_t cost, uint64_t due_ns)
{
    uint64_t now_ns = rl_now();
    for (unsigned i = 0; i < RL_PLACES; i++)
        line->places[i] = (struct rl_place){
            .since_ns = i + 1, .until_ns = now_ns + 2 * RL_SECOND, .due_ns = due_ns, .cost = cost};
    line->extent = RL_PLACES;
    line->waited_until_ns = UINT64_MAX;
}

static void nobody_is_waited_for_longer_than_a_lease(void)
{
    static const uint64_t costs[] = {1, UINT64_C(1) << 53, UINT64_MAX};
    for (unsigned i = 0; i < sizeof costs / sizeof *costs; i++) {
        hold_all_places(open_limiter(), costs[i], i % 2 ? 0 : UINT64_MAX);
        check_ends_in_time("places of nobody");
    }
}

/* One place alone may be worth all of time. */
static void a_single_place_is_waited_for_no_longer(void)
{
    struct rl_line *line = open_limiter();
    hold_all_places(line, UINT64_MAX, 0);
    memset(line->places + 1, 0, sizeof line->places - sizeof *line->places);
    check_ends_in_time("a place of nobody");
}

static void an_odd_extent_does_not_matter(void)
{
    for (unsigned i = 0; i < 4; i++) {
        static const uint32_t extents[] = {1, RL_PLACES, RL_PLACES + 1, UINT32_MAX};
        struct rl_line *line = open_limiter();
        line->extent = extents[i];
        line->waited_until_ns = i % 2 ? UINT64_MAX : 1;
        CHECK(acquire_ns() < RL_SECOND);
    }
}

static void fill(void *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        ((unsigned char *)bytes)[i] = (unsigned char)random_next(&noise);
}

static void any_bytes_end_in_time(void)
{
    for (unsigned i = 0; i < 50; i++) {
        struct rl_line *line = open_limiter();
        fill(line, sizeof *line);
        check_ends_in_time("any bytes");
        CHECK(acquire_ns() < RL_SECOND);
    }
}

/* Somebody who writes bytes anywhere, again and again, while others wait. */
static int stop;

static void *keep_writing(void *argument)
{
    struct rl_line *line = argument;
    struct random where = {.state = 7};
    while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
        size_t words = sizeof *line / sizeof(uint64_t);
        size_t at =
            random_one_in(&where, 4) ? random_upto(&where, 3) : random_upto(&where, words - 1);
        __atomic_store_n((uint64_t *)(void *)line + at, random_next(&where), __ATOMIC_RELAXED);
        usleep(500);
    }
    return NULL;
}

static void bytes_that_come_meanwhile_stop_nobody(void)
{
    pthread_t writer;
    struct rl_line *line = open_limiter();
    __atomic_store_n(&stop, 0, __ATOMIC_RELAXED);
    pthread_create(&writer, NULL, keep_writing, line);
    for (int i = 0; i < 20; i++)
        check_ends_in_time("bytes meanwhile");
    __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
    pthread_join(writer, NULL);
    check_ends_in_time("bytes before");
}

/* Debts are honest: they are waited for. */
static void a_debt_stands(void)
{
    struct rl_reservation r;
    open_limiter();
    uint64_t start_ns = rl_now();
    CHECK_EQ(rl_reserve_debt_at(&limiter, 500, start_ns, start_ns, &r), 0);
    acquire_ns();
    CHECK(rl_now() >= start_ns + 491 * MS);
    CHECK_EQ(limiter.mended, 0);
}

static void what_was_used_beyond_the_estimate_stands(void)
{
    struct rl_reservation r;
    open_limiter();
    uint64_t start_ns = rl_now();
    CHECK_EQ(rl_acquire(&limiter, 1, 0, &r), 0);
    rl_reconcile(&limiter, &r, 300);
    acquire_ns();
    CHECK(rl_now() >= start_ns + 291 * MS);
    CHECK_EQ(limiter.mended, 0);
}

static void promises_stand(void)
{
    struct rl_reservation r;
    open_limiter();
    uint64_t start_ns = rl_now();
    for (int i = 0; i < 300; i++)
        CHECK_EQ(rl_reserve_at(&limiter, 1, RL_FOREVER, start_ns, &r), 0);
    CHECK_EQ(r.conforming_ns, start_ns + 290 * MS);
    acquire_ns();
    CHECK(rl_now() >= start_ns + 291 * MS);
    CHECK_EQ(limiter.mended, 0);
}

/* Also of a rate whose ticks are many, and that drains for years. */
static void the_largest_debts_stand(void)
{
    static const uint64_t capacities[] = {1, 3, 999999937, UINT64_C(1) << 62};
    for (unsigned i = 0; i < 4; i++) {
        struct rl_reservation r;
        struct rl_limiter own;
        uint64_t now_ns = rl_now();
        CHECK_EQ(rl_init(&own, RL_LLM_TOKEN, capacities[i], RL_SECOND, 1, fresh_line()), 0);
        own.mends = true;
        for (uint64_t n = capacities[i] > 2 ? capacities[i] : 2;
             n<capacities[i] * 100000; n = n> RL_MOST_UNITS / 10 ? RL_MOST_UNITS : n * 10) {
            int error = rl_reserve_debt_at(&own, n, RL_FOREVER, now_ns, &r);
            uint64_t word = own.line->word;
            CHECK(error == 0);
            CHECK_EQ(rl_acquire(&own, 1, 0, NULL), ETIMEDOUT);
            CHECK_EQ(own.line->word, word);
            if (n >= RL_MOST_UNITS)
                break;
        }
        CHECK_EQ(own.mended, 0);
    }
}

enum { THREADS = 6 };

struct worker {
    pthread_t thread;
    struct rl_limiter limiter;
    uint64_t until_ns, debts;
    struct departure departures[4000];
    size_t count;
};

static struct worker workers[THREADS];

static void note(struct worker *worker, uint64_t units)
{
    if (worker->count < 4000)
        worker->departures[worker->count++] = (struct departure){rl_now(), units};
}

static void *keep_acquiring(void *argument)
{
    struct worker *worker = argument;
    while (rl_now() < worker->until_ns)
        if (rl_acquire(&worker->limiter, 1, RL_FOREVER, NULL) == 0)
            note(worker, 1);
    return NULL;
}

/* All that honest callers do. */
static void *keep_doing_all(void *argument)
{
    struct worker *worker = argument;
    struct random random = {.state = (uint64_t)(worker - workers)};
    while (rl_now() < worker->until_ns) {
        struct rl_reservation r;
        switch (random_upto(&random, 5)) {
        case 0:
            if (rl_try_acquire(&worker->limiter, 1 + random_upto(&random, BURST - 1), &r))
                rl_refund(&worker->limiter, &r, 0);
            break;
        case 1:
            if (rl_acquire(&worker->limiter, 1, 10 * MS, &r) == 0)
                rl_reconcile(&worker->limiter, &r, 1 + random_upto(&random, 20));
            break;
        case 2:
            if (rl_try_acquire_debt_at(&worker->limiter, 2 * BURST, rl_now(), NULL))
                worker->debts++;
            break;
        case 3:
            if (rl_reserve(&worker->limiter, 2, rl_now() + 20 * MS, &r) == 0 &&
                random_one_in(&random, 2))
                rl_refund(&worker->limiter, &r, 0);
            break;
        default:
            rl_acquire(&worker->limiter, BURST, 50 * MS, NULL);
        }
    }
    return NULL;
}

/* Each has a limiter of its own, as processes do. Returns how often a word was put right. */
static unsigned work(void *(*run)(void *argument), uint64_t for_ns)
{
    unsigned mended = 0;
    for (int i = 0; i < THREADS; i++) {
        workers[i].limiter = limiter;
        workers[i].until_ns = rl_now() + for_ns;
        workers[i].count = 0;
        pthread_create(&workers[i].thread, NULL, run, &workers[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
        mended += workers[i].limiter.mended;
    }
    return mended;
}

static void honest_use_is_left_alone(void)
{
    open_limiter();
    CHECK_EQ(work(keep_acquiring, RL_SECOND), 0);
    open_limiter();
    CHECK_EQ(work(keep_doing_all, RL_SECOND), 0);
    CHECK_EQ(rl_init(&limiter, RL_GCRA, 1000003, RL_SECOND, 1, fresh_line()), 0);
    limiter.mends = true;
    CHECK_EQ(work(keep_doing_all, RL_SECOND), 0);
}

/* What passes from the mending on is what passes from a full bucket, and none may see it twice. */
static void after_it_the_bound_holds(void)
{
    struct rl_line *line = open_limiter();
    line->word = UINT64_MAX - 5;
    uint64_t start_ns = rl_now();
    CHECK(work(keep_acquiring, RL_SECOND) > 0);
    uint64_t units = 0, last_ns = start_ns;
    for (int i = 0; i < THREADS; i++)
        for (size_t k = 0; k < workers[i].count; k++) {
            const struct departure *d = &workers[i].departures[k];
            units += d->units;
            last_ns = d->at_ns > last_ns ? d->at_ns : last_ns;
        }
    CHECK(bound_allows(&limiter.rate, units, (int64_t)(last_ns - start_ns), MS));
    CHECK(units > PER_SECOND / 4);
}

int main(void)
{
    RUN(a_word_is_put_right);
    RUN(who_only_tries_is_not_refused_for_ever);
    RUN(who_reserves_is_not_sent_away);
    RUN(a_debt_upon_it_is_as_upon_a_full_bucket);
    RUN(of_an_odd_mark_nothing_is_owed);
    RUN(an_odd_promise_forbids_no_refund);
    RUN(nobody_is_waited_for_longer_than_a_lease);
    RUN(a_single_place_is_waited_for_no_longer);
    RUN(an_odd_extent_does_not_matter);
    RUN(any_bytes_end_in_time);
    RUN(bytes_that_come_meanwhile_stop_nobody);
    RUN(a_debt_stands);
    RUN(what_was_used_beyond_the_estimate_stands);
    RUN(promises_stand);
    RUN(the_largest_debts_stand);
    RUN(honest_use_is_left_alone);
    RUN(after_it_the_bound_holds);
    return check_status();
}
