/* receive.c - what all calls that receive have in common. See gate.h. */
#include <errno.h>
#include <pthread.h>

#include "gate.h"
#include "peer.h"
#include "report.h"

static bool conforms_now(struct gate *gate)
{
    for (unsigned rest = gate->limits; rest && !gate->whole; rest &= rest - 1)
        if (gate->bytes > shim.most[__builtin_ctz(rest)])
            return false;
    gate_claim(gate);
    return rl_await_all(gate->claims, gate->claims_count, 0, 0, gate->arrival_ns, NULL) == 0;
}

int gate_await(struct gate *gate)
{
    uint16_t limits = gate->limits;
    if (gate->from_anyone) /* nobody waits for a limit on others */
        gate->limits &= (uint16_t)~shim_selective;
    if (gate->whole) /* how long the message is will be seen */
        gate->bytes = gate->passage->length ? 1 : 0;
    int error = conforms_now(gate) ? 0 : gate_wait(gate);
    gate->limits = limits;
    return error;
}

/* Where the sender is not told, all limits on some apply, rather than none. */
void gate_received_from(struct gate *gate, const struct sockaddr *from, socklen_t length)
{
    if (gate->from_anyone && from)
        gate->limits &= (uint16_t)(~shim_selective | peer_limits(from, length));
}

/* What came in past a policing limit meanwhile cannot be refused any more: it becomes a debt. */
static unsigned charge_policing(struct gate *gate, uint64_t now_ns)
{
    unsigned waiting = 0;
    for (unsigned i = 0; i < gate->claims_count; i++) {
        struct rl_claim claim = gate->claims[i];
        if (claim.limiter->mode == RL_POLICE)
            rl_reserve_debt_at(claim.limiter, claim.reservation.n, RL_FOREVER, now_ns,
                               &claim.reservation);
        else
            gate->claims[waiting++] = claim;
    }
    return waiting;
}

void gate_charge(struct gate *gate, size_t bytes)
{
    uint64_t now_ns = rl_now(), arrival_ns = now_ns;
    gate->bytes = bytes;
    gate_claim(gate);
    unsigned waiting = charge_policing(gate, now_ns);
    int state;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state); /* else what was received is lost */
    while (rl_acquire_all(gate->claims, waiting, RL_DEBT, RL_FOREVER, now_ns, NULL) == EINTR)
        now_ns = rl_now();
    pthread_setcancelstate(state, NULL);
    if (shim.reporting) {
        gate->waited_ns += rl_now() - arrival_ns;
        gate_claim(gate);
        report_decision(gate, rl_now(), 0);
        gate_report_use(gate, bytes);
        gate->waited_ns = 0;
    }
    gate->counted = true;
}

ssize_t gate_receive(const struct passage *passage, const struct sockaddr *from,
                     const socklen_t *from_length)
{
    struct gate gate;
    if (!gate_look(&gate, passage))
        return passage->go(passage, 0, passage->length);

    int saved_errno = errno;
    size_t done = 0;
    do {
        gate.bytes = passage->length - done;
        int error = gate_await(&gate);
        if (error && done == 0) {
            errno = error;
            return -1;
        }
        if (error)
            break;

        size_t asked = gate.whole ? passage->length : gate.bytes;
        ssize_t got = passage->go(passage, done, asked);
        if (got < 0 && done == 0)
            return -1;
        if (got < 0) {
            errno = saved_errno;
            break;
        }
        gate_received_from(&gate, from, from_length ? *from_length : 0);
        gate_charge(&gate, (size_t)got);
        done += (size_t)got;
        if ((size_t)got < asked || !passage->all)
            break;
    } while (done < passage->length);
    return (ssize_t)done;
}
