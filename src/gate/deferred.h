/*
 * deferred.h - a connect that has not begun, though the program was told that it is in progress.
 *
 * A connect that does not wait, and does not conform, has its place in line as any other call
 * (ticket.h). It fails with EINPROGRESS at once, and is made at its instant. Until then the socket
 * is as one whose handshake takes long: no readiness call tells of it. What a socket without an
 * attempt would answer otherwise (send(2), getsockname(2)) is held until the attempt is made.
 */
#ifndef DEFERRED_H
#define DEFERRED_H

#include "loop.h"
#include "passage.h"

/* deferred_can_be - whether this connect can: of an address that can be kept, in a process that has
 * asked for readiness before. */
bool deferred_can_be(const struct passage *passage);

/* deferred_note - it is, if it can be: to be called before gate_wait. False: there is no memory. */
bool deferred_note(const struct passage *passage);

/* deferred_is - whether the connect of a socket is deferred. */
bool deferred_is(int fd);

/* deferred_any - whether any is. */
static inline bool deferred_any(void)
{
    return __builtin_expect(__atomic_load_n(&loop_closed_connects, __ATOMIC_RELAXED) != 0, 0);
}

/* deferred_await - hold the caller until it is made. flags: 0, or RL_NO_CANCEL. Leaves errno alone.
 */
void deferred_await(int fd, unsigned flags);

/* deferred_error - why it failed at once, if it did, which is told only once; else 0. */
int deferred_error(int fd);

/* deferred_ask - see loop_ask: whether it is its turn, after rl_look said `error`; then its units
 * are taken. deferred_connect - make it then. */
uint64_t deferred_ask(int fd, unsigned limits, struct rl_wait *wait, int error);
void deferred_connect(int fd);

/*
 * deferred_make_all - now, whatever it may cost: nobody would make them later. deferred_before_fork
 * - sockets may live on in a child. deferred_hasten - of a number that is closed: make it now, if
 * its socket may.
 */
void deferred_make_all(void);
void deferred_before_fork(void);
void deferred_hasten(int fd, bool has_other_numbers);

/* deferred_drop - the number is about to mean something else. */
void deferred_drop(int fd);

#endif
