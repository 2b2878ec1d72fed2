/*
 * waits.h - each call that waits for readiness, by name and by number, in the shape of poll(2).
 *
 * A program that has the loop of one has that of all: what differs is only who is asked. Those that
 * the C library has not are called by number, so that a twin prints the same everywhere.
 */
#ifndef WAITS_H
#define WAITS_H

#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>

#include "twin.h"

#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

/* What fortified programs, and libc's own parts, call: not in all C libraries, nor in headers. */
extern int __poll(struct pollfd *, nfds_t, int) __attribute__((weak));
extern int __poll_chk(struct pollfd *, nfds_t, int, size_t) __attribute__((weak));
extern int __ppoll_chk(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *, size_t)
    __attribute__((weak));
extern int __select(int, fd_set *, fd_set *, fd_set *, struct timeval *) __attribute__((weak));
extern int epoll_pwait2(int, struct epoll_event *, int, const struct timespec *, const sigset_t *)
    __attribute__((weak));

enum { MASK_BYTES = 8 }; /* of the kernel's signal masks */

/* How to wait for at most so many milliseconds, or without end if negative. */
struct wait {
    const char *name;
    int (*wait)(struct pollfd *wanted, nfds_t count, int milliseconds, const sigset_t *mask);
    bool takes_mask, is_epoll;
};

struct moment {
    struct timespec time;
};

/* NULL: without end. */
static inline struct timespec *until(struct moment *moment, int milliseconds)
{
    moment->time = (struct timespec){milliseconds / 1000, milliseconds % 1000 * 1000000L};
    return milliseconds < 0 ? NULL : &moment->time;
}

#define WAIT(name)                                                                                 \
    static inline int name(struct pollfd *wanted, nfds_t count, int milliseconds,                  \
                           const sigset_t *mask)

WAIT(by_poll)
{
    (void)mask;
    return poll(wanted, count, milliseconds);
}

WAIT(by_other_poll)
{
    (void)mask;
    return __poll ? __poll(wanted, count, milliseconds) : poll(wanted, count, milliseconds);
}

WAIT(by_checked_poll)
{
    (void)mask;
    return __poll_chk ? __poll_chk(wanted, count, milliseconds, count * sizeof *wanted)
                      : poll(wanted, count, milliseconds);
}

WAIT(by_ppoll)
{
    struct moment moment;
    return ppoll(wanted, count, until(&moment, milliseconds), mask);
}

WAIT(by_checked_ppoll)
{
    struct moment moment;
    const struct timespec *end = until(&moment, milliseconds);
    return __ppoll_chk ? __ppoll_chk(wanted, count, end, mask, count * sizeof *wanted)
                       : ppoll(wanted, count, end, mask);
}

WAIT(by_number_poll)
{
    (void)mask;
#ifdef SYS_poll
    return (int)syscall(SYS_poll, wanted, count, milliseconds);
#else
    return poll(wanted, count, milliseconds);
#endif
}

WAIT(by_number_ppoll)
{
    struct moment moment;
    return (int)syscall(SYS_ppoll, wanted, count, until(&moment, milliseconds), mask,
                        (size_t)MASK_BYTES);
}

/* Sets of a program's own, beyond FD_SETSIZE. */
enum { WIDE = 4096, WORD = 8 * sizeof(long) };

struct wide {
    unsigned long words[WIDE / WORD];
};

static inline fd_set *wide_set(struct wide *wide)
{
    return (fd_set *)(void *)wide->words;
}

static inline void wide_add(struct wide *wide, int fd)
{
    wide->words[fd / WORD] |= 1ul << fd % WORD;
}

static inline bool wide_has(const struct wide *wide, int fd)
{
    return wide->words[fd / WORD] >> fd % WORD & 1;
}

/* The sets are those of `wanted` before the call, and afterwards its results. */
struct selection {
    struct wide in, out, except;
    int beyond;
    struct timeval time;
};

static inline void selection_of(struct selection *sets, const struct pollfd *wanted, nfds_t count,
                                int milliseconds)
{
    *sets = (struct selection){.time = {milliseconds / 1000, milliseconds % 1000 * 1000L}};
    for (nfds_t i = 0; i < count; i++) {
        if (wanted[i].fd < 0)
            continue;
        if (wanted[i].events & (POLLIN | POLLRDHUP))
            wide_add(&sets->in, wanted[i].fd);
        if (wanted[i].events & POLLOUT)
            wide_add(&sets->out, wanted[i].fd);
        if (wanted[i].events & POLLPRI)
            wide_add(&sets->except, wanted[i].fd);
        if (wanted[i].fd >= sets->beyond)
            sets->beyond = wanted[i].fd + 1;
    }
}

static inline int selected_of(const struct selection *sets, struct pollfd *wanted, nfds_t count,
                              int result)
{
    int ready = 0;
    if (result < 0)
        return result;
    for (nfds_t i = 0; i < count; i++) {
        wanted[i].revents = 0;
        if (wanted[i].fd < 0)
            continue;
        if (wide_has(&sets->in, wanted[i].fd))
            wanted[i].revents |= POLLIN;
        if (wide_has(&sets->out, wanted[i].fd))
            wanted[i].revents |= POLLOUT;
        if (wide_has(&sets->except, wanted[i].fd))
            wanted[i].revents |= POLLPRI;
        ready += wanted[i].revents != 0;
    }
    return ready;
}

