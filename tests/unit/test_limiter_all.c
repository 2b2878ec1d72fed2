/*
 * test_limiter_all.c - several limiters that one departure must conform to: rl_acquire_all, in real
 * time.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include "bound.h"
#include "check.h"
#include "random.h"

#define MS   UINT64_C(1000000)
#define HOUR (3600 * RL_SECOND)

static struct rl_limiter open_limiter(uint64_t capacity, uint64_t period_ns, uint64_t burst,
                                      struct rl_line *line)
{
    struct rl_limiter limiter;
    memset(line, 0, sizeof *line);
    CHECK_EQ(rl_init(&limiter, RL_TOKEN_BUCKET, capacity, period_ns, burst, line), 0);
    return limiter;
}

static uint64_t look(const struct rl_line *line)
{
    return __atomic_load_n(&line->word, __ATOMIC_RELAXED);
}

static struct rl_claim claim(struct rl_limiter *limiter, uint64_t n)
{
    return (struct rl_claim){.limiter = limiter, .reservation = {.n = n}};
}

static struct rl_line lines[3];

static void all_are_taken_at_one_instant(void)
{
    struct rl_limiter fast = open_limiter(1000, RL_SECOND, 5, &lines[0]);
    struct rl_limiter slow = open_limiter(20, RL_SECOND, 1, &lines[1]);
    struct rl_claim claims[] = {claim(&fast, 5), claim(&slow, 1)};
    uint64_t first = rl_now(), waited = 0;
    CHECK_EQ(rl_acquire_all(claims, 2, false, RL_FOREVER, first, &waited), 0);
    CHECK_EQ(waited, 0);
    CHECK_EQ(claims[0].reservation.conforming_ns, first);
    CHECK_EQ(claims[1].reservation.conforming_ns, first);

    CHECK_EQ(rl_acquire_all(claims, 2, false, RL_FOREVER, first, &waited), 0);
    uint64_t departure = first + waited;
    CHECK(rl_now() >= departure);
    CHECK(departure >= first + 50 * MS);
    /* Later only if it woke up later than is taken as on time. */
    CHECK(claims[1].reservation.conforming_ns == first + 50 * MS ||
          (departure > first + 50 * MS + RL_LATENESS_NS &&
           claims[1].reservation.conforming_ns <= departure));
    CHECK(claims[0].reservation.conforming_ns >= first + 50 * MS); /* not when the wait began */
    CHECK(claims[0].reservation.conforming_ns <= departure);
    CHECK(rl_refund(&fast, &claims[0].reservation, 0));
    CHECK(rl_refund(&slow, &claims[1].reservation, 0));
}

/* What was tried, and given back because another did not conform, is taken in the end. */
static void a_failed_attempt_is_made_good(void)
{
    struct rl_limiter wide = open_limiter(10, HOUR, 10, &lines[0]);
    struct rl_limiter slow = open_limiter(50, RL_SECOND, 1, &lines[1]);
    struct rl_claim claims[] = {claim(&wide, 3), claim(&slow, 1)};
    uint64_t now = rl_now();
    CHECK(rl_try_acquire_at(&slow, 1, now, NULL));
    CHECK_EQ(rl_acquire_all(claims, 2, false, RL_FOREVER, now, NULL), 0);
    CHECK_EQ(claims[0].reservation.n, 3);
    CHECK_EQ(claims[1].reservation.n, 1);
    CHECK_EQ(rl_level(&wide), 7);
}

static void a_refusal_by_one_takes_nothing_of_the_others(void)
{
    struct rl_limiter police = open_limiter(1, HOUR, 1, &lines[0]);
    struct rl_limiter free = open_limiter(10, HOUR, 10, &lines[1]);
    struct rl_claim claims[] = {claim(&free, 3), claim(&police, 1)};
    police.mode = RL_POLICE;
    uint64_t now = rl_now();
    CHECK_EQ(rl_acquire_all(claims, 2, false, RL_FOREVER, now, NULL), 0);
    uint64_t before = look(&lines[0]);
    CHECK_EQ(rl_acquire_all(claims, 2, false, RL_FOREVER, now, NULL), EAGAIN);
    CHECK_EQ(rl_level_at(&free, now), 7);
    CHECK_EQ(look(&lines[0]), before);
}

