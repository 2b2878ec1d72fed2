/* select.c - select and pselect. See waiting.h. */
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include "algo.h"
#include "loop.h"
#include "readable.h"
#include "readiness.h"
#include "real.h"
#include "wait.h"
#include "waiting.h"
#include "zeroes.h"

/* As the kernel sees a set, however large: an array of words. */
enum { READABLE, WRITABLE, EXCEPTIONAL, SETS, BITS = 64, FEW = 1024 };
typedef uint64_t word;

struct sets {
    int count; /* descriptors below that */
    word *of[SETS];
    const struct loop_wait *wait;
};

static size_t words(int count)
{
    return ((size_t)count + BITS - 1) / BITS;
}

static long select_in_kernel(void *argument)
{
    const struct sets *sets = argument;
    return REAL(pselect)(sets->count, (fd_set *)sets->of[READABLE], (fd_set *)sets->of[WRITABLE],
                         (fd_set *)sets->of[EXCEPTIONAL], sets->wait->timeout,
                         (const sigset_t *)sets->wait->mask);
}

/* What is hidden of those in a set is taken out. Returns how many are left. */
static long hide(word *set, int count, unsigned events)
{
    long left = 0;
    for (size_t i = 0; set && i < words(count); i++) {
        for (word rest = set[i]; rest; rest &= rest - 1) {
            int bit = __builtin_ctzll(rest), fd = (int)(i * BITS) + bit;
            if (fd < count && (loop_hidden(fd) & events))
                set[i] &= ~((word)1 << bit);
            else
                left += fd < count;
        }
    }
    return left;
}

static long hide_all(struct sets *sets)
{
    return hide(sets->of[READABLE], sets->count, POLLIN) +
           hide(sets->of[WRITABLE], sets->count, POLLOUT) +
           hide(sets->of[EXCEPTIONAL], sets->count, POLLPRI);
}

static void copy_all(const struct sets *to, const struct sets *from)
{
    for (int i = 0; i < SETS; i++)
        if (from->of[i])
            memcpy(to->of[i], from->of[i], words(from->count) * sizeof(word));
}

/* The program's sets say what is asked for, until the result is there. */
static long select_part(struct sets *program, word *room, struct loop_wait *wait)
{
    struct sets copy = {.count = program->count, .wait = wait};
    for (int i = 0; i < SETS; i++)
        copy.of[i] = program->of[i] ? room + (size_t)i * words(program->count) : NULL;
    copy_all(&copy, program);
    hide_all(&copy);
    long told = loop_in_kernel(wait, select_in_kernel, &copy);
    if (told > 0 && loop_any_closed())
        told = hide_all(&copy);
    if (told > 0)
        copy_all(program, &copy);
    return told;
}

__attribute__((noinline)) static long select_few(struct sets *program, struct loop_wait *wait)
{
    word room[SETS * FEW / BITS];
    return select_part(program, room, wait);
}

__attribute__((noinline)) static long select_many(struct sets *program, struct loop_wait *wait)
{
    size_t bytes = SETS * words(program->count) * sizeof(word);
    word *room = zeroes_map(bytes);
    if (!room) {
        errno = ENOMEM;
        return -1;
    }
    long result = select_part(program, room, wait);
    zeroes_unmap(room, bytes);
    return result;
}

/* What there is now: those who have much to do need not wait in parts. */
static long select_now(struct sets *program, const void *mask)
{
    static struct timespec at_once;
    struct loop_wait wait = {.deadline_ns = RL_FOREVER, .mask = mask, .timeout = &at_once};
    loop_catch_up();
    return program->count <= FEW ? select_few(program, &wait) : 0;
}

__attribute__((noinline)) static long select_gated(struct sets *program, uint64_t deadline_ns,
                                                   const void *mask)
{
    struct loop_wait wait;
    long seen = select_now(program, mask);
    if (seen != 0)
        return seen;
    loop_begin(&wait, -1, deadline_ns, mask);
    while (loop_goes_on(&wait))
        wait.result =
            program->count <= FEW ? select_few(program, &wait) : select_many(program, &wait);
    for (int i = 0; i < SETS && wait.result == 0; i++)
        if (program->of[i])
            memset(program->of[i], 0, words(program->count) * sizeof(word));
    return loop_end(&wait);
}

