/*
 * test_limiter_clock.c - the clock is the kernel's, whoever reads it first and from wherever, with
 * a vDSO and without; and neither it nor a sleep goes through functions that others replace.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "rl.h"
#include "wait.h"

/* clock.c itself, so that it can be made to forget, and to find nothing. */
static bool hide_vdso;

static unsigned long tell_auxv(unsigned long type)
{
    if (!hide_vdso)
        return getauxval(type);
    errno = ENOENT; /* as getauxval(3) */
    return 0;
}

#define getauxval tell_auxv
#include "clock.c"
#undef getauxval

/* In front of libc's, as libfaketime's. Whoever else is in this process may need them. */
static int replaced;

int clock_gettime(clockid_t clock, struct timespec *t)
{
    __atomic_fetch_add(&replaced, 1, __ATOMIC_RELAXED);
    return (int)syscall(SYS_clock_gettime, clock, t);
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *t, struct timespec *rest)
{
    __atomic_fetch_add(&replaced, 1, __ATOMIC_RELAXED);
    return syscall(SYS_clock_nanosleep, clock, flags, t, rest) == 0 ? 0 : errno;
}

int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    struct timespec timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000000L};
    __atomic_fetch_add(&replaced, 1, __ATOMIC_RELAXED);
    return (int)syscall(SYS_ppoll, fds, count, timeout_ms < 0 ? NULL : &timeout, NULL, 8);
}

static uint64_t kernel_now(void)
{
    struct timespec t;
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * RL_SECOND + (uint64_t)t.tv_nsec;
}

/* As the first in the process, with or without a vDSO. */
static void forget(bool hide)
{
    hide_vdso = hide;
    __atomic_store_n(&reader, find_reader, __ATOMIC_RELAXED);
}

static bool tells_the_time(void)
{
    uint64_t before = kernel_now(), now = rl_now(), after = kernel_now();
    return before <= now && now <= after;
}

static void from_the_vdso_where_there_is_one(void)
{
    forget(false);
    CHECK(tells_the_time());
    CHECK(reader != find_reader);
#if defined __x86_64__ || defined __aarch64__
    CHECK((reader == read_by_system_call) == (getauxval(AT_SYSINFO_EHDR) == 0));
#endif
    for (int i = 0; i < 1000; i++)
        CHECK(tells_the_time());
}

static void by_the_system_call_where_there_is_none(void)
{
    forget(true);
    errno = EXDEV;
    uint64_t now = rl_now();
    CHECK_EQ(errno, EXDEV);
    CHECK(now <= rl_now());
    CHECK(reader == read_by_system_call);
    for (int i = 0; i < 1000; i++)
        CHECK(tells_the_time());
}

static volatile sig_atomic_t told;

static void read_in_handler(int sig)
{
    (void)sig;
    told = tells_the_time();
}

static void first_read_in_a_handler(void)
{
    signal(SIGUSR1, read_in_handler);
    for (int hide = 0; hide < 2; hide++) {
        forget(hide);
        told = false;
        raise(SIGUSR1);
        CHECK(told);
    }
    signal(SIGUSR1, SIG_DFL);
}

static void read_in_a_vfork_child(void)
{
    int status = 0;
    pid_t child = vfork();
    if (child == 0)
        _exit(!tells_the_time());
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK_EQ(status, 0);
}

static void first_read_in_a_vfork_child(void)
{
    for (int hide = 0; hide < 2; hide++) {
        forget(hide);
        read_in_a_vfork_child();
        CHECK(tells_the_time());
    }
}

enum { THREADS = 4 };

static void *read_in_thread(void *start)
{
    pthread_barrier_wait(start);
    for (int i = 0; i < 100; i++)
        CHECK(tells_the_time());
    return NULL;
}

static void first_read_in_several_threads(void)
{
    for (int round = 0; round < 20; round++) {
        pthread_t threads[THREADS];
        pthread_barrier_t start;
        forget(round % 2);
        pthread_barrier_init(&start, NULL, THREADS);
        for (int i = 0; i < THREADS; i++)
            CHECK_EQ(pthread_create(&threads[i], NULL, read_in_thread, &start), 0);
        for (int i = 0; i < THREADS; i++)
            pthread_join(threads[i], NULL);
        pthread_barrier_destroy(&start);
    }
}

enum { MS = 1000000 };

/* The ways to sleep, each of which is a point at which a thread can be cancelled. */
static const unsigned ways[] = {0, RL_NO_RESTART, RL_PLAINLY};
enum { WAYS = sizeof ways / sizeof *ways };

static void sleep_20_ms(unsigned flags)
{
    uint64_t instant = rl_now() + 20 * MS;
    errno = EXDEV;
    CHECK_EQ(rl_sleep_until(instant, flags, NULL), 0);
    CHECK(kernel_now() >= instant);
    CHECK_EQ(errno, EXDEV);
}

/* The last way to sleep is that of those whom a filter forbids the others. */
static int sleep_where_it_is_forbidden(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clock_nanosleep, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigtimedwait, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0)
        return SKIPPED;
    int before = replaced;
    sleep_20_ms(RL_PLAINLY);
    sleep_20_ms(RL_NO_RESTART);
    CHECK_EQ(replaced, before);
    return check_status();
}

static void nobody_stands_between(void)
{
    for (int hide = 0; hide < 2; hide++) {
        forget(hide);
        int before = replaced;
        for (int way = 0; way < WAYS; way++) {
            sleep_20_ms(ways[way]);
            sleep_20_ms(ways[way] | RL_NO_CANCEL);
        }
        CHECK_EQ(replaced, before);
    }
    int status = 0;
    pid_t child = fork();
    if (child == 0)
        _exit(sleep_where_it_is_forbidden());
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == SKIPPED));
}

static bool over;

/* For ever, or, where it can be no point, for 50 ms. */
static void *sleep_in_thread(void *flags)
{
    unsigned way = *(unsigned *)flags;
    uint64_t now = rl_now();
    rl_sleep_until(way & RL_NO_CANCEL ? now + 50 * MS : now + 3600 * RL_SECOND, way, NULL);
    over = true;
    return NULL;
}

/* Returns what the thread ended with. */
static void *cancel(unsigned way)
{
    pthread_t thread;
    void *ended = NULL;
    over = false;
    CHECK_EQ(pthread_create(&thread, NULL, sleep_in_thread, &way), 0);
    sleep_20_ms(0); /* by then it sleeps, or else it will find that it was cancelled */
    CHECK_EQ(pthread_cancel(thread), 0);
    CHECK_EQ(pthread_join(thread, &ended), 0);
    return ended;
}

static void each_sleep_can_be_cancelled(void)
{
    for (int way = 0; way < WAYS; way++) {
        CHECK(cancel(ways[way]) == PTHREAD_CANCELED);
        CHECK(!over);
        CHECK(cancel(ways[way] | RL_NO_CANCEL) == NULL);
        CHECK(over);
    }
}

int main(void)
{
    RUN(from_the_vdso_where_there_is_one);
    RUN(by_the_system_call_where_there_is_none);
    RUN(first_read_in_a_handler);
    RUN(first_read_in_a_vfork_child);
    RUN(first_read_in_several_threads);
    RUN(nobody_stands_between);
    RUN(each_sleep_can_be_cancelled);
    return check_status();
}
