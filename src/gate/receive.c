/* receive.c - what all calls that receive have in common. See gate.h. */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>

#include "ahead.h"
#include "algo.h"
#include "deferred.h"
#include "further.h"
#include "gate.h"
#include "hold.h"
#include "hosts.h"
#include "peer.h"
#include "piece.h"
#include "readable.h"
#include "ready.h"
#include "receive.h"
#include "report.h"
#include "resolved.h"
#include "said.h"
#include "sandbox.h"
#include "ticket.h"
#include "told.h"
#include "turn.h"
#include "wait.h"

__attribute__((noinline)) static bool conforms_now(struct gate *gate, uint64_t now_ns)
{
    gate_claim(gate);
    struct rl_wait look = {
        .claims = gate->claims,
        .count = gate->claims_count,
        .flags = gate->whole ? RL_DEBT : 0,
        .since_ns = now_ns,
        .now_ns = now_ns,
    };
    return rl_look(&look) == 0;
}

/* Nothing is there: then nothing is held back, and the call may wait for it, or say so, by itself.
 */
static bool is_idle(int fd)
{
    return ready_now(fd, POLLIN) == 0;
}

__attribute__((noinline)) static int idle(struct gate *gate)
{
    enum { LOOK_NS = 10000000 };
    int error = 0;
    gate->arrival_ns = rl_now();
    if (!gate_begin(gate) || !gate->waits)
        return 0;
    while (deferred_any() && is_idle(gate->passage->fd) && !error) {
        uint64_t now_ns = rl_now(), until_ns = now_ns + LOOK_NS;
        loop_pass_time(now_ns);
        if (now_ns >= gate->deadline_ns)
            return EAGAIN;
        if (loop_next() < until_ns)
            until_ns = loop_next();
        error = rl_sleep_until(until_ns, gate->timed ? RL_NO_RESTART : 0, NULL);
    }
    return error;
}

int gate_idle(struct gate *gate)
{
    return deferred_any() ? idle(gate) : 0;
}

static bool is_policed(const struct gate *gate)
{
    for (unsigned rest = gate->limits; rest; rest &= rest - 1)
        if (shim.config.limits[__builtin_ctz(rest)].mode == RL_POLICE)
            return true;
    return false;
}

/* How long the next message is, if that is told (udp(7)); else it will be seen. */
static size_t message_length(const struct gate *gate)
{
    size_t pending = in_sandbox() ? 0 : unread_now(gate->passage->fd);
    if (pending == 0)
        pending = 1;
    return pending < gate->passage->length ? pending : gate->passage->length;
}

/* By what the program looked at, if it asks for little; or by poll(2), as PHP asks for its streams:
 * these block, but their receives have MSG_DONTWAIT, and EAGAIN is taken for the end. */
static bool was_told(const struct gate *gate)
{
    const struct passage *passage = gate->passage;
    return (gate->bytes <= SEGMENT_BYTES && told_looked_at(passage->fd, gate->bytes)) ||
           (passage->dont_wait && !gate->message && loop_was_asked() && gate_blocks(passage->fd));
}

__attribute__((noinline)) int gate_await(struct gate *gate)
{
    uint64_t now_ns = gate->counted ? rl_now() : gate->arrival_ns;
    gate->taken = false;
    if (gate->from_anyone) /* nobody waits for a limit on others */
        gate->limits &= (uint16_t)~shim_selective;
    if (gate->whole)
        gate->bytes = gate->passage->length ? 1 : 0;
    if (conforms_now(gate, now_ns))
        return 0;
    if (!is_policed(gate) && is_idle(gate->passage->fd)) {
        gate_cut_piece(gate, now_ns);
        return 0;
    }
    if (gate->whole)
        gate->bytes = message_length(gate);
    gate->known = was_told(gate);
    return gate_wait(gate); /* as the last thing: then this frame is off the stack */
}

/* Where the sender is not told, all limits on some apply, rather than none. */
void gate_received_from(struct gate *gate, int fd, const struct sockaddr *from, socklen_t room,
                        socklen_t length)
{
    struct peer sender;
    unsigned limits = shim_selective;
    if (!gate->from_anyone)
        return;
    if (from && length > 0 && length <= room)
        limits = peer_read(from, length, &sender) ? peer_limits(fd, &sender) : 0;
    gate->limits |= (uint16_t)(shim_limits_of(gate->passage->family) & limits);
}

/* The kernel, too, looks at the length only if there is an address. */
static socklen_t room_for(const struct sockaddr *from, const socklen_t *from_length)
{
    return from && is_readable(from_length, sizeof *from_length) ? *from_length : 0;
}

/* What has come in can be refused no more, nor may it be lost to a handler or a cancellation: after
 * the timeout it becomes a debt, and later calls wait. */
