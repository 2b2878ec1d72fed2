/*
 * gate.h - the one gate that every limited call goes through.
 *
 * classify the descriptor -> which limits apply -> acquire -> call libc -> settle.
 *
 * A wrapper describes its call as a passage:
 *
 *     if (gate_passes(family, fd))
 *         return REAL(call)(...);                        nothing that is limited
 *     if (gate_enter(&gate, &passage))
 *         return gate_leave(&gate, REAL(call)(...));     all of it conforms now
 *     return gate_hold(&gate);                           in pieces, each when it conforms
 *
 * The real call stands in the wrapper itself since each return after a system call is dear: the
 * processor has forgotten where to (see the kernel's mitigations of return speculation).
 */
#ifndef GATE_H
#define GATE_H

#include "fd.h"
#include "passage.h"

/* gate_passes - the short cut: nothing that is limited. */
static inline bool gate_passes(enum call family, int fd)
{
    return !shim_limits_of(family) || fd_passes(fd);
}

/* gate_passes_send - likewise of sends with flags: TCP Fast Open is a connect as well. */
static inline bool gate_passes_send(int fd, int flags)
{
    return gate_passes(CALL_SEND, fd) && !(flags & MSG_FASTOPEN);
}

/* gate_look - begin a call, and take nothing yet. False if no limit applies: it may go. */
bool gate_look(struct gate *gate, const struct passage *passage);

/* gate_limits - those that apply to a family of calls on this descriptor, a bit each. */
unsigned gate_limits(enum call family, int fd);

/* gate_limits_on_receives - likewise, to all that receive from it. Of a stream only, and none in a
 * sandbox. */
unsigned gate_limits_on_receives(int fd);

/* gate_find_out - what a descriptor is, and who its peer, while that can be asked. */
void gate_find_out(int fd);

/* gate_claim - what the limits have to grant for gate->bytes. */
void gate_claim(struct gate *gate);

/* gate_claims - likewise, of these limits, for so many bytes of a call on a descriptor, which
 * counts as one unless it was `counted`. Returns how many claims there are. */
unsigned gate_claims(struct rl_claim claims[MAX_LIMITS], int fd, unsigned limits, size_t bytes,
                     bool counted);

/* gate_take_now - all of gate->bytes at once, if it conforms now and nobody waits for it. */
bool gate_take_now(struct gate *gate, uint64_t now_ns);

/*
 * gate_enter - begin a call. True if all of it may go now: it conforms, or no limit applies.
 * Then the caller makes it, and tells gate_leave or gate_settle what became of it.
 */
bool gate_enter(struct gate *gate, const struct passage *passage);

/*
 * gate_settle - after the call: refund what was not used.
 * bytes: what the kernel took; taken: whether it counts as a call; or by what the call returned.
 */
void gate_settle(struct gate *gate, size_t bytes, bool taken);

/* gate_refund - what was not used, and nothing else. */
void gate_refund(struct gate *gate, size_t bytes, bool taken);

/* gate_report_use - what passed, whether or not it had to be claimed. */
void gate_report_use(const struct gate *gate, size_t bytes);

/* gate_owe - charge what departs, or has come in, without having been waited for: a debt. now_ns:
 * the present. */
void gate_owe(const struct rl_claim *claim, uint64_t now_ns);

/* gate_was_attempt - whether a connect that failed with this error had sent a segment. All else the
 * kernel refuses before. */
bool gate_was_attempt(int error);

/* gate_count - that the i-th claim passed. */
static inline void gate_count(const struct gate *gate, unsigned i)
{
    const struct rl_claim *claim = &gate->claims[i];
    share_pass(share_limit_of(claim->limiter->line), !gate->counted, claim->reservation.n);
}

/*
 * gate_leave - settle a call that returned `result`, as send(2) and write(2) do.
 * gate_leave_quickly - likewise. The processor has forgotten, too, which way branches go: so what
 * is usual, all of it went, did not wait, and only one limit applies, is one branch that is not
 * taken.
 */
ssize_t gate_leave(struct gate *gate, ssize_t result);
static inline ssize_t gate_leave_quickly(struct gate *gate, ssize_t result)
{
    bool unusual = ((size_t)result ^ gate->bytes) | (result <= 0) | gate->taken | gate->says |
                   gate->heard | (gate->claims_count ^ 1);
    if (__builtin_expect(unusual, 0))
        return gate->limits || gate->heard ? gate_leave(gate, result) : result;
    gate_count(gate, 0);
    return result;
}

#endif
