/* said.c - see said.h. */
#include <errno.h>

#include "algo.h"
#include "fd.h"
#include "said.h"
#include "sandbox.h"
#include "ticket.h"
#include "turn.h"
#include "wait.h"

void said_look(struct gate *gate)
{
    const struct passage *passage = gate->passage;
    unsigned limits = gate->limits & talk_limits;
    if (gate_is_receive(passage->family) || in_sandbox()) {
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
}

static uint64_t closed_until(const struct gate *gate, uint64_t now_ns)
{
    return gate->says && !gate->counted ? talk_closed_until(gate->passage->fd, now_ns) : 0;
}

bool said_is_closed(const struct gate *gate, uint64_t now_ns)
{
    return talk_is_refused(gate->passage->fd) || closed_until(gate, now_ns) > now_ns;
}

static bool close_gate(struct gate *gate, uint64_t until_ns)
{
    int fd = gate->passage->fd;
    gate->gated = !ticket_spins(fd, GATE_OUT) && loop_close(fd, GATE_OUT, until_ns);
    return gate->gated;
}

int said_wait(struct gate *gate, bool gates)
{
    uint64_t ours_ns = rl_add(gate->arrival_ns, gate_timeout(gate)), now_ns = rl_now(), until_ns;
    bool ours = ours_ns <= gate->deadline_ns;
    uint64_t deadline_ns = ours ? ours_ns : gate->deadline_ns;
    int error = talk_is_refused(gate->passage->fd) ? EACCES : 0;
    while (!error && (until_ns = closed_until(gate, now_ns)) > now_ns) {
        bool in_time = until_ns <= deadline_ns;
        if (gates && in_time && close_gate(gate, until_ns))
            return EAGAIN;
        error = rl_sleep_until(in_time ? until_ns : deadline_ns, gate_wait_flags(gate),
                               gate->blocked ? &gate->signals : NULL);
        if (!error && !in_time)
            error = ours ? ETIMEDOUT : EAGAIN;
        now_ns = rl_now();
    }
    return error;
}

void said_heard(const struct passage *passage, size_t bytes)
{
    if (bytes == 0 && passage->length > 0)
        talk_ended(passage->fd);
    size_t done = 0, covered;
    while (done < bytes) {
        struct iovec window[IOV_WINDOW];
        size_t parts = passage_window(passage, done, bytes - done, window, &covered);
        for (size_t i = 0; i < parts; i++)
            talk_heard(passage->fd, window[i].iov_base, window[i].iov_len);
        done += covered;
    }
}