static void above_one_burst_is_too_big_unless_as_a_debt(void)
{
    struct rl_limiter wide = open_limiter(10, HOUR, 10, &lines[0]);
    struct rl_limiter narrow = open_limiter(10, HOUR, 2, &lines[1]);
    struct rl_claim claims[] = {claim(&wide, 3), claim(&narrow, 3)};
    uint64_t now = rl_now();
    CHECK_EQ(rl_acquire_all(claims, 2, false, RL_FOREVER, now, NULL), E2BIG);
    CHECK_EQ(rl_level_at(&wide, now), 10);
    CHECK_EQ(rl_level_at(&narrow, now), 2);
    CHECK_EQ(rl_acquire_all(claims, 2, true, RL_FOREVER, now, NULL), 0);
    CHECK_EQ(rl_level_at(&wide, now), 7);
    CHECK_EQ(rl_level_at(&narrow, now), 0);
}

static void a_deadline_that_passes_takes_nothing(void)
{
    struct rl_limiter free = open_limiter(10, HOUR, 10, &lines[0]);
    struct rl_limiter slow = open_limiter(1, HOUR, 1, &lines[1]);
    struct rl_claim claims[] = {claim(&free, 1), claim(&slow, 1)};
    uint64_t now = rl_now(), deadline = now + 20 * MS;
    CHECK(rl_try_acquire_at(&slow, 1, now, NULL));
    uint64_t before = look(&lines[1]);
    uint64_t waited = 0;
    CHECK_EQ(rl_acquire_all(claims, 2, false, deadline, now, &waited), ETIMEDOUT);
    CHECK(rl_now() >= deadline);
    CHECK(waited >= 20 * MS); /* a wait in vain is a wait */
    CHECK_EQ(rl_level_at(&free, now), 10);
    CHECK_EQ(look(&lines[1]), before);
}

static void do_nothing(int sig)
{
    (void)sig;
}

static void a_signal_gives_all_back(void)
{
    struct rl_limiter free = open_limiter(10, HOUR, 10, &lines[0]);
    struct rl_limiter slow = open_limiter(1, HOUR, 1, &lines[1]);
    struct rl_claim claims[] = {claim(&free, 1), claim(&slow, 1)};
    uint64_t now = rl_now();
    CHECK(rl_try_acquire_at(&slow, 1, now, NULL));
    uint64_t before = look(&lines[1]);

    struct sigaction action = {.sa_handler = do_nothing};
    struct itimerval every_10_ms = {{0, 10000}, {0, 10000}};
    CHECK_EQ(sigaction(SIGALRM, &action, NULL), 0);
    CHECK_EQ(setitimer(ITIMER_REAL, &every_10_ms, NULL), 0);
    CHECK_EQ(rl_acquire_all(claims, 2, false, RL_FOREVER, now, NULL), EINTR);
    CHECK_EQ(setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL), 0);
    signal(SIGALRM, SIG_DFL);
    CHECK_EQ(rl_level_at(&free, now), 10);
    CHECK_EQ(look(&lines[1]), before);
}

static void *acquire_all(void *argument)
{
    struct rl_claim *claims = argument;
    CHECK_EQ(rl_acquire_all(claims, 2, false, RL_FOREVER, rl_now(), NULL), 0);
    return NULL;
}

/* While somebody waits 200 ms for the slow one, the whole burst of the other is still there. */
static void a_long_wait_for_one_does_not_hold_up_the_other(void)
{
    struct rl_limiter fast = open_limiter(1000, RL_SECOND, 5, &lines[0]);
    struct rl_limiter slow = open_limiter(5, RL_SECOND, 1, &lines[1]);
    struct rl_claim claims[] = {claim(&fast, 5), claim(&slow, 1)};
    uint64_t first = rl_now();
    CHECK(rl_try_acquire_at(&slow, 1, first, NULL));

    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, acquire_all, claims), 0);
    while (rl_waiting(&slow, rl_now()) == 0)
        sched_yield(); /* until it stands in the line of the slow one */
    CHECK_EQ(rl_level(&fast), 5);
    CHECK(rl_try_acquire(&fast, 5, NULL));
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK(rl_now() >= first + 200 * MS);
}

static uint64_t cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * RL_SECOND + (uint64_t)t.tv_nsec;
}

