/*
 * signals.h - of a thread that waits in parts: none of its signals goes unnoticed between two of
 * them, and it can be cancelled only while it waits.
 */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <stdint.h>

/*
 * rl_block_signals - of the calling thread, for it to wait with the mask that it had: all but those
 * that tell of what the thread itself did wrong, those of libc, and those that are ignored:
 * blocked, such a one would be kept, and end the next wait. But of SIGCONT, which tells of a stop
 * in between, that is wanted. *signals: where the mask goes that it had. The caller disables
 * cancellation as well: where he waits without RL_NO_CANCEL, it is enabled.
 *
 * rl_restore_signals - that mask again. What a handler has taken out of the mask that it returns to
 * (sigaction(2), uc_sigmask) is taken out of it, too; what it has put in cannot be told from what
 * is blocked here.
 */
void rl_block_signals(uint64_t *signals);
void rl_restore_signals(const uint64_t *signals);

/*
 * rl_cancellable - call(argument), which waits at a cancellation point, for a caller who has
 * blocked signals so, and disabled cancellation. signals: the mask of the program, with which its
 * cleanup handlers run. Returns the same, and errno is what it left.
 */
long rl_cancellable(long (*call)(void *argument), void *argument, const uint64_t *signals);

/*
 * rl_enable_cancellation - for good, of such a caller who could be cancelled: before
 * rl_restore_signals, since a handler that runs there may leave by siglongjmp(3).
 */
void rl_enable_cancellation(const uint64_t *signals);

#endif
