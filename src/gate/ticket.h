/*
 * ticket.h - a call that does not wait: its place in line outlives it. See loop.h.
 *
 * Such a call, where it does not conform, takes a place in the line as one does that is held, for
 * one piece; then it fails with EAGAIN, and its descriptor is gated until its turn. The ticket is
 * what is kept meanwhile, of each direction of each descriptor. The call that comes then, and
 * conforms, goes as of when the first one came.
 */
#ifndef TICKET_H
#define TICKET_H

#include "loop.h"
#include "passage.h"

/* ticket_start - which limits gate is known. */
void ticket_start(void);

/* ticket_is_for - whether this call is to be gated rather than held. After gate_begin. */
bool ticket_is_for(const struct gate *gate);

/* ticket_direction - which of a descriptor's gates a call waits at. */
enum gate_of ticket_direction(const struct gate *gate);

/* ticket_is_blocking - whether one of these limits is to hold calls that do not wait, too. */
bool ticket_is_blocking(unsigned limits);

/*
 * ticket_wait - gate_wait of such a call. Returns 0; EAGAIN: gate->gated, or refused by a limit in
 * police mode; ETIMEDOUT, EOVERFLOW as gate_wait; or EBUSY: it can't be gated, or came again and
 * again without asking for readiness, and is to be held.
 */
int ticket_wait(struct gate *gate);

/* ticket_abandon - a deferred connect is not to be made. */
void ticket_abandon(int fd);

/* ticket_spins - note that a call which is gated came again; whether it did so too often. */
bool ticket_spins(int fd, enum gate_of of);

/* ticket_tell - tell anew that a descriptor is ready, as soon as that is asked. */
void ticket_tell(const struct gate *gate);

/* ticket_claims - the claims of a call that is gated, into a gate. False: there is none. */
bool ticket_claims(int fd, enum gate_of of, struct gate *gate);

/* gate_open_all - nothing is gated any more, and what was deferred is made, whatever it costs:
 * before an exec, and in a sandbox. gate_before_fork - the child has the same epoll sets; but what
 * is deferred stays the parent's to make. They leave errno alone. */
void gate_open_all(void);
void gate_before_fork(void);

/* gate_forked - in a child: gates, places and deferred connects are its parent's. */
void gate_forked(void);

#endif
