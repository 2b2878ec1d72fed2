/*
 * wait.c - sleeping as a system call that the network holds up would.
 *
 * futex_waitv(2) (Linux 5.16), on a word that hardly anybody changes, is the one wait that has it
 * all: an absolute deadline of CLOCK_MONOTONIC, no file descriptor that the program could see or
 * close, and -ERESTARTSYS on a signal: the kernel goes on waiting after a handler installed with
 * SA_RESTART, and returns EINTR after any other, as for a blocked send (signal(7)). nanosleep and
 * plain futexes return EINTR in both cases.
 *
 * On older kernels, or where a seccomp filter does not know it, clock_nanosleep(2) does. It cannot
 * tell which handler ran, so there a wait ends with EINTR only if no caught signal is SA_RESTART.
 *
 * A call with a timeout, or that has done something, ends after any handler, and as well after the
 * process was stopped and goes on (signal(7)); see sigtimedwait_until and read_only_time.
 *
 * By raw system calls: the clock is the kernel's, and so must be who sleeps until an instant of it.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <time.h>

#include "raw.h"
#include "rl.h"
#include "signals.h"
#include "threads.h"
#include "wait.h"

/* As <linux/futex.h> has them, which may be older, or missing. */
#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449 /* the same number on all architectures */
#endif
#ifndef SYS_futex /* newer 32-bit architectures have no other */
#define SYS_futex SYS_futex_time64
#endif
enum { WAKE = 1, WAITER_32 = 2 };
struct waiter {
    uint64_t value;
    const uint32_t *address; /* which has 64 bits, also where a pointer does not */
    uint32_t flags, reserved;
};

/* As the kernel has it. */
static struct timespec time_of(uint64_t instant_ns)
{
    bool forever = instant_ns > RL_FOREVER / 2;
    uint64_t kernels_ns = forever ? instant_ns : instant_ns + (uint64_t)rl_clock_ahead_ns;
    return (struct timespec){
        .tv_sec = (time_t)(kernels_ns / RL_SECOND),
        .tv_nsec = (long)(kernels_ns % RL_SECOND),
    };
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

/*
 * A raw system call is no cancellation point: between these two it is one, as libc makes its own.
 * And only where there are threads, as there: a handler that jumps out of the call with siglongjmp
 * leaves the type as it is. begin_point returns what end_point is to be given.
 */
static int begin_point(unsigned flags)
{
    int type = -1;
    if (!(flags & RL_NO_CANCEL) && rl_has_threads())
        pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type); // NOLINT(cert-pos47-c)
    return type;
}

static void end_point(int type)
{
    if (type >= 0)
        pthread_setcanceltype(type, NULL);
}

/* These three return 0 or a negative errno value. */

static long futex_waitv(const uint32_t *word, uint32_t value, const struct timespec *deadline,
                        unsigned flags)
{
    const struct waiter waiter = {.value = value, .address = word, .flags = WAITER_32};
    int type = begin_point(flags);
    long result = raw_call(SYS_futex_waitv, (long)&waiter, 1, 0, (long)deadline, CLOCK_MONOTONIC);
    end_point(type);
    return result;
}

static long nanosleep_until(const struct timespec *deadline, unsigned flags)
{
    int type = begin_point(flags);
    long result =
        raw_call(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, (long)deadline, 0, 0);
    end_point(type);
    return result;
}

static long poll_for_1_ms(unsigned flags)
{
    int type = begin_point(flags);
#ifdef SYS_poll
    long result = raw_call(SYS_poll, 0, 0, 1, 0, 0);
#else /* newer architectures do without, and libc as well */
    struct timespec timeout = {.tv_nsec = 1000000}; /* which the kernel writes to */
    long result = raw_call(SYS_ppoll, 0, 0, (long)&timeout, 0, 0);
#endif
    end_point(type);
    return result;
}

/* Apart, since it takes more stack than the usual way. */
__attribute__((noinline)) static int sleep_without_waitv(uint64_t instant_ns, unsigned flags)
{
    struct timespec deadline = time_of(instant_ns);
    int saved_errno = errno; /* sigaction fails for libc's own signals */
    long error;
    do {
        error = nanosleep_until(&deadline, flags);
    } while (error == -EINTR && !(flags & RL_NO_RESTART) &&
             ((flags & RL_PLAINLY) || any_handler_restarts()));
    while (error && error != -EINTR && rl_now() < instant_ns) /* a filter forbids that, too */
        poll_for_1_ms(flags);
    errno = saved_errno;
    return error == -EINTR ? EINTR : 0;
}

struct poll_call {
    struct pollfd *p;
    const struct timespec *timeout;
    const uint64_t *signals;
    unsigned flags;
};

static long poll_part(void *argument)
{
    const struct poll_call *call = argument;
    int type = begin_point(call->flags);
    long ready = raw_call(SYS_ppoll, (long)call->p, 1, (long)call->timeout, (long)call->signals,
                          sizeof *call->signals);
    end_point(type);
    return ready;
}

/* Of a caller who has blocked signals, and whose mask that is; NULL: he has not. */
static long poll_of(struct poll_call *call, const uint64_t *signals)
{
    return signals && !(call->flags & RL_NO_CANCEL) ? rl_cancellable(poll_part, call, signals)
                                                    : poll_part(call);
}

#define MS 1000000L

/*
 * The longest of these that is no longer than that; NULL: it is less than the shortest.
 *
 * After a stop and SIGCONT the kernel goes on with a ppoll(2) of which no handler ran; but not if
 * it cannot write what is left into `timeout` (poll_select_finish()), as it cannot here. So all but
 * the last bit of a wait is made of these: usually of one, since who wakes up often is late often.
 */
