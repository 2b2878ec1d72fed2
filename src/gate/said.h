/* said.h - limits on what is said (talk.h), at the gate: when what is due is taken, and the host
 * that is asked takes requests, the call goes. */
#ifndef SAID_H
#define SAID_H

#include "passage.h"
#include "talk.h"

/* said_counts - whether a limit counts what is said, rather than calls or bytes. */
static inline bool said_counts(unsigned limit)
{
    return talk_limits >> limit & 1;
}

/* said_look - what a call is about to send; then gate->says. To a call that receives, or sends
 * nothing, such limits do not apply. */
void said_look(struct gate *gate);

/* said_is_closed - whether the host takes no requests at that instant, or what is said is refused.
 */
bool said_is_closed(const struct gate *gate, uint64_t now_ns);

/* said_since - since when a call is held that has waited since then: or longer, for such a host. */
uint64_t said_since(const struct gate *gate, uint64_t since_ns);

/* said_wait - hold the call until it does. gates: rather gate it. Returns 0, or as gate_wait;
 * EACCES: it is refused. */
int said_wait(struct gate *gate, bool gates);

/* said_heard - a call has received so many of the bytes that it has room for; 0: the end. */
void said_heard(const struct passage *passage, size_t bytes);

#endif
