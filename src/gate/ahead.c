/* ahead.c - see ahead.h. */
#include <errno.h>
#include <unistd.h>

#include "ahead.h"
#include "fd.h"
#include "gate.h"
#include "kept.h"
#include "piece.h"
#include "sandbox.h"
#include "ticket.h"
#include "wait.h"

/* For what comes next: a piece of gate->bytes. */
static int look_ahead(struct gate *gate, struct rl_wait *wait)
{
    uint64_t now_ns = rl_now();
    gate_cut_piece(gate, now_ns);
    gate_claim(gate);
    *wait = (struct rl_wait){
        .claims = gate->claims,
        .count = gate->claims_count,
        .flags = RL_DEBT,
        .since_ns = now_ns,
        .now_ns = now_ns,
        .deadline_ns = RL_FOREVER,
    };
    return rl_look(wait);
}

/* What comes next is told to be ready once more, be it at once: a short count may have been taken
 * for all that there was room for. */
void ahead_queue(struct gate *gate)
{
    struct ticket *own = kept_take(gate->passage->fd);
    if (!own || !ticket_is_for(gate))
        return;
    own += ticket_direction(gate);
    struct rl_wait wait;
    int error = look_ahead(gate, &wait), fd = gate->passage->fd;
    if (!kept_is_valid(own))
        kept_note(own, gate);
    if (error == EAGAIN)
        kept_police(own, gate, ticket_direction(gate), &wait);
    else
        loop_close(fd, ticket_direction(gate),
                   error == EBUSY ? kept_keep(fd, own, &wait) : wait.now_ns);
}

/* Whoever asks whether it is ready, and then would be refused, does not expect that, since it
 * blocks: so it is not ready before. Of limits that hold, there is nothing to be told. */
__attribute__((noinline)) void ahead_expect(struct gate *gate, size_t length)
{
    if (!loop_on || gate->message || in_sandbox() || getpid() != fd_owner)
        return;
    struct rl_wait wait;
    gate->bytes = length;
    struct ticket *own = kept_take(gate->passage->fd);
    if (look_ahead(gate, &wait) == EAGAIN && own)
        kept_police(own + ticket_direction(gate), gate, ticket_direction(gate), &wait);
    rl_leave(&wait);
}
