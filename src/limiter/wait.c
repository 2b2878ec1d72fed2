/*
 * wait.c - sleeping as a system call that the network holds up would.
 *
 * futex_waitv(2) (Linux 5.16) on a word that nobody ever changes is the one wait that has it all:
 * an absolute deadline of CLOCK_MONOTONIC, no file descriptor that the program could see or close,
 * and -ERESTARTSYS on a signal: the kernel goes on waiting after a handler installed with
 * SA_RESTART, and returns EINTR after any other, as for a blocked send (signal(7)). nanosleep and
 * plain futexes return EINTR in both cases.
 *
 * On older kernels, or where a seccomp filter does not know it, clock_nanosleep(2) does. It cannot
 * tell which handler ran, so there a wait ends with EINTR only if no caught signal is SA_RESTART.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "rl.h"
#include "wait.h"

/* As <linux/futex.h> has them, which may be older, or missing. */
#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449 /* the same number on all architectures */
#endif
enum { WAITER_32 = 2, WAITER_PRIVATE = 128 };
struct waiter {
    uint64_t value;
    const uint32_t *address; /* which has 64 bits, also where a pointer does not */
    uint32_t flags, reserved;
};

/*
 * Returns 0 or a negative errno value. By the instruction, where we know it: libc's syscall(2) is a
 * function that others put theirs in front of, the shim among them, at the price of their stack.
 */
static long futex_waitv(const struct waiter *waiter, const struct timespec *deadline)
{
#if defined __x86_64__
    register long timeout __asm__("r10") = (long)deadline;
    register long clock __asm__("r8") = CLOCK_MONOTONIC;
    long result = SYS_futex_waitv;
    __asm__ volatile("syscall"
                     : "+a"(result)
                     : "D"(waiter), "S"(1L), "d"(0L), "r"(timeout), "r"(clock)
                     : "rcx", "r11", "memory");
    return result;
#elif defined __aarch64__
    register long number __asm__("x8") = SYS_futex_waitv;
    register long waiters __asm__("x0") = (long)waiter;
    register long count __asm__("x1") = 1;
    register long flags __asm__("x2") = 0;
    register long timeout __asm__("x3") = (long)deadline;
    register long clock __asm__("x4") = CLOCK_MONOTONIC;
    __asm__ volatile("svc 0"
                     : "+r"(waiters)
                     : "r"(number), "r"(count), "r"(flags), "r"(timeout), "r"(clock)
                     : "memory");
    return waiters;
#else
    int saved_errno = errno;
    long result = syscall(SYS_futex_waitv, waiter, 1, 0, deadline, CLOCK_MONOTONIC);
    if (result < 0)
        result = -errno;
    errno = saved_errno;
    return result;
#endif
}

static bool any_handler_restarts(void)
{
    for (int sig = 1; sig < NSIG; sig++) {
        struct sigaction action;
        if (sigaction(sig, NULL, &action) == 0 && action.sa_handler != SIG_DFL &&
            action.sa_handler != SIG_IGN && (action.sa_flags & SA_RESTART))
            return true;
    }
    return false;
}

/* glibc, from 2.32 (<sys/single_threaded.h>). */
extern char __libc_single_threaded __attribute__((weak));

bool rl_has_threads(void)
{
    return !&__libc_single_threaded || !__libc_single_threaded;
}

/* Not by a point at which a thread can be cancelled, as libc's function is one. */
static int nanosleep_until(const struct timespec *deadline, unsigned flags)
{
    if (!(flags & RL_NO_CANCEL))
        return clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, deadline, NULL);
    return syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, deadline, NULL) ? errno : 0;
}

/* Apart, since it takes more stack than the usual way. */
__attribute__((noinline)) static int sleep_without_waitv(uint64_t instant_ns, unsigned flags)
{
    struct timespec deadline = {
        .tv_sec = (time_t)(instant_ns / RL_SECOND),
        .tv_nsec = (long)(instant_ns % RL_SECOND),
    };
    int saved_errno = errno, error;
    do {
        error = nanosleep_until(&deadline, flags);
    } while (error == EINTR && !(flags & RL_NO_RESTART) &&
             ((flags & RL_PLAINLY) || any_handler_restarts()));
    while (error && error != EINTR && rl_now() < instant_ns) /* a filter forbids that, too */
        poll(NULL, 0, 1);
    errno = saved_errno;
    return error == EINTR ? EINTR : 0;
}

int rl_sleep_until(uint64_t instant_ns, unsigned flags)
{
    static bool waitv_is_missing; /* written once, to the same value by whoever finds out */
    static const uint32_t never_changes;
    static const struct waiter waiter = {
        .address = &never_changes,
        .flags = WAITER_32 | WAITER_PRIVATE,
    };

    if (!(flags & (RL_NO_RESTART | RL_PLAINLY)) && !waitv_is_missing) {
        struct timespec deadline = {
            .tv_sec = (time_t)(instant_ns / RL_SECOND),
            .tv_nsec = (long)(instant_ns % RL_SECOND),
        };
        /* A raw system call is no cancellation point: it is made one as libc makes its own. And
         * only where there are threads, as there: a handler that jumps out of the call with
         * siglongjmp leaves the type as it is. */
        bool is_point = !(flags & RL_NO_CANCEL) && rl_has_threads();
        int type;
        if (is_point)
            pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type); // NOLINT(cert-pos47-c)
        long result = futex_waitv(&waiter, &deadline);
        if (is_point)
            pthread_setcanceltype(type, NULL);
        if (result == 0 || result == -ETIMEDOUT) /* nobody ever wakes the word */
            return 0;
        if (result == -EINTR)
            return EINTR;
        __atomic_store_n(&waitv_is_missing, true, __ATOMIC_RELAXED);
    }
    return sleep_without_waitv(instant_ns, flags);
}