/* Of one that is in debt nothing is asked: that is neither waited for, nor refused, nor polled. */
static void nothing_need_not_wait(void)
{
    struct rl_limiter indebted = open_limiter(1, HOUR, 1, &lines[0]);
    struct rl_limiter slow = open_limiter(10, RL_SECOND, 1, &lines[1]);
    struct rl_claim claims[] = {claim(&indebted, 0), claim(&slow, 1)};
    uint64_t first = rl_now(), cpu = cpu_ns(), waited = 0;
    struct rl_reservation r;
    CHECK_EQ(rl_reserve_debt_at(&indebted, 100, RL_FOREVER, first, &r), 0);
    CHECK(rl_try_acquire_at(&slow, 1, first, NULL));
    CHECK_EQ(rl_acquire_all(claims, 2, false, RL_FOREVER, first, &waited), 0);
    CHECK(waited >= 100 * MS);
    CHECK(cpu_ns() - cpu < 30 * MS); /* asleep, that is */

    indebted.mode = RL_POLICE;
    CHECK_EQ(rl_acquire_all(claims, 2, false, RL_FOREVER, rl_now(), NULL), 0);
}

/*
 * Whatever the interleaving, none is exceeded. What is checked are the conforming instants: those
 * obey the bound strictly. The true departure is never before them; but when it comes after, by a
 * late wake-up, two true departures may be closer than the two instants were.
 */
enum { THREADS = 6, MOST_CLAIMS = 3, MOST_DEPARTURES = 4000 };

static struct rl_limiter contended[MOST_CLAIMS];
static struct departure departures[MOST_CLAIMS][MOST_DEPARTURES];
static size_t departed[MOST_CLAIMS];
static uint64_t end_ns;

/* Sometimes not all that was taken is used. */
static void depart(struct random *random, struct rl_claim *claim, uint64_t n)
{
    struct rl_reservation *r = &claim->reservation;
    size_t which = (size_t)(claim->limiter - contended);
    CHECK_EQ(r->n, n);
    CHECK(r->conforming_ns <= rl_now());
    uint64_t used = random_one_in(random, 4) ? random_upto(random, n) : n;
    rl_refund(claim->limiter, r, used);
    size_t slot = __atomic_fetch_add(&departed[which], 1, __ATOMIC_RELAXED);
    if (slot < MOST_DEPARTURES)
        departures[which][slot] = (struct departure){r->conforming_ns, used};
}

static void *acquire_some(void *argument)
{
    struct random random = {(uintptr_t)argument};
    while (rl_now() < end_ns) {
        struct rl_claim claims[MOST_CLAIMS];
        uint64_t amounts[MOST_CLAIMS];
        size_t count = 0;
        for (size_t i = 0; i < MOST_CLAIMS; i++)
            if (random_one_in(&random, 2)) {
                amounts[count] = random_size(&random, contended[i].rate.burst);
                claims[count] = claim(&contended[i], amounts[count]);
                count++;
            }
        if (rl_acquire_all(claims, count, false, end_ns, rl_now(), NULL) == 0)
            for (size_t i = 0; i < count; i++)
                depart(&random, &claims[i], amounts[i]);
    }
    return NULL;
}

static void none_is_ever_exceeded(void)
{
    static const uint64_t per_second[] = {100, 1000, 2000}, bursts[] = {4, 10, 30};
    for (size_t i = 0; i < MOST_CLAIMS; i++)
        contended[i] = open_limiter(per_second[i], RL_SECOND, bursts[i], &lines[i]);

    pthread_t threads[THREADS];
    end_ns = rl_now() + 500 * MS;
    for (size_t i = 0; i < THREADS; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, acquire_some, (void *)(i + 1)), 0);
    for (size_t i = 0; i < THREADS; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);

    for (size_t i = 0; i < MOST_CLAIMS; i++) {
        struct breach breach;
        size_t count = departed[i] < MOST_DEPARTURES ? departed[i] : MOST_DEPARTURES;
        CHECK(count > 0);
        CHECK(bound_holds(&contended[i].rate, departures[i], count, 0, &breach));
    }
}

int main(void)
{
    RUN(all_are_taken_at_one_instant);
    RUN(a_failed_attempt_is_made_good);
    RUN(a_refusal_by_one_takes_nothing_of_the_others);
    RUN(above_one_burst_is_too_big_unless_as_a_debt);
    RUN(a_deadline_that_passes_takes_nothing);
    RUN(a_signal_gives_all_back);
    RUN(a_long_wait_for_one_does_not_hold_up_the_other);
    RUN(nothing_need_not_wait);
    RUN(none_is_ever_exceeded);
    return check_status();
}
