/*
 * waiting.h - a readiness call while gates are closed: it waits in parts, until the program's
 * timeout, and opens what is due in between.
 *
 *     struct loop_wait wait;
 *     loop_begin(&wait, set, deadline_ns, mask);
 *     while (loop_goes_on(&wait))
 *         wait.result = ... loop_in_kernel(&wait, call, argument) ...
 *     loop_end(&wait);
 *
 * A signal that comes in between is not missed: they are blocked but for the time in the kernel.
 */
#ifndef WAITING_H
#define WAITING_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "loop.h"
#include "threads.h"

struct loop_wait {
    uint64_t deadline_ns;     /* RL_FOREVER: none */
    uint64_t signals;         /* the program's mask */
    const uint64_t *mask;     /* to wait with: that, or what the call names */
    struct timespec rest;     /* how long this part may last */
    struct timespec *timeout; /* that, or NULL: as long as it likes */
    int set;                  /* to count those who wait (sets.h) */
    bool counted;
    bool begun;   /* a part was made */
    bool cancels; /* the thread may be cancelled */
    long result;  /* of the last part: nothing if 0 */
};

/* loop_waiting_forked - in a child no other thread waits. */
void loop_waiting_forked(void);

/* loop_is_asked - there is a readiness call, or a set for one. loop_note_asked - one while gates
 * are closed: see loop_asked. */
void loop_is_asked(void);
void loop_note_asked(void);

/*
 * loop_enter, loop_leave - around a readiness call that is made as it is: another thread, if there
 * are any, may close a gate meanwhile. loop_enter is false if any is closed already. They are
 * inline, since each return after a system call is dear (gate.h).
 */
bool loop_enter_with_threads(int set);
void loop_leave_with_threads(int set);

static inline bool loop_enter(int set)
{
    if (!loop_was_asked())
        loop_is_asked();
    return rl_has_threads() ? loop_enter_with_threads(set) : !loop_any_closed();
}

static inline void loop_leave(int set)
{
    if (__builtin_expect(rl_has_threads(), 0))
        loop_leave_with_threads(set);
}

/* loop_deadline - of a timeout that begins now; negative, or of no time: none. loop_rest - what is
 * left of it. loop_is_time - whether the kernel takes it for one, or there is none. */
uint64_t loop_deadline(int64_t timeout_ns);
uint64_t loop_deadline_of(const struct timespec *timeout);
void loop_rest(uint64_t deadline_ns, struct timespec *rest);
bool loop_is_time(const struct timespec *timeout);

/* loop_begin - set: the epoll set, or -1. mask: NULL, or the signal mask that the call names. */
void loop_begin(struct loop_wait *wait, int set, uint64_t deadline_ns, const void *mask);

/* loop_goes_on - open what is due, and say how long the next part may last. False: the result is
 * there. */
bool loop_goes_on(struct loop_wait *wait);

/* loop_again - the same part, that was over for nothing: how long it may last still. A gate may
 * have been closed meanwhile, by another thread. */
void loop_again(struct loop_wait *wait);

/* loop_anew - likewise, and there is more to be looked at, whatever the time. */
void loop_anew(struct loop_wait *wait);

/* loop_in_kernel - call(argument) returns as a system call of libc, a cancellation point. Returns
 * the same, with errno. */
long loop_in_kernel(const struct loop_wait *wait, long (*call)(void *argument), void *argument);

/* loop_end - as it was before; returns the result. */
long loop_end(struct loop_wait *wait);

#endif
