/* ticket.c - see ticket.h. */
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "algo.h"
#include "deferred.h"
#include "fd.h"
#include "gate.h"
#include "kept.h"
#include "ready.h"
#include "said.h"
#include "sandbox.h"
#include "ticket.h"
#include "turn.h"
#include "wait.h"

static uint16_t blocking_limits; /* a bit each: those with nonblock=block */

/* What was unread when a connection broke is let through in the call: the error, which cannot be
 * hidden, would be told again and again. */
static bool is_broken(const struct gate *gate)
{
    short ready = gate_is_receive(gate->passage->family) ? ready_now(gate->passage->fd, 0) : 0;
    return (ready & POLLERR) && (ready & POLLHUP);
}

/* A message may be empty; but of no bytes read(2) takes none. */
static bool moves_nothing(const struct gate *gate)
{
    unsigned of_message = gate->message ? CALL_SEND | CALL_WRITE | CALL_RECV : 0;
    unsigned moves = CALL_CONNECT | CALL_ACCEPT | of_message;
    return !gate->passage->length && !(gate->passage->family & moves);
}

/* No gate hides that there is a byte out of band (POLLPRI). */
static bool is_urgent(const struct gate *gate)
{
    return gate->whole && !gate->message && gate_is_receive(gate->passage->family);
}

enum gate_of ticket_direction(const struct gate *gate)
{
    if (gate->passage->family == CALL_CONNECT)
        return GATE_CONNECT;
    return gate_is_receive(gate->passage->family) ? GATE_IN : GATE_OUT;
}

bool ticket_is_blocking(unsigned limits)
{
    return limits & blocking_limits;
}

bool ticket_is_for(const struct gate *gate)
{
    return loop_on && gate->begun && !gate->waits && !gate->held && !moves_nothing(gate) &&
           !is_urgent(gate) && !gate->passage->connects && !ticket_is_blocking(gate->limits) &&
           !in_sandbox() && getpid() == fd_owner && !is_broken(gate) &&
           !gate_tells_by_signal(gate->passage->fd);
}

enum { FREE = 8, FREE_IF_ASKED = 64 };

/*
 * Who comes again and again, and asks for readiness no more, or by a way that is not seen, is to be
 * held. Who asks each time, and is told of this socket by another number that is not known to be
 * its, is slowed down; not who is refused a few times for each call that goes, however soon it
 * does.
 */
static bool spins(struct ticket *ticket, uint64_t now_ns)
{
    enum { QUICK_NS = 1000000 };
    uint32_t asked = loop_asked();
    bool quick = now_ns - ticket->refused_ns < QUICK_NS, same = ticket->asked == asked;
    unsigned retries = quick ? __atomic_load_n(&ticket->retries, __ATOMIC_RELAXED) + 1U : 0;
    ticket->refusals = quick && same ? (uint8_t)(ticket->refusals + 1) : 0;
    __atomic_store_n(&ticket->retries, (uint8_t)(retries < UINT8_MAX ? retries : UINT8_MAX),
                     __ATOMIC_RELAXED);
    ticket->asked = asked;
    if (retries > FREE_IF_ASKED && !same) {
        rl_sleep_until(now_ns + QUICK_NS, RL_NO_SIGNALS | RL_NO_CANCEL, NULL);
        now_ns = rl_now();
    }
    ticket->refused_ns = now_ns;
    return ticket->refusals > FREE;
}

/* A call goes: so many of those that were refused were no more than usual. */
static void goes(struct ticket *ticket)
{
    uint8_t retries = __atomic_load_n(&ticket->retries, __ATOMIC_RELAXED);
    if (retries)
        __atomic_store_n(&ticket->retries, (uint8_t)(retries > FREE ? retries - FREE : 0),
                         __ATOMIC_RELAXED);
}

/* Of a limit in police mode: nobody waits for it in line. */
static int refuse(struct gate *gate, struct ticket *own, const struct rl_wait *wait)
{
    gate->policed = true;
    bool is_dropped = gate->message && !gate_is_receive(gate->passage->family);
    if (!is_dropped && gate->passage->family != CALL_CONNECT)
        kept_police(own, gate, ticket_direction(gate), wait);
    return EAGAIN;
}

static int look_and_take(struct gate *gate, struct rl_wait *wait)
{
    int error;
    do {
        while ((error = rl_look(wait)) == E2BIG)
            gate_cut_anew(gate, wait);
        wait->now_ns = rl_now();
    } while (error == 0 && !rl_take(wait));
    return error;
}

bool ticket_spins(int fd, enum gate_of of)
{
    struct ticket *own = kept_find(fd);
    return own && spins(own + of, rl_now());
}

/* Who was told that it is there waits for it where he is in line, but not so long that an event
 * loop would stand still. */
__attribute__((noinline)) static int wait_a_moment(struct gate *gate, struct rl_wait *wait)
{
    enum { LEAST_NS = 1000000 };
    const struct rl_reservation *first = &wait->claims->reservation;
    uint64_t until_ns = wait->now_ns + RL_LOOK_NS;
    int error = EBUSY;
    while (error == EBUSY && first->conforming_ns <= until_ns && wait->now_ns < until_ns) {
        uint64_t soon_ns = wait->now_ns + LEAST_NS;
        rl_sleep_until(first->conforming_ns > soon_ns ? first->conforming_ns : soon_ns,
                       RL_NO_SIGNALS | RL_NO_CANCEL, NULL);
        wait->now_ns = rl_now();
        error = look_and_take(gate, wait);
    }
    return error;
}