static const struct timespec *read_only_time(uint64_t ns)
{
    static const struct timespec times[] = {
        {3600, 0},     {60, 0},       {10, 0},       {4, 0},       {2, 0},       {1, 0},
        {0, 500 * MS}, {0, 250 * MS}, {0, 128 * MS}, {0, 64 * MS}, {0, 32 * MS}, {0, 24 * MS},
        {0, 20 * MS},  {0, 19 * MS},  {0, 18 * MS},  {0, 17 * MS}, {0, 16 * MS}, {0, 15 * MS},
        {0, 14 * MS},  {0, 13 * MS},  {0, 12 * MS},  {0, 11 * MS}, {0, 10 * MS}, {0, 9 * MS},
        {0, 8 * MS},   {0, 7 * MS},   {0, 6 * MS},   {0, 5 * MS},  {0, 4 * MS},  {0, 3 * MS},
        {0, 2 * MS},   {0, MS},
    };
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        if ((uint64_t)times[i].tv_sec * RL_SECOND + (uint64_t)times[i].tv_nsec <= ns)
            return &times[i];
    return NULL;
}

static uint64_t until(uint64_t instant_ns)
{
    uint64_t now_ns = rl_now();
    return instant_ns > now_ns ? instant_ns - now_ns : 0;
}

/* One that is blocked here, but not for the program. Apart, to be off the stack when it waits. */
__attribute__((noinline)) static bool any_is_pending(const uint64_t *signals)
{
    uint64_t pending = 0;
    raw_call(SYS_rt_sigpending, (long)&pending, sizeof pending, 0, 0, 0);
    return pending & ~*signals;
}

/* fd -1: nothing but time, and signals. In the last bit they stay blocked: to see one then it takes
 * a moment more, of a time that is read-only, too. */
int rl_poll_until(int fd, short events, uint64_t instant_ns, unsigned flags,
                  const uint64_t *signals)
{
    static const struct timespec moment = {.tv_nsec = 1};
    struct pollfd p = {.fd = fd, .events = events};
    struct poll_call call = {.p = &p, .flags = flags};
    struct timespec last;
    long ready;
    do {
        uint64_t rest_ns = until(instant_ns);
        call.timeout = read_only_time(rest_ns);
        call.signals = call.timeout ? signals : NULL;
        if (!call.timeout) {
            last = (struct timespec){.tv_nsec = (long)rest_ns};
            call.timeout = &last;
        }
        ready = poll_of(&call, signals);
    } while (ready == 0 && rl_now() < instant_ns);
    if (ready == 0 && signals && any_is_pending(signals)) {
        call.timeout = &moment;
        call.signals = signals;
        ready = poll_of(&call, signals);
    }
    return ready > 0 ? 0 : ready == 0 ? ETIMEDOUT : ready == -EINTR ? EINTR : 0;
}

/* After a handler with SA_RESTART, and after a stop and SIGCONT, rt_sigtimedwait(2) ends, as
 * nothing else does that sleeps without a descriptor (signal(7)). For no signal: nobody's is taken.
 */
static long sigtimedwait_until(uint64_t instant_ns, unsigned flags)
{
    static const uint64_t none;
    uint64_t rest_ns = until(instant_ns);
    struct timespec rest = {
        .tv_sec = (time_t)(rest_ns / RL_SECOND),
        .tv_nsec = (long)(rest_ns % RL_SECOND),
    };
    int type = begin_point(flags);
    long result = raw_call(SYS_rt_sigtimedwait, (long)&none, 0, (long)&rest, sizeof none, 0);
    end_point(type);
    return result;
}

static bool waitv_is_missing; /* written once, to the same value by whoever finds out */

bool rl_can_be_woken(unsigned flags, const uint64_t *signals)
{
    return !signals && !(flags & (RL_NO_RESTART | RL_PLAINLY)) &&
           !__atomic_load_n(&waitv_is_missing, __ATOMIC_RELAXED);
}

void rl_wake(const uint32_t *word)
{
    raw_call(SYS_futex, (long)word, WAKE, INT_MAX, 0, 0);
}

/* With the mask that the thread has. Apart, to be off the stack of who waits with another. */
__attribute__((noinline)) static int sleep_unmasked(const uint32_t *word, uint32_t value,
                                                    uint64_t instant_ns, unsigned flags)
{
    if ((flags & (RL_NO_RESTART | RL_PLAINLY)) == RL_NO_RESTART) {
        long result = sigtimedwait_until(instant_ns, flags);
        if (result == -EAGAIN || result == -EINTR)
            return result == -EINTR ? EINTR : 0;
    } else if (rl_can_be_woken(flags, NULL)) {
        struct timespec deadline = time_of(instant_ns);
        long result = futex_waitv(word, value, &deadline, flags);
        if (result == 0 || result == -ETIMEDOUT || result == -EAGAIN)
            return 0;
        if (result == -EINTR)
            return EINTR;
        __atomic_store_n(&waitv_is_missing, true, __ATOMIC_RELAXED);
    }
    return sleep_without_waitv(instant_ns, flags);
}

int rl_sleep_unless(const uint32_t *word, uint32_t value, uint64_t instant_ns, unsigned flags,
                    const uint64_t *signals)
{
    if (signals)
        return rl_poll_until(-1, 0, instant_ns, flags, signals) == EINTR ? EINTR : 0;
    return sleep_unmasked(word, value, instant_ns, flags);
}

int rl_sleep_until(uint64_t instant_ns, unsigned flags, const uint64_t *signals)
{
    static const uint32_t never_changes;
    return rl_sleep_unless(&never_changes, 0, instant_ns, flags, signals);
}
