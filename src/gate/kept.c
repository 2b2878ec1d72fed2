/* kept.c - see kept.h. */
#include "kept.h"
#include "numbers.h"
#include "wait.h"

static struct numbers tickets = {.size = GATES * sizeof(struct ticket)};
static uint16_t generation;

struct ticket *kept_find(int fd)
{
    return numbers_find(&tickets, fd);
}

struct ticket *kept_take(int fd)
{
    return numbers_take(&tickets, fd);
}

bool kept_is_valid(const struct ticket *ticket)
{
    return __atomic_load_n(&ticket->since_ns, __ATOMIC_ACQUIRE) && ticket->generation == generation;
}

void kept_forked(void)
{
    generation++;
}

void kept_note(struct ticket *ticket, const struct gate *gate)
{
    ticket->limits = gate->limits;
    ticket->bytes = gate->bytes;
    ticket->counted = gate->counted;
    ticket->policed = false;
}

void kept_police(struct ticket *ticket, const struct gate *gate, enum gate_of of,
                 const struct rl_wait *wait)
{
    if (!kept_is_valid(ticket)) {
        kept_note(ticket, gate);
        ticket->policed = true;
    }
    loop_close(gate->passage->fd, of,
               kept_first_of(wait->claims->reservation.conforming_ns, wait->now_ns + RL_LOOK_NS));
}

static unsigned limit_of(const struct rl_claim *claim)
{
    return (unsigned)(claim->limiter - shim.limiters);
}

/* Where all places are held: then nothing comes of asking at the instant that was expected. */
static bool has_no_place(const struct rl_wait *wait)
{
    for (size_t i = 0; i < wait->count; i++)
        if (wait->claims[i].limiter->mode == RL_SHAPE && wait->claims[i].reservation.n &&
            !wait->claims[i].reservation.place)
            return true;
    return false;
}

uint64_t kept_keep(int fd, struct ticket *ticket, struct rl_wait *wait)
{
    enum { LATE_NS = 500000000 };
    uint64_t again_ns = wait->again_ns;
    if (kept_is_valid(ticket)) {
        rl_leave(wait);
        return kept_first_of(again_ns, wait->deadline_ns);
    }
    if (has_no_place(wait)) {
        loop_comes_late(fd, wait->since_ns);
        again_ns = wait->claims->reservation.conforming_ns + LATE_NS;
    }
    ticket->again_ns = wait->again_ns;
    ticket->generation = generation;
    for (size_t i = 0; i < wait->count; i++)
        ticket->places[limit_of(&wait->claims[i])] = (uint16_t)wait->claims[i].reservation.place;
    __atomic_store_n(&ticket->since_ns, wait->since_ns, __ATOMIC_RELEASE);
    return kept_first_of(again_ns, wait->deadline_ns);
}

bool kept_take_up(struct ticket *ticket, struct rl_wait *wait)
{
    uint64_t since_ns = __atomic_load_n(&ticket->since_ns, __ATOMIC_ACQUIRE);
    if (!kept_is_valid(ticket) ||
        !__atomic_compare_exchange_n(&ticket->since_ns, &since_ns, 0, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_RELAXED))
        return false;
    wait->since_ns = since_ns;
    wait->again_ns = ticket->again_ns;
    for (size_t i = 0; i < wait->count; i++)
        wait->claims[i].reservation.place = ticket->places[limit_of(&wait->claims[i])];
    return true;
}

void kept_leave(struct ticket *ticket)
{
    for (unsigned rest = ticket->limits; rest; rest &= rest - 1) {
        unsigned limit = (unsigned)__builtin_ctz(rest);
        struct rl_claim claim = {.limiter = &shim.limiters[limit],
                                 .reservation = {.place = ticket->places[limit]}};
        struct rl_wait wait = {.claims = &claim, .count = 1, .since_ns = ticket->since_ns};
        rl_leave(&wait);
    }
    __atomic_store_n(&ticket->since_ns, 0, __ATOMIC_RELEASE);
}
