/* wait.h - the clock, and sleeping until an instant of it. */
#ifndef WAIT_H
#define WAIT_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/*
 * rl_sleep_until - sleep until an instant, ns of CLOCK_MONOTONIC; not at all if it is past.
 * signals: NULL, or the kernel's signal mask to sleep with, for a caller that has blocked signals
 * so that none goes unnoticed; any handler ends such a sleep. Signals act as on a blocked send(2):
 * after a handler with SA_RESTART the sleep goes on, after any other it ends; with RL_NO_RESTART in
 * flags, it ends after any. A cancellation point, but with RL_NO_CANCEL. RL_PLAINLY: see rl.h.
 * errno is left alone. Returns 0, or EINTR.
 */
int rl_sleep_until(uint64_t instant_ns, unsigned flags, const uint64_t *signals);

/*
 * rl_sleep_unless - likewise, but no longer than a word has that value: who changes it, and then
 * calls rl_wake, ends the sleep of all. rl_can_be_woken - whether they can end one with such flags
 * and signals, by what is known of the kernel.
 */
int rl_sleep_unless(const uint32_t *word, uint32_t value, uint64_t instant_ns, unsigned flags,
                    const uint64_t *signals);
void rl_wake(const uint32_t *word);
bool rl_can_be_woken(unsigned flags, const uint64_t *signals);

/* rl_deferrable - what a caller with such a mask may block: not the signals that tell of what the
 * thread itself did wrong, nor those of libc. He disables cancellation as well: where he waits
 * without RL_NO_CANCEL, it is enabled. */
extern const uint64_t rl_deferrable;

/*
 * rl_poll_until - wait until poll(2) reports any of these events, or that a descriptor is broken.
 * Any handler ends it. Else as rl_sleep_until. Returns 0, EINTR, or ETIMEDOUT.
 */
int rl_poll_until(int fd, short events, uint64_t instant_ns, unsigned flags,
                  const uint64_t *signals);

/*
 * rl_cancellable - call(argument), which waits in a function of libc that is a cancellation point,
 * for a caller who has blocked rl_deferrable and disabled cancellation. signals: the mask of the
 * program, with which its cleanup handlers run. Returns the same, and errno is what it left.
 */
long rl_cancellable(long (*call)(void *argument), void *argument, const uint64_t *signals);

/* rl_ppoll - ppoll(2) of libc. Where that is intercepted, it is to be set to what stands behind. */
typedef int rl_ppoll_function(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
                              const sigset_t *mask);
extern rl_ppoll_function *rl_ppoll;

/*
 * rl_clock_ahead_ns - by how much the CLOCK_MONOTONIC of this process is ahead of that of those it
 * shares limits with, as in a time namespace (time_namespaces(7)). All instants here are of theirs.
 * To be set before any is asked for, or in a child.
 */
extern int64_t rl_clock_ahead_ns;

/* rl_each_look - called by each look at the line, with the present; NULL: nothing is. To be set
 * before. */
extern void (*rl_each_look)(uint64_t now_ns);

/* rl_recently - what rl_now() was, some milliseconds ago at most, at a fifth of the cost. */
uint64_t rl_recently(void);

#endif
