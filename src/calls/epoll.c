/* epoll.c - epoll sets, and waiting for them. See sets.h and waiting.h. */
#include <errno.h>
#include <sys/syscall.h>

#include "loop.h"
#include "real.h"
#include "sandbox.h"
#include "sets.h"
#include "threads.h"
#include "waiting.h"

int epoll_create(int size)
{
    return sets_new(REAL(epoll_create)(size));
}

int epoll_create1(int flags)
{
    return sets_new(REAL(epoll_create1)(flags));
}

int epoll_ctl(int set, int operation, int fd, struct epoll_event *event)
{
    if (!loop_on || in_sandbox())
        return REAL(epoll_ctl)(set, operation, fd, event);
    return sets_control(set, operation, fd, event);
}

struct epoll_call {
    int set, most;
    struct epoll_event *events;
    const sigset_t *mask;
    const struct loop_wait *wait;
};

/* Without epoll_pwait2 (Linux 5.11, glibc 2.35), milliseconds: rather more than less. */
static int as_milliseconds(const struct timespec *timeout)
{
    enum { MS = 1000, NS = 1000000, MOST = 1 << 30 };
    if (!timeout)
        return -1;
    return timeout->tv_sec >= MOST / MS
               ? MOST
               : (int)(timeout->tv_sec * MS + (timeout->tv_nsec + NS - 1) / NS);
}

static long epoll_in_kernel(void *argument)
{
    static bool pwait2_is_missing;
    const struct epoll_call *call = argument;
    const struct timespec *timeout = call->wait->timeout;
    const sigset_t *mask = (const sigset_t *)call->wait->mask;
    bool is_point = !real_lacks_epoll_pwait2 || !call->wait->cancels;
    if (is_point && !__atomic_load_n(&pwait2_is_missing, __ATOMIC_RELAXED)) {
        int saved_errno = errno;
        int told = REAL(epoll_pwait2)(call->set, call->events, call->most, timeout, mask);
        if (told >= 0 || (errno != ENOSYS && errno != EPERM))
            return told;
        errno = saved_errno;
        __atomic_store_n(&pwait2_is_missing, true, __ATOMIC_RELAXED);
    }
    return REAL(epoll_pwait)(call->set, call->events, call->most, as_milliseconds(timeout), mask);
}

static long epoll_part(struct epoll_call *call, struct loop_wait *wait)
{
    enum { TIMES = 64 };
    long told, seen = 0;
    int times = TIMES;
    do {
        told = loop_in_kernel(wait, epoll_in_kernel, call);
        seen = told > 0 ? sets_filter(call->set, call->events, (int)told) : told;
        loop_again(wait);
    } while (told > 0 && seen == 0 && --times);
    if (told > 0 && seen == 0)
        loop_anew(wait);
    return seen;
}

__attribute__((noinline)) static int epoll_gated(struct epoll_call *call, uint64_t deadline_ns)
{
    struct loop_wait wait;
    sets_id(call->set);
    loop_begin(&wait, call->set, deadline_ns, call->mask);
    call->wait = &wait;
    while (loop_goes_on(&wait))
        wait.result = epoll_part(call, &wait);
    call->wait = NULL;
    return (int)loop_end(&wait);
}

/* While gates are closed. Who has much to do need not wait in parts: first for what there is. */
static int epoll_with_gates(struct epoll_call *call, int64_t timeout_ns, uint64_t deadline_ns)
{
    loop_catch_up();
    int told = call->mask ? REAL(epoll_pwait)(call->set, call->events, call->most, 0, call->mask)
                          : REAL(epoll_wait)(call->set, call->events, call->most, 0);
    int seen = told > 0 ? sets_filter(call->set, call->events, told) : told;
    if (seen != 0 || (told == 0 && timeout_ns == 0))
        return seen;
    return epoll_gated(call, deadline_ns ? deadline_ns : loop_deadline(timeout_ns));
}

/* Of a call that waits, in a program with threads: another may gate meanwhile. 0: not yet known. */
static uint64_t deadline_if_threads(int64_t timeout_ns)
{
    return timeout_ns > 0 && rl_has_threads() ? loop_deadline(timeout_ns) : 0;
}

/* Returns whether that is all, or is to be waited for anew: all of it is hidden. */
static bool is_seen(const struct epoll_call *call, int *told)
{
    if (*told > 0)
        *told = sets_filter(call->set, call->events, *told);
    else
        return true;
    return *told != 0;
}

enum { NS_OF_MS = 1000000 };

int epoll_wait(int set, struct epoll_event *events, int most, int timeout)
{
    if (!loop_on)
        return REAL(epoll_wait)(set, events, most, timeout);
    struct epoll_call call = {.set = set, .most = most, .events = events};
    int64_t timeout_ns = timeout * (int64_t)NS_OF_MS;
    uint64_t deadline_ns = deadline_if_threads(timeout_ns);
    if (loop_enter(set)) {
        int told = REAL(epoll_wait)(set, events, most, timeout);
        loop_leave(set);
        if (is_seen(&call, &told))
            return told;
    }
    return epoll_with_gates(&call, timeout_ns, deadline_ns);
}

int epoll_pwait(int set, struct epoll_event *events, int most, int timeout, const sigset_t *mask)
{
    if (!loop_on)
        return REAL(epoll_pwait)(set, events, most, timeout, mask);
    struct epoll_call call = {.set = set, .most = most, .events = events, .mask = mask};
    int64_t timeout_ns = timeout * (int64_t)NS_OF_MS;
    uint64_t deadline_ns = deadline_if_threads(timeout_ns);
    if (loop_enter(set)) {
        int told = REAL(epoll_pwait)(set, events, most, timeout, mask);
        loop_leave(set);
        if (is_seen(&call, &told))
            return told;
    }
    return epoll_with_gates(&call, timeout_ns, deadline_ns);
}

int epoll_pwait2(int set, struct epoll_event *events, int most, const struct timespec *timeout,
                 const sigset_t *mask)
{
    if (!loop_on || !loop_is_time(timeout))
        return REAL(epoll_pwait2)(set, events, most, timeout, mask);
    struct epoll_call call = {.set = set, .most = most, .events = events, .mask = mask};
    uint64_t deadline_ns = timeout && rl_has_threads() ? loop_deadline_of(timeout) : 0;
    if (loop_enter(set)) {
        int told = REAL(epoll_pwait2)(set, events, most, timeout, mask);
        loop_leave(set);
        if (is_seen(&call, &told))
            return told;
    }
    return epoll_with_gates(&call, -1, deadline_ns ? deadline_ns : loop_deadline_of(timeout));
}