__attribute__((noinline)) static void charge_in_line(struct gate *gate)
{
    struct rl_wait wait = {
        .claims = gate->claims,
        .flags = RL_DEBT | RL_NO_SIGNALS | RL_NO_CANCEL | (in_sandbox() ? RL_PLAINLY : 0),
    };
    int error;
    wait.now_ns = wait.since_ns = rl_now();
    wait.deadline_ns = rl_add(wait.now_ns, gate_timeout(gate));
    gate_claim(gate);
    for (unsigned i = 0; i < gate->claims_count; i++) {
        if (gate->claims[i].limiter->mode == RL_POLICE)
            gate_owe(&gate->claims[i], wait.now_ns);
        else
            gate->claims[wait.count++] = gate->claims[i];
    }
    do
        error = rl_await(&wait);
    while (error == 0 && !rl_take(&wait));
    for (unsigned i = 0; i < wait.count && error; i++)
        gate_owe(&gate->claims[i], wait.now_ns);
    gate->waited_ns += wait.now_ns - wait.since_ns;
}

__attribute__((noinline)) static void report_charge(struct gate *gate, bool is_call)
{
    gate->counted = !is_call;
    gate_report_use(gate, gate->bytes);
    if (shim.tracing)
        gate_claim(gate);
    gate->counted = true;
    if (shim.tracing)
        report_decision(gate, rl_now(), 0);
}

void gate_charge_nothing(struct gate *gate)
{
    if (gate->taken)
        gate_refund(gate, 0, false);
    gate->taken = false;
}

__attribute__((noinline)) void gate_charge(struct gate *gate, size_t bytes)
{
    bool is_call = !gate->counted;
    if (gate->from_anyone) /* now that more limits may apply, all are charged at one instant */
        gate_charge_nothing(gate);
    size_t taken = gate->taken ? gate->bytes : 0;
    if (gate->taken)
        gate_refund(gate, bytes < taken ? bytes : taken, true);
    else
        gate->waited_ns = 0;
    gate->counted |= gate->taken;
    gate->bytes = bytes > taken ? bytes - taken : 0;
    if ((!gate->taken || gate->bytes) && !gate_take_now(gate, rl_now()))
        charge_in_line(gate);
    gate->bytes = bytes;
    gate->counted = true;
    gate->taken = false;
    report_charge(gate, is_call); /* as the last thing: then this frame is off the stack */
}

static ssize_t receive(struct gate *gate, const struct sockaddr *from, const socklen_t *from_length)
{
    const struct passage *passage = gate->passage;
    int saved_errno = errno;
    size_t done = 0;
    bool again = false;
    do {
        gate->bytes = passage->length - done;
        if (done > 0 && !gate_goes_on(gate, done, again))
            break;
        int error = gate_await(gate);
        if (error && done == 0) {
            errno = error;
            return -1;
        }
        if (error)
            break;

        size_t asked = gate->whole ? passage->length : gate->bytes;
        socklen_t room = gate->from_anyone ? room_for(from, from_length) : 0;
        int flags = gate_go_flags(gate);
        ssize_t got = passage->go(passage, done, asked, flags);
        again = got < 0 && errno == EAGAIN && flags;
        if (got < 0)
            gate_charge_nothing(gate);
        if (again && done == 0) {
            errno = saved_errno;
            if ((error = gate_wait_for_kernel(gate, POLLIN)) == 0)
                continue;
            errno = error;
        }
        if (got < 0 && done == 0)
            return -1;
        errno = saved_errno;
        if (again)
            continue;
        if (got < 0)
            break;
        gate_received_from(gate, gate->passage->fd, from, room, room ? *from_length : 0);
        gate_charge(gate, (size_t)got);
        told_received(passage->fd, (size_t)got);
        gate->was_ready = false;
        done += (size_t)got;
        if (got > 0 && passage->once && (size_t)got == asked && asked < passage->length) {
            gate->bytes = passage->length - done;
            ahead_queue(gate);
        }
        if (got == 0 || gate->whole || passage->once || ((size_t)got < asked && !flags))
            break;
        if (done < passage->length) {
            gate_begin(gate);
            gate_block_signals(gate);
        }
    } while (done < passage->length);
    if (loop_hid_hangup(passage->fd))
        ticket_tell(gate);
    else if (gate_left_some(gate, done))
        loop_tell_again(passage->fd);
    return (ssize_t)done;
}

ssize_t gate_receive_only(const struct passage *passage, const struct sockaddr *from,
                          const socklen_t *from_length)
{
    struct gate gate;
    bool limited = gate_look(&gate, passage);
    int error = gate_idle(&gate);
    if (error) {
        errno = error;
        return -1;
    }
    ssize_t result =
        limited ? receive(&gate, from, from_length) : passage->go(passage, 0, passage->length, 0);
    if (limited)
        gate_restore_signals(&gate);
    int saved_errno = errno;
    if (limited && is_policed(&gate))
        ahead_expect(&gate, passage->length);
    errno = saved_errno;
    return result;
}

/* A sender's address that did not fit says nothing: then its port is whatever was there. */
ssize_t gate_listen(const struct passage *passage, ssize_t got, const struct sockaddr *from,
                    const socklen_t *from_length)
{
    const struct iovec whole = {passage->room, passage->length};
    socklen_t length = room_for(from, from_length);
    bool told = length >= sizeof(struct sockaddr_in) && is_readable(from, length);
    if (talk_limits)
        said_heard(passage, (size_t)got);
    if (got > 0 && passage_is_seen(passage) && hosts_matter())
        resolved_received(passage->fd, passage->parts ? passage->iov : &whole,
                          passage->parts ? passage->parts : 1, (size_t)got, told ? from : NULL,
                          length);
    return got;
}
