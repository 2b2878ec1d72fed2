/* deferred.c - see deferred.h. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "attempt.h"
#include "deferred.h"
#include "gate.h"
#include "loop.h"
#include "numbers.h"
#include "peer.h"
#include "readable.h"
#include "real.h"
#include "report.h"
#include "sandbox.h"
#include "ticket.h"
#include "turn.h"
#include "wait.h"

struct deferred {
    struct sockaddr_in6 to; /* or a struct sockaddr_in */
    socklen_t length;       /* 0: none */
    int error;
    bool is_shared; /* with a child */
    /* What was taken for it. Here, not on the stack of the readiness call that makes it. */
    uint16_t limits;
    uint8_t claims_count;
    uint64_t waited_ns;
    struct rl_claim claims[MAX_LIMITS];
};

static struct numbers all = {.size = sizeof(struct deferred)};

/* 0: no address of that family is connected to. */
static socklen_t length_of(sa_family_t family)
{
    return family == AF_INET    ? sizeof(struct sockaddr_in)
           : family == AF_INET6 ? sizeof(struct sockaddr_in6)
                                : 0;
}

bool deferred_can_be(const struct passage *passage)
{
    const struct sockaddr *to = passage->to;
    socklen_t least = length_of(to->sa_family);
    return loop_on && loop_was_asked() && !in_sandbox() && least && passage->to_length >= least &&
           is_readable(to, least);
}

bool deferred_note(const struct passage *passage)
{
    struct deferred *own = numbers_take(&all, passage->fd);
    if (!own)
        return false;
    socklen_t length = length_of(passage->to->sa_family);
    memcpy(&own->to, passage->to, length);
    own->length = length;
    own->error = 0;
    own->is_shared = false;
    return true;
}

bool deferred_is(int fd)
{
    return deferred_any() && loop_is_closed(fd, GATE_CONNECT);
}

__attribute__((noinline)) void deferred_await(int fd, unsigned flags)
{
    enum { LOOK_NS = 10000000 };
    int saved_errno = errno;
    while (deferred_is(fd)) {
        uint64_t now_ns = rl_now();
        loop_pass_time(now_ns);
        uint64_t next_ns = loop_next();
        if (deferred_is(fd))
            rl_sleep_until(next_ns < now_ns + LOOK_NS ? next_ns : now_ns + LOOK_NS, flags, NULL);
    }
    errno = saved_errno;
}

int deferred_error(int fd)
{
    struct deferred *own = numbers_find(&all, fd);
    return own && own->error ? __atomic_exchange_n(&own->error, 0, __ATOMIC_RELAXED) : 0;
}

/* Before anything is refunded. Apart, since it takes more stack. */
__attribute__((noinline)) static void report(const struct deferred *own, int fd, bool was_attempt,
                                             int error)
{
    const struct passage passage = {.call = "connect", .family = CALL_CONNECT, .fd = fd};
    struct gate gate = {.passage = &passage,
                        .limits = own->limits,
                        .claims_count = own->claims_count,
                        .waited_ns = own->waited_ns};
    memcpy(gate.claims, own->claims, sizeof gate.claims);
    if (was_attempt)
        gate_report_use(&gate, 0);
    report_decision(&gate, rl_now(), error);
}

/* Who asks for readiness is not to wait for the end of it, though the program may have taken
 * O_NONBLOCK from the descriptor meanwhile. */
static bool begin(int fd, const struct sockaddr *to, socklen_t length)
{
    if (gate_blocks(fd) && attempt_can_begin(fd) && attempt_begin(fd, to, length))
        return true;
    return REAL(connect)(fd, to, length) == 0 || errno == EINPROGRESS || errno == EINTR ||
           errno == EALREADY;
}

/* One that fails at once is told of as one that fails later: by SO_ERROR. */
__attribute__((noinline)) void deferred_connect(int fd)
{
    struct deferred *own = numbers_find(&all, fd);
    socklen_t length = own ? __atomic_exchange_n(&own->length, 0, __ATOMIC_ACQ_REL) : 0;
    if (!length)
        return;
    int saved_errno = errno;
    bool goes_on = begin(fd, (struct sockaddr *)&own->to, length);
    own->error = goes_on ? 0 : errno;
    bool was_attempt = goes_on || gate_was_attempt(own->error);
    report(own, fd, was_attempt, 0);
    for (unsigned i = 0; i < own->claims_count && !was_attempt; i++)
        rl_refund(own->claims[i].limiter, &own->claims[i].reservation, 0);
    errno = saved_errno;
}

static void make_now(int fd)
{
    struct gate gate;
    struct deferred *own = numbers_find(&all, fd);
    if (own && ticket_claims(fd, GATE_CONNECT, &gate)) {
        uint64_t now_ns = rl_now();
        for (unsigned i = 0; i < gate.claims_count; i++)
            gate_owe(&gate.claims[i], now_ns);
        own->limits = gate.limits;
        own->claims_count = 0; /* nothing of it is refunded */
        own->waited_ns = 0;
        deferred_connect(fd);
    }
    loop_open(fd, GATE_CONNECT);
}

void deferred_make_all(void)
{
    loop_each_closed(GATE_CONNECT, make_now);
}

static void share(int fd)
{
    struct deferred *own = numbers_find(&all, fd);
    if (own)
        own->is_shared = true;
}

void deferred_before_fork(void)
{
    loop_each_closed(GATE_CONNECT, share);
}

/* Which of its numbers it was that connects is not known here. */
void deferred_hasten(int fd, bool has_other_numbers)
{
    const struct deferred *own = numbers_find(&all, fd);
    if (has_other_numbers)
        deferred_make_all();
    else if (own && own->is_shared)
        make_now(fd);
}

/* Its time is over, by the option timeout of a limit. */
static uint64_t give_up(struct deferred *own, int fd, struct rl_wait *wait)
{
    rl_leave(wait);
    own->length = 0;
    own->error = ETIMEDOUT;
    report(own, fd, false, ETIMEDOUT);
    return 0;
}

uint64_t deferred_ask(int fd, unsigned limits, struct rl_wait *wait, int error)
{
    struct deferred *own = numbers_find(&all, fd);
    if (!own || !__atomic_load_n(&own->length, __ATOMIC_ACQUIRE)) {
        rl_leave(wait);
        return 0;
    }
    wait->now_ns = rl_now();
    own->limits = (uint16_t)limits;
    own->waited_ns = wait->now_ns - wait->since_ns;
    if (error == 0 && !rl_take(wait))
        return wait->now_ns;
    own->claims_count = (uint8_t)wait->count;
    memcpy(own->claims, wait->claims, wait->count * sizeof *wait->claims);
    if (error == 0)
        return 0; /* deferred_connect is next */
    if (error == EBUSY && wait->now_ns < wait->deadline_ns)
        return wait->again_ns;
    return give_up(own, fd, wait);
}

void deferred_drop(int fd)
{
    struct deferred *own = numbers_find(&all, fd);
    if (own) {
        own->length = 0;
        own->error = 0;
    }
}
