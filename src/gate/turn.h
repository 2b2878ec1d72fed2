/* turn.h - a call that must wait for its turn. See gate.h. */
#ifndef TURN_H
#define TURN_H

#include "passage.h"

/*
 * gate_wait - hold the call until it is its turn, and take gate->bytes, or a piece of them:
 * gate->bytes then is less. Returns 0, or the errno value that the call ends with: EINTR after a
 * signal; EAGAIN after SO_SNDTIMEO or SO_RCVTIMEO, or, in police mode, at once (see `policed`);
 * ETIMEDOUT after RL_TIMEOUT; EBADF if the descriptor was closed meanwhile, or its connection.
 * Nothing is taken then.
 */
int gate_wait(struct gate *gate);

/* gate_prepare, gate_conclude - what gate_wait does before and after: the claims of a piece; and
 * what became of it, which it returns. */
void gate_prepare(struct gate *gate, struct rl_wait *wait);
int gate_conclude(struct gate *gate, int error);

/* gate_cut_anew - after E2BIG: claim less, in the same turn. */
void gate_cut_anew(struct gate *gate, struct rl_wait *wait);

/* gate_begin - find out what the call is to feel like: it has to wait, or is not over with its
 * first piece. False: what the number means is no socket any more. */
bool gate_begin(struct gate *gate);

/* gate_same_socket - whether the descriptor still is the socket of a call that was held. Another
 * thread may have closed the number meanwhile, and opened it anew; or shut the process in, where
 * that is not asked. */
bool gate_same_socket(const struct gate *gate);

/* gate_timeout - the longest hold that the limits allow, ns; RL_FOREVER: any. */
uint64_t gate_timeout(const struct gate *gate);
uint64_t gate_timeout_of(unsigned limits);

/* gate_tells_by_signal - whether a descriptor does when it is ready. gate_blocks - whether calls
 * wait that do not say otherwise: no O_NONBLOCK. */
bool gate_tells_by_signal(int fd);
bool gate_blocks(int fd);

/* gate_wait_flags - how a wait of it may end, as of struct rl_wait. */
unsigned gate_wait_flags(const struct gate *gate);

/* gate_no_point - whether the wait is no point at which the thread can be cancelled. */
bool gate_no_point(const struct gate *gate);

/* gate_begin_time_anew - of sendfile: the timeout of the socket counts from now. */
void gate_begin_time_anew(struct gate *gate);

/* gate_may_send - whether a stream still can be sent to: to be asked before a later piece. */
bool gate_may_send(int fd);

/* gate_hung_up - whether a connection is closed in both directions, as by a reset: between two
 * pieces of a call. POLLHUP tells, since POLLERR may be no more than a message in the error queue.
 */
bool gate_hung_up(int fd);

/* gate_tell_of_mended - whether the state of one of these limits had to be put right: told once. */
void gate_tell_of_mended(unsigned limits);

#endif
