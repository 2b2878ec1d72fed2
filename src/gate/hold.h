/* hold.h - a call that must wait. See gate.h. */
#ifndef HOLD_H
#define HOLD_H

#include "passage.h"

/*
 * gate_wait - hold the call until it is its turn, and take gate->bytes, or a piece of them:
 * gate->bytes then is less. Returns 0, or the errno value that the call ends with: EINTR after a
 * signal; EAGAIN after SO_SNDTIMEO or SO_RCVTIMEO, or, in police mode, at once (see `policed`);
 * ETIMEDOUT after RL_TIMEOUT; EBADF if the descriptor was closed meanwhile, or its connection.
 * Nothing is taken then.
 */
int gate_wait(struct gate *gate);

/* gate_hold - after gate_enter was false: make the call, in pieces if it must be; returns as the
 * real call would. */
ssize_t gate_hold(struct gate *gate);

/* gate_begin - find out what the call is to feel like: it has to wait, or is not over with its
 * first piece. False: what the number means is no socket any more. */
bool gate_begin(struct gate *gate);

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

/* gate_same_socket - whether the descriptor still is the socket of a call that was held. Another
 * thread may have closed the number meanwhile, and opened it anew; or shut the process in, where
 * that is not asked. */
bool gate_same_socket(const struct gate *gate);

/* gate_timeout - the longest hold that the limits allow, ns; RL_FOREVER: any. */
uint64_t gate_timeout(const struct gate *gate);

/* gate_cut_piece - make gate->bytes what may pass at a time. now_ns: the present. */
void gate_cut_piece(struct gate *gate, uint64_t now_ns);

/* gate_hung_up - whether a connection is closed in both directions, as by a reset: between two
 * pieces of a call. POLLHUP tells, since POLLERR may be no more than a message in the error queue.
 */
bool gate_hung_up(int fd);

#endif
