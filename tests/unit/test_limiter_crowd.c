/*
 * test_limiter_crowd.c - one limiter, and many who want it at once: threads, and processes that
 * share the line, one of which is killed.
 *
 * Each notes the instant at which its units conformed; all windows of all instants are looked at.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bound.h"
#include "check.h"

#define MS UINT64_C(1000000)

enum { THREADS = 8, CHILDREN = 4, MOST = 1 << 14 };

/* In shared memory, so that the children can write here what they did. */
struct crowd {
    struct rl_line line;
    uint64_t end_ns;
    size_t count;
    size_t count_of[CHILDREN];
    struct departure departures[MOST];
};

static struct crowd *crowd;
static struct rl_limiter limiter;

static void open_crowd(uint64_t capacity, uint64_t burst, uint64_t duration_ns)
{
    if (!crowd)
        crowd =
            mmap(NULL, sizeof *crowd, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    *crowd = (struct crowd){0};
    CHECK_EQ(rl_init(&limiter, RL_LEAKY_BUCKET, capacity, RL_SECOND, burst, &crowd->line), 0);
    crowd->end_ns = rl_now() + duration_ns;
}

static void note(const struct rl_reservation *r, uint64_t units)
{
    size_t slot = __atomic_fetch_add(&crowd->count, 1, __ATOMIC_RELAXED);
    if (slot < MOST)
        crowd->departures[slot] = (struct departure){r->conforming_ns, units};
}

/* The bound in every window, and that they did not just do nothing. */
static void check_crowd(size_t at_least)
{
    struct breach breach;
    CHECK(crowd->count >= at_least);
    CHECK(crowd->count <= MOST);
    size_t count = crowd->count < MOST ? crowd->count : MOST;
    if (!CHECK(bound_holds(&limiter.rate, crowd->departures, count, 0, &breach)))
        fprintf(stderr, "  %llu units from %llu to %llu\n", (unsigned long long)breach.units,
                (unsigned long long)breach.from_ns, (unsigned long long)breach.to_ns);
}

/* Those who do not wait, and so fight hardest for the word. */
static void *hammer(void *unused)
{
    (void)unused;
    struct rl_reservation r;
    while (rl_now() < crowd->end_ns)
        if (rl_try_acquire(&limiter, 1, &r)) {
            CHECK(rl_now() >= r.conforming_ns);
            note(&r, 1);
        }
    return NULL;
}

/* Those who wait in line. */
static void *queue(void *unused)
{
    (void)unused;
    struct rl_reservation r;
    for (uint64_t now; (now = rl_now()) < crowd->end_ns;)
        if (rl_acquire(&limiter, 2, crowd->end_ns - now, &r) == 0) {
            CHECK(rl_now() >= r.conforming_ns);
            note(&r, 2);
        }
    return NULL;
}

static void run_threads(void *(*run)(void *), void *(*other)(void *))
{
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, i % 2 ? run : other, NULL), 0);
    for (size_t i = 0; i < THREADS; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
}

/* With nobody waiting, and always somebody there, nearly all that may pass does. */
static void threads_that_hammer_get_the_rate_and_no_more(void)
{
    open_crowd(5000, 10, RL_SECOND);
    run_threads(hammer, hammer);
    check_crowd(1000);
}

/* Beside a line of eight units those who do not wait get what is left, perhaps nothing. */
static void threads_that_wait_get_the_rate_and_no_more(void)
{
    open_crowd(1000, 10, 400 * MS);
    run_threads(queue, hammer);
    check_crowd(50);
}

static pid_t start_child(size_t which)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    while (rl_now() < crowd->end_ns) {
        struct rl_reservation r;
        if (which % 2 ? rl_try_acquire(&limiter, 1, &r)
                      : rl_acquire(&limiter, 1, 100 * MS, &r) == 0) {
            note(&r, 1);
            __atomic_fetch_add(&crowd->count_of[which], 1, __ATOMIC_RELAXED);
        }
    }
    _exit(check_status());
}

static size_t departed(size_t which)
{
    return __atomic_load_n(&crowd->count_of[which], __ATOMIC_RELAXED);
}

/* The word is in shared memory; of who is killed nothing is left that could stop the others. */
static void processes_share_a_limit_and_survive_a_kill(void)
{
    pid_t children[CHILDREN];
    open_crowd(5000, 10, 600 * MS);
    for (size_t i = 0; i < CHILDREN; i++)
        CHECK((children[i] = start_child(i)) > 0);

    while (departed(0) < 20 && rl_now() < crowd->end_ns)
        usleep(1000);
    CHECK_EQ(kill(children[0], SIGKILL), 0);
    CHECK_EQ(waitpid(children[0], NULL, 0), children[0]);
    size_t then = __atomic_load_n(&crowd->count, __ATOMIC_RELAXED);

    for (size_t i = 1; i < CHILDREN; i++) {
        int status = -1;
        CHECK_EQ(waitpid(children[i], &status, 0), children[i]);
        CHECK_EQ(status, 0);
    }
    check_crowd(then + 100);
}

int main(void)
{
    RUN(threads_that_hammer_get_the_rate_and_no_more);
    RUN(threads_that_wait_get_the_rate_and_no_more);
    RUN(processes_share_a_limit_and_survive_a_kill);
    return check_status();
}
