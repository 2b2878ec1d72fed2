/*
 * receive.h - calls that receive, which know their amount only afterwards. See gate.h.
 *
 * A receive that conforms is made, and then charged for what it got; should others have been faster
 * meanwhile, it returns only when that conforms. One that does not conform takes its place in line
 * for a piece, as a send does, and what it does not get of it is refunded. But where nothing is
 * there to be received, nothing is held back: the call is made at once, may wait for it as long as
 * it likes, and is charged afterwards.
 */
#ifndef RECEIVE_H
#define RECEIVE_H

#include "passage.h"

/*
 * gate_idle - before a call that may wait for something to receive, after gate_look, whatever that
 * returned: while a connect is deferred, nobody else may be there to make it, and what comes may
 * come of it. So it waits here until there is something, or all are made. Returns 0, EINTR or
 * EAGAIN as gate_wait.
 */
int gate_idle(struct gate *gate);

/* gate_await - the wait before the call; returns as gate_wait. Of a call that receives from anyone,
 * for the limits that have no `to` list. */
int gate_await(struct gate *gate);

/* gate_received_from - from whom it came, to the socket fd, which decides on the limits that have a
 * `to` or `local` list. room: that there was for the address, which is cut off where it is longer;
 * 0: it is not told. */
void gate_received_from(struct gate *gate, int fd, const struct sockaddr *from, socklen_t room,
                        socklen_t length);

/* gate_charge - after the call, for bytes that were received. No signal ends it: they are the
 * program's. gate_charge_nothing - after one that failed. */
void gate_charge(struct gate *gate, size_t bytes);
void gate_charge_nothing(struct gate *gate);

/*
 * gate_receive - make a call of the recv and read families; returns as the real call would.
 * from, from_length: where the call will say from whom it is, or NULL.
 * gate_listen - look at what it got: names may have been resolved, requests answered. Returns
 * `got`.
 * Inline, for the one to be off the stack when the other is called.
 */
ssize_t gate_receive_only(const struct passage *passage, const struct sockaddr *from,
                          const socklen_t *from_length);
ssize_t gate_listen(const struct passage *passage, ssize_t got, const struct sockaddr *from,
                    const socklen_t *from_length);
__attribute__((always_inline)) static inline ssize_t gate_receive(const struct passage *passage,
                                                                  const struct sockaddr *from,
                                                                  const socklen_t *from_length)
{
    ssize_t got = gate_receive_only(passage, from, from_length);
    if (got >= 0 && (shim_limits_of(passage->family) & LISTENS))
        return gate_listen(passage, got, from, from_length);
    return got;
}

#endif
