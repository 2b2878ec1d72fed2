/*
 * test_limiter_wait.c - what a wait feels like: timeouts, signals, cancellation, errno; in real
 * time. Of the limiter the only unit is taken, so who comes second waits. Instants are asserted
 * only as not too early.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>

#include "check.h"
#include "lines.h"
#include "rl.h"

#define MS   UINT64_C(1000000)
#define HOUR (3600 * RL_SECOND)

static struct rl_limiter limiter;

/* A fresh limiter out of which the first unit is taken. Returns when. */
static uint64_t open_limiter(uint64_t period_ns)
{
    CHECK_EQ(rl_init(&limiter, RL_GCRA, 1, period_ns, 1, fresh_line()), 0);
    uint64_t now = rl_now();
    CHECK(rl_try_acquire_at(&limiter, 1, now, NULL));
    return now;
}

static void the_second_waits_for_its_instant(void)
{
    struct rl_reservation r;
    uint64_t first = open_limiter(100 * MS);
    CHECK_EQ(rl_acquire(&limiter, 1, RL_FOREVER, &r), 0);
    CHECK(r.conforming_ns >= first + 100 * MS);
    CHECK(rl_now() >= first + 100 * MS);
}

static void a_long_timeout_does_not_matter(void)
{
    uint64_t first = open_limiter(20 * MS);
    CHECK_EQ(rl_acquire(&limiter, 1, HOUR, NULL), 0);
    CHECK(rl_now() >= first + 20 * MS);
}

/* It waits as long as it was told to, in vain, and those behind do not wait for it. */
static void a_timeout_takes_no_place(void)
{
    open_limiter(HOUR);
    uint64_t word = limiter.line->word, start = rl_now();
    CHECK_EQ(rl_acquire(&limiter, 1, 20 * MS, NULL), ETIMEDOUT);
    CHECK(rl_now() >= start + 20 * MS);
    CHECK_EQ(limiter.line->word, word);
    CHECK_EQ(rl_acquire(&limiter, 1, 0, NULL), ETIMEDOUT);
    CHECK_EQ(limiter.line->word, word);
}

static void above_the_burst_is_refused_at_once(void)
{
    open_limiter(HOUR);
    uint64_t word = limiter.line->word;
    CHECK_EQ(rl_acquire(&limiter, 2, RL_FOREVER, NULL), E2BIG);
    CHECK_EQ(limiter.line->word, word);
}

static void police_mode_refuses_at_once(void)
{
    open_limiter(HOUR);
    uint64_t word = limiter.line->word;
    limiter.mode = RL_POLICE;
    CHECK_EQ(rl_acquire(&limiter, 1, RL_FOREVER, NULL), EAGAIN);
    CHECK_EQ(limiter.line->word, word);
    CHECK_EQ(rl_acquire(&limiter, 0, RL_FOREVER, NULL), 0);
}

static void errno_is_the_caller_s(void)
{
    open_limiter(10 * MS);
    errno = EXDEV;
    CHECK_EQ(rl_acquire(&limiter, 1, RL_FOREVER, NULL), 0);
    CHECK_EQ(errno, EXDEV);

    open_limiter(HOUR);
    errno = EXDEV;
    CHECK_EQ(rl_acquire(&limiter, 1, 1 * MS, NULL), ETIMEDOUT);
    CHECK_EQ(rl_acquire(&limiter, 2, RL_FOREVER, NULL), E2BIG);
    CHECK_EQ(errno, EXDEV);
}

static volatile sig_atomic_t handled;

static void count_signal(int sig)
{
    (void)sig;
    handled++;
}

/* Of alarms that come each 10 ms the first may be too early for the wait; a later one is not. */
static void start_alarms(int flags)
{
    struct sigaction action = {.sa_handler = count_signal, .sa_flags = flags};
    struct itimerval every_10_ms = {{0, 10000}, {0, 10000}};
    handled = 0;
    CHECK_EQ(sigaction(SIGALRM, &action, NULL), 0);
    CHECK_EQ(setitimer(ITIMER_REAL, &every_10_ms, NULL), 0);
}

static void stop_alarms(void)
{
    CHECK_EQ(setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL), 0);
    signal(SIGALRM, SIG_DFL);
}

/* The place in line goes back: the word is what it was before. */
static void a_signal_ends_the_wait(void)
{
    open_limiter(HOUR);
    uint64_t word = limiter.line->word;
    start_alarms(0);
    CHECK_EQ(rl_acquire(&limiter, 1, RL_FOREVER, NULL), EINTR);
    stop_alarms();
    CHECK(handled > 0);
    CHECK_EQ(limiter.line->word, word);
}

/* So it does the wait of one that has no place in line. */
static void a_signal_ends_a_wait_in_vain(void)
{
    open_limiter(2 * HOUR);
    start_alarms(0);
    CHECK_EQ(rl_acquire(&limiter, 1, HOUR, NULL), EINTR);
    stop_alarms();
}

/* The handler runs while the call waits, not after it, and the wait is not begun anew. */
static void a_signal_with_sa_restart_does_not(void)
{
    struct rl_reservation r;
    uint64_t first = open_limiter(100 * MS);
    start_alarms(SA_RESTART);
    CHECK_EQ(rl_acquire(&limiter, 1, RL_FOREVER, &r), 0);
    CHECK(handled > (UNDER_TSAN ? 0 : 1)); /* which holds all signals back until the call is over */
    stop_alarms();
    CHECK(r.conforming_ns >= first + 100 * MS);
    CHECK(rl_now() >= first + 100 * MS);
}

static void *acquire_one(void *result)
{
    *(int *)result = rl_acquire(&limiter, 1, RL_FOREVER, NULL);
    return NULL;
}

static void *acquire_one_uncancelled(void *result)
{
    int type;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    acquire_one(result);
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &type);
    CHECK_EQ(type, PTHREAD_CANCEL_DEFERRED); /* as it was before the wait */
    return NULL;
}

/* Start a thread, cancel it while it waits in line, and return what it ended with. */
static void *cancel(void *(*run)(void *), int *result)
{
    pthread_t thread;
    void *ended = NULL;
    CHECK_EQ(pthread_create(&thread, NULL, run, result), 0);
    while (rl_waiting(&limiter, rl_now()) == 0)
        sched_yield(); /* until it has its place */
    CHECK_EQ(pthread_cancel(thread), 0);
    CHECK_EQ(pthread_join(thread, &ended), 0);
    return ended;
}

static void cancellation_ends_the_wait(void)
{
    int result = -1;
    open_limiter(HOUR);
    uint64_t word = limiter.line->word;
    CHECK(cancel(acquire_one, &result) == PTHREAD_CANCELED);
    CHECK_EQ(limiter.line->word, word); /* nothing of it is left */
}

static void cancellation_disabled_does_not(void)
{
    int result = -1;
    uint64_t first = open_limiter(50 * MS);
    CHECK(cancel(acquire_one_uncancelled, &result) == NULL);
    CHECK_EQ((uint64_t)result, 0);
    CHECK(rl_now() >= first + 50 * MS);
}

int main(void)
{
    RUN(the_second_waits_for_its_instant);
    RUN(a_long_timeout_does_not_matter);
    RUN(a_timeout_takes_no_place);
    RUN(above_the_burst_is_refused_at_once);
    RUN(police_mode_refuses_at_once);
    RUN(errno_is_the_caller_s);
    RUN(a_signal_ends_the_wait);
    RUN(a_signal_ends_a_wait_in_vain);
    RUN(a_signal_with_sa_restart_does_not);
    RUN(cancellation_ends_the_wait);
    RUN(cancellation_disabled_does_not);
    return check_status();
}