static bool are_sets(const struct sets *sets)
{
    enum { MOST = 1 << 24 };
    for (int i = 0; i < SETS; i++)
        if (sets->of[i] && !is_readable(sets->of[i], words(sets->count) * sizeof(word)))
            return false;
    return sets->count >= 0 && sets->count <= MOST;
}

/* False: the kernel would not take it. */
static bool as_timespec(const struct timeval *timeout, struct timespec *time)
{
    if (!is_readable(timeout, sizeof *timeout) || timeout->tv_sec < 0 || timeout->tv_usec < 0)
        return false;
    time->tv_sec = timeout->tv_sec + timeout->tv_usec / 1000000;
    time->tv_nsec = timeout->tv_usec % 1000000 * 1000;
    return true;
}

/* Linux says in the timeout what is left of it; musl keeps that to itself. */
static void tell_rest(struct timeval *timeout, uint64_t deadline_ns)
{
#ifdef __GLIBC__
    struct timespec rest;
    loop_rest(deadline_ns, &rest);
    timeout->tv_sec = rest.tv_sec;
    timeout->tv_usec = rest.tv_nsec / 1000;
#else
    (void)timeout;
    (void)deadline_ns;
#endif
}

int select(int count, fd_set *readable, fd_set *writable, fd_set *exceptional,
           struct timeval *timeout)
{
    struct sets sets = {count, {(word *)readable, (word *)writable, (word *)exceptional}, NULL};
    struct timespec time;
    /* What another thread gates meanwhile is told: the sets are written over. */
    if (loop_on && loop_enter(-1)) {
        int told = REAL(select)(count, readable, writable, exceptional, timeout);
        loop_leave(-1);
        return told;
    }
    if (!loop_on || !are_sets(&sets) || (timeout && !as_timespec(timeout, &time)))
        return REAL(select)(count, readable, writable, exceptional, timeout);
    uint64_t deadline_ns = loop_deadline_of(timeout ? &time : NULL);
    int result = (int)select_gated(&sets, deadline_ns, NULL);
    if (timeout)
        tell_rest(timeout, deadline_ns);
    return result;
}

int pselect(int count, fd_set *readable, fd_set *writable, fd_set *exceptional,
            const struct timespec *timeout, const sigset_t *mask)
{
    struct sets sets = {count, {(word *)readable, (word *)writable, (word *)exceptional}, NULL};
    if (loop_on && loop_enter(-1)) {
        int told = REAL(pselect)(count, readable, writable, exceptional, timeout, mask);
        loop_leave(-1);
        return told;
    }
    if (!loop_on || !are_sets(&sets) || !loop_is_time(timeout))
        return REAL(pselect)(count, readable, writable, exceptional, timeout, mask);
    return (int)select_gated(&sets, loop_deadline_of(timeout), mask);
}

long pselect6_by_number(int count, void *readable, void *writable, void *exceptional,
                        struct timespec *timeout, void *argument)
{
    struct sets sets = {count, {readable, writable, exceptional}, NULL};
    const struct {
        const void *mask;
        size_t size;
    } *of = argument;
    bool is_as_by_name =
        loop_is_time(timeout) &&
        (!of || (is_readable(of, sizeof *of) && (!of->mask || of->size == sizeof(uint64_t))));
    if (loop_on)
        loop_is_asked();
    if (!loop_any_closed() || !are_sets(&sets) || !is_as_by_name)
        return REAL(syscall)(SYS_pselect6, count, readable, writable, exceptional, timeout,
                             argument);
    uint64_t deadline_ns = loop_deadline_of(timeout);
    long result = select_gated(&sets, deadline_ns, of ? of->mask : NULL);
    if (timeout)
        loop_rest(deadline_ns, timeout);
    return result;
}

ALIAS_OF(__select, select);