/* What look_and_take said, or what it means now. Apart, to be off the stack before. */
__attribute__((noinline)) static int keep_or_leave(struct gate *gate, struct ticket *own,
                                                   struct rl_wait *wait, int error)
{
    int fd = gate->passage->fd;
    if (error == EAGAIN)
        return refuse(gate, own, wait);
    if (error == EBUSY && wait->now_ns >= wait->deadline_ns)
        error = ETIMEDOUT;
    if (error == EBUSY && !spins(own, wait->now_ns)) {
        if (!kept_is_valid(own))
            kept_note(own, gate);
        if (loop_close(fd, ticket_direction(gate), kept_keep(fd, own, wait))) {
            gate->gated = true;
            return EAGAIN;
        }
        __atomic_store_n(&own->since_ns, 0, __ATOMIC_RELEASE); /* it is held instead */
    }
    if (error) /* else there are no places any more */
        rl_leave(wait);
    else
        goes(own);
    loop_hurry();
    return error;
}

int ticket_wait(struct gate *gate)
{
    struct ticket *own = kept_take(gate->passage->fd);
    if (!own)
        return EBUSY;
    own += ticket_direction(gate);
    int error;
    {
        struct rl_wait wait;
        gate_prepare(gate, &wait);
        if (own->limits != gate->limits && kept_is_valid(own))
            kept_leave(own); /* it was another kind of call */
        bool came_before = kept_take_up(own, &wait);
        wait.deadline_ns = rl_add(wait.since_ns, gate_timeout(gate));
        error = look_and_take(gate, &wait);
        if (error == EBUSY && gate->known)
            error = wait_a_moment(gate, &wait);
        error = keep_or_leave(gate, own, &wait, error);
        gate->waited_ns = wait.now_ns - said_since(gate, came_before ? wait.since_ns : wait.now_ns);
    }
    gate_tell_of_mended(gate->limits);
    return error == EBUSY || gate->gated ? error : gate_conclude(gate, error);
}

void ticket_tell(const struct gate *gate)
{
    struct ticket *own = kept_find(gate->passage->fd);
    if (own)
        own[ticket_direction(gate)].policed = false;
    loop_close(gate->passage->fd, ticket_direction(gate), rl_now());
}

bool ticket_claims(int fd, enum gate_of of, struct gate *gate)
{
    const struct ticket *own = kept_find(fd);
    if (!own || !kept_is_valid(own + of))
        return false;
    own += of;
    gate->limits = own->limits;
    gate->bytes = own->bytes;
    gate->counted = own->counted;
    gate->waited_ns = 0;
    gate_claim(gate);
    return true;
}

static uint64_t policed_until(int fd, struct ticket *own, uint64_t now_ns)
{
    struct rl_claim claims[MAX_LIMITS];
    struct rl_wait wait = {
        .claims = claims, .flags = RL_DEBT, .since_ns = now_ns, .now_ns = now_ns};
    wait.count = gate_claims(claims, fd, own->limits, own->bytes, own->counted);
    int error = rl_look(&wait);
    rl_leave(&wait);
    own->policed = error == EAGAIN;
    return own->policed ? kept_first_of(claims->reservation.conforming_ns, now_ns + RL_LOOK_NS) : 0;
}

/* For the loop: see loop_ask. */
static uint64_t ask(int fd, enum gate_of of, uint64_t until_ns, uint64_t now_ns)
{
    struct ticket *own = kept_find(fd);
    if (own && !kept_is_valid(own + of) && own[of].policed)
        return policed_until(fd, own + of, now_ns);
    if (!own || !kept_is_valid(own + of)) /* it was short */
        return until_ns > now_ns ? until_ns : 0;
    own += of;
    struct rl_claim claims[MAX_LIMITS];
    struct rl_wait wait = {.claims = claims, .flags = RL_DEBT, .now_ns = now_ns};
    unsigned limits = own->limits;
    wait.count = gate_claims(claims, fd, limits, own->bytes, own->counted);
    if (!kept_take_up(own, &wait))
        return now_ns + 1;
    wait.deadline_ns = rl_add(wait.since_ns, gate_timeout_of(limits));
    int error = rl_look(&wait);
    if (of == GATE_CONNECT) {
        uint64_t again_ns = deferred_ask(fd, limits, &wait, error);
        return again_ns ? kept_keep(fd, own, &wait) : 0;
    }
    bool is_turn = error != EBUSY || wait.deadline_ns <= now_ns;
    uint64_t again_ns = kept_keep(fd, own, &wait);
    return is_turn ? 0 : again_ns;
}

static bool limits_receiving(int fd)
{
    unsigned limits = gate_limits_on_receives(fd);
    return limits && !(limits & blocking_limits);
}

/* For the loop: see loop_gone. */
static void drop(int fd)
{
    struct ticket *own = kept_find(fd);
    deferred_drop(fd);
    loop_hurry();
    for (enum gate_of of = 0; own && of < GATES; of++)
        if (kept_is_valid(&own[of]))
            kept_leave(&own[of]);
}

void ticket_abandon(int fd)
{
    drop(fd);
    loop_open(fd, GATE_CONNECT);
}

void gate_open_all(void)
{
    int saved_errno = errno;
    deferred_make_all();
    loop_open_all(true);
    errno = saved_errno;
}

void gate_before_fork(void)
{
    int saved_errno = errno;
    talk_forks();
    deferred_before_fork();
    loop_open_all(false);
    errno = saved_errno;
}

void gate_forked(void)
{
    loop_forked();
    kept_forked();
}

void ticket_start(void)
{
    for (unsigned i = 0; i < shim.config.count; i++) {
        if (shim.config.limits[i].nonblock == NONBLOCK_BLOCK)
            blocking_limits |= (uint16_t)(1u << i);
        else
            loop_on = true;
    }
    loop_ask = ask;
    loop_connect = deferred_connect;
    loop_gone = drop;
    loop_hasten = deferred_hasten;
    loop_limits_receiving = limits_receiving;
}
