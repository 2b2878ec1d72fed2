/* hold.h - making a call that must wait. See gate.h. */
#ifndef HOLD_H
#define HOLD_H

#include "passage.h"

/* gate_hold - after gate_enter was false: make the call, in pieces if it must be; returns as the
 * real call would. */
ssize_t gate_hold(struct gate *gate);

/*
 * A call that waits, and has begun to go, is not to wait in the kernel (see gate_hold):
 *
 * gate_go_flags - how to make the real call then: MSG_DONTWAIT. gate_wait_for_kernel - instead,
 * wait for one of these events, as poll(2) reports them. Returns 0, or EINTR, or EAGAIN after the
 * timeout of the socket.
 *
 * gate_block_signals - from now on, until gate_restore_signals: they come while it waits, and are
 * seen.
 */
int gate_go_flags(const struct gate *gate);
int gate_wait_for_kernel(struct gate *gate, short events);
void gate_block_signals(struct gate *gate);
void gate_restore_signals(struct gate *gate);

#endif
