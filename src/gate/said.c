/* said.c - see said.h. */
#include <errno.h>

#include "algo.h"
#include "fd.h"
#include "gate.h"
#include "said.h"
#include "sandbox.h"
#include "ticket.h"
#include "turn.h"
#include "wait.h"

void said_look(struct gate *gate)
{
    const struct passage *passage = gate->passage;
    unsigned limits = gate->limits & talk_limits;
    if (gate_is_receive(passage->family) || passage->length == 0 || in_sandbox()) {
        gate->limits &= (uint16_t)~talk_limits;
        return;
    }
    gate->says = true;
    struct iovec whole = {passage->room, passage->length};
    if (gate->message || !passage->bytes)
        talk_offers_unseen(passage->fd, limits, passage->length);
    else if (passage->parts)
        talk_offers(passage->fd, limits, passage->iov, passage->parts);
    else
        talk_offers(passage->fd, limits, &whole, 1);
    gate->waited_ns = gate->arrival_ns - said_since(gate, gate->arrival_ns);
}

/* Nobody waits for a limit in police mode. */
static uint64_t closed_until(const struct gate *gate, uint64_t now_ns, bool *refuses)
{
    uint64_t until_ns = 0;
    *refuses = false;
    for (unsigned rest = gate->limits & talk_limits; rest && !gate->counted; rest &= rest - 1) {
        unsigned limit = (unsigned)__builtin_ctz(rest);
        uint64_t its_ns = talk_closed_until(gate->passage->fd, limit, now_ns);
        *refuses |= its_ns > now_ns && shim.limiters[limit].mode == RL_POLICE;
        until_ns = its_ns > until_ns ? its_ns : until_ns;
    }
    return until_ns;
}

bool said_is_closed(const struct gate *gate, uint64_t now_ns)
{
    bool refuses;
    return gate->says &&
           (talk_is_refused(gate->passage->fd) || closed_until(gate, now_ns, &refuses) > now_ns);
}

uint64_t said_since(const struct gate *gate, uint64_t since_ns)
{
    uint64_t held_ns = gate->says && !gate->counted ? talk_held_since(gate->passage->fd) : since_ns;
    return held_ns < since_ns ? held_ns : since_ns;
}

static bool close_gate(struct gate *gate, uint64_t until_ns)
{
    int fd = gate->passage->fd;
    return !ticket_spins(fd, GATE_OUT) && loop_close(fd, GATE_OUT, until_ns);
}

/* It does not go: of what, is to be reported. */
static int give_up(struct gate *gate, int error)
{
    gate->policed = error == EAGAIN;
    gate_claim(gate);
    talk_held(gate->passage->fd, 0);
    return gate_conclude(gate, error);
}

int said_wait(struct gate *gate, bool gates)
{
    uint64_t ours_ns = rl_add(said_since(gate, gate->arrival_ns), gate_timeout(gate));
    bool ours = ours_ns <= gate->deadline_ns, refuses;
    uint64_t deadline_ns = ours ? ours_ns : gate->deadline_ns, now_ns = rl_now(), until_ns;
    int error = talk_is_refused(gate->passage->fd) ? EACCES : 0;
    gate->timeout_error = ours ? ETIMEDOUT : EAGAIN;
    while (!error && (until_ns = closed_until(gate, now_ns, &refuses)) > now_ns) {
        bool in_time = until_ns <= deadline_ns;
        bool is_gated = gates && (in_time || refuses) && close_gate(gate, until_ns);
        if (refuses)
            return give_up(gate, EAGAIN);
        talk_held(gate->passage->fd, gate->arrival_ns);
        gate->gated = is_gated;
        if (is_gated)
            return EAGAIN;
        error = rl_sleep_until(in_time ? until_ns : deadline_ns, gate_wait_flags(gate),
                               gate->blocked ? &gate->signals : NULL);
        if (!error && !in_time)
            error = ETIMEDOUT;
        now_ns = rl_now();
    }
    return error ? give_up(gate, error) : 0;
}

/* Of a message that was cut off, MSG_TRUNC tells more bytes than there was room for. */
void said_heard(const struct passage *passage, size_t bytes)
{
    size_t got = bytes < passage->length ? bytes : passage->length;
    if (bytes == 0 && passage->length > 0)
        talk_ended(passage->fd);
    for (size_t done = 0; done < got && passage_is_seen(passage);) {
        struct span part = passage_part(passage, done);
        size_t length = got - done < part.length ? got - done : part.length;
        talk_heard(passage->fd, part.at, length);
        done += length;
    }
}