#define SELECT(name, call)                                                                         \
    WAIT(name)                                                                                     \
    {                                                                                              \
        struct selection sets;                                                                     \
        struct moment moment;                                                                      \
        selection_of(&sets, wanted, count, milliseconds);                                          \
        struct timeval *time = milliseconds < 0 ? NULL : &sets.time;                               \
        const struct timespec *end = until(&moment, milliseconds);                                 \
        fd_set *in = wide_set(&sets.in), *out = wide_set(&sets.out);                               \
        fd_set *except = wide_set(&sets.except);                                                   \
        (void)time;                                                                                \
        (void)end;                                                                                 \
        (void)mask;                                                                                \
        int result = (int)(call);                                                                  \
        return selected_of(&sets, wanted, count, result);                                          \
    }

struct mask_and_size {
    const sigset_t *mask;
    size_t size;
};

SELECT(by_select, select(sets.beyond, in, out, except, time))
SELECT(by_other_select, __select ? __select(sets.beyond, in, out, except, time)
                                 : select(sets.beyond, in, out, except, time))
SELECT(by_pselect, pselect(sets.beyond, in, out, except, end, mask))
#ifdef SYS_select
SELECT(by_number_select, syscall(SYS_select, sets.beyond, in, out, except, time))
#else
SELECT(by_number_select, select(sets.beyond, in, out, except, time))
#endif
SELECT(by_number_pselect, syscall(SYS_pselect6, sets.beyond, in, out, except, end,
                                  &((struct mask_and_size){mask, MASK_BYTES})))

/* One set for one loop: what is wanted of whom is kept in it, and changed when that changes. */
enum { MOST = 16 };

static struct {
    int set, other;   /* another number of it, or a set around it */
    uint32_t trigger; /* EPOLLET and the like; EPOLLONESHOT is armed again in each wait */
    nfds_t count;
    short events[MOST];
} kept;

/* Afterwards the next loop begins anew. */
static inline void wait_end(void)
{
    if (kept.count > 0)
        close(kept.set);
    if (kept.other > 0)
        close(kept.other);
    kept.count = 0;
    kept.other = 0;
}

static inline int kept_set(const struct pollfd *wanted, nfds_t count)
{
    if (kept.count == 0)
        kept.set = MUST(epoll_create1(EPOLL_CLOEXEC));
    for (nfds_t i = 0; i < count; i++) {
        struct epoll_event event = {.events = (uint16_t)wanted[i].events | kept.trigger,
                                    .data.u64 = i};
        bool armed = i < kept.count && kept.events[i] == wanted[i].events;
        if (wanted[i].fd >= 0 && (!armed || (kept.trigger & EPOLLONESHOT)))
            MUST(epoll_ctl(kept.set, i >= kept.count ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, wanted[i].fd,
                           &event));
        kept.events[i] = wanted[i].events;
    }
    if (count > kept.count)
        kept.count = count;
    return kept.set;
}

static inline int came(const struct epoll_event *events, struct pollfd *wanted, nfds_t count,
                       int result)
{
    for (nfds_t i = 0; i < count && result >= 0; i++)
        wanted[i].revents = 0;
    for (int i = 0; i < result; i++)
        wanted[events[i].data.u64].revents = (short)events[i].events;
    return result;
}

#define EPOLL(name, call)                                                                          \
    WAIT(name)                                                                                     \
    {                                                                                              \
        struct epoll_event events[MOST];                                                           \
        struct moment moment;                                                                      \
        const struct timespec *end = until(&moment, milliseconds);                                 \
        int set = kept_set(wanted, count);                                                         \
        (void)end;                                                                                 \
        (void)mask;                                                                                \
        return came(events, wanted, count, (int)(call));                                           \
    }

EPOLL(by_epoll_wait, epoll_wait(set, events, MOST, milliseconds))
EPOLL(by_epoll_pwait, epoll_pwait(set, events, MOST, milliseconds, mask))
#ifdef SYS_epoll_wait
EPOLL(by_number_epoll_wait, syscall(SYS_epoll_wait, set, events, MOST, milliseconds))
#else
EPOLL(by_number_epoll_wait, epoll_wait(set, events, MOST, milliseconds))
#endif
EPOLL(by_number_epoll_pwait,
      syscall(SYS_epoll_pwait, set, events, MOST, milliseconds, mask, (size_t)MASK_BYTES))
EPOLL(by_number_epoll_pwait2,
      syscall(SYS_epoll_pwait2, set, events, MOST, end, mask, (size_t)MASK_BYTES))
EPOLL(by_epoll_pwait2,
      epoll_pwait2 ? epoll_pwait2(set, events, MOST, end, mask)
                   : syscall(SYS_epoll_pwait2, set, events, MOST, end, mask, (size_t)MASK_BYTES))

static const struct wait waits[] = {
    {"poll", by_poll, false, false},
    {"__poll", by_other_poll, false, false},
    {"__poll_chk", by_checked_poll, false, false},
    {"ppoll", by_ppoll, true, false},
    {"__ppoll_chk", by_checked_ppoll, true, false},
    {"poll by number", by_number_poll, false, false},
    {"ppoll by number", by_number_ppoll, true, false},
    {"select", by_select, false, false},
    {"__select", by_other_select, false, false},
    {"pselect", by_pselect, true, false},
    {"select by number", by_number_select, false, false},
    {"pselect6 by number", by_number_pselect, true, false},
    {"epoll_wait", by_epoll_wait, false, true},
    {"epoll_pwait", by_epoll_pwait, true, true},
    {"epoll_pwait2", by_epoll_pwait2, true, true},
    {"epoll_wait by number", by_number_epoll_wait, false, true},
    {"epoll_pwait by number", by_number_epoll_pwait, true, true},
    {"epoll_pwait2 by number", by_number_epoll_pwait2, true, true},
};

enum {
    FIRST_POLL = 0,
    FIRST_SELECT = 7,
    FIRST_EPOLL = 12,
    ALL_WAITS = sizeof waits / sizeof *waits
};

#endif
