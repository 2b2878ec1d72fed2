/* wait.h - the clock, and sleeping until an instant of it. */
#ifndef WAIT_H
#define WAIT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * rl_sleep_until - sleep until an instant, ns of CLOCK_MONOTONIC; not at all if it is past.
 * signals: NULL, or the kernel's signal mask to sleep with, for a caller that has blocked signals
 * so that none goes unnoticed. Signals act as on a blocked send(2): after a handler with SA_RESTART
 * the sleep goes on, after any other it ends; with RL_NO_RESTART in flags, or such signals, it ends
 * after any, and after SIGSTOP and SIGCONT, as a send does that has a timeout or a count to return.
 * A cancellation point, but with RL_NO_CANCEL. RL_PLAINLY: see rl.h. errno is left alone. Returns
 * 0, or EINTR.
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

/*
 * rl_poll_until - wait until poll(2) reports any of these events, or that a descriptor is broken.
 * Any handler ends it, and SIGSTOP and SIGCONT. Else as rl_sleep_until. Returns 0, EINTR, or
 * ETIMEDOUT.
 */
int rl_poll_until(int fd, short events, uint64_t instant_ns, unsigned flags,
                  const uint64_t *signals);

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
