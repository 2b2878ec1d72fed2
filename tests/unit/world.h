/*
 * world.h - the line in virtual time, with an adversary for a scheduler.
 *
 * Callers wait in line, go, come again. The adversary chooses how late each of their wake-ups is,
 * interrupts them, kills them, lets the kernel take less of what they took, and stops them all at
 * once. What departs is looked at in every window, literally: burst + rate * (w + 1 ms).
 */
#ifndef WORLD_H
#define WORLD_H

#include <errno.h>
#include <string.h>

#include "algo.h"
#include "bound.h"
#include "check.h"
#include "lines.h"
#include "random.h"

#define MS UINT64_C(1000000)

/* What the bound allows for lateness; RL_LATENESS_NS is somewhat less, for the way to the call. */
#define TOLERANCE_NS (1 * MS)

#define U(x)         ((unsigned long long)(x))

enum { MOST_LIMITS = 3, MOST_CALLERS = 120, MOST_DEPARTURES = 1 << 15 };

/* How late they wake up. */
enum lateness {
    PUNCTUAL,
    SLIGHTLY,     /* each by what is taken as on time */
    SOME,         /* a quarter of them by up to 2 s, each time */
    ALL,          /* each by up to `most_late_ns` */
    HUGE_FOR_ALL, /* each by up to 3 s */
    KINDS_OF_LATENESS
};

struct caller {
    bool there;
    uint64_t next_ns;  /* when he acts */
    uint64_t pause_ns; /* from one departure to his next coming */
    uint64_t n[MOST_LIMITS];
    struct rl_wait wait;
    struct rl_claim claims[MOST_LIMITS];
    enum { AWAY, WAITING, GOING } state;
    /* What became of him. */
    uint64_t came_ns, longest_ns, units, departures;
};

struct world {
    struct random random;
    uint64_t clock, begin_ns;
    size_t limits, callers;
    struct rl_limiter limiter[MOST_LIMITS];
    struct caller caller[MOST_CALLERS];
    enum lateness lateness;
    uint64_t most_late_ns;
    uint64_t stop_from_ns, stop_to_ns; /* nobody runs in between */
    bool delays_going;                 /* between his turn and his taking others may act */
    unsigned leaving;                  /* one in so many waits ends before its time; 0: none */
    unsigned dying;       /* one in so many, for ever; another comes instead; 0: none */
    unsigned taking_less; /* one in so many departures; 0: none */
    uint64_t looks;
    size_t enough; /* departures, or 0 */
    bool in_order;
    uint64_t last_came_ns;
    size_t departed[MOST_LIMITS];
    struct departure departures[MOST_LIMITS][MOST_DEPARTURES];
};

static struct world world;

static inline bool one_in(struct world *w, unsigned n)
{
    return n && random_one_in(&w->random, n);
}

static inline uint64_t late_ns(struct world *w, size_t who)
{
    switch (w->lateness) {
    case SLIGHTLY:
        return random_upto(&w->random, RL_LATENESS_NS);
    case SOME:
        return who % 4 == 0 ? random_upto(&w->random, 2 * RL_SECOND) : 50000;
    case ALL:
        return random_upto(&w->random, w->most_late_ns);
    case HUGE_FOR_ALL:
        return random_upto(&w->random, 3 * RL_SECOND);
    case PUNCTUAL:
    default:
        return 0;
    }
}

/* He acts at this time, or when he is let run again. */
static inline void act_at(struct world *w, struct caller *c, uint64_t ns)
{
    c->next_ns = ns < w->clock ? w->clock : ns;
    if (c->next_ns >= w->stop_from_ns && c->next_ns < w->stop_to_ns)
        c->next_ns = w->stop_to_ns + random_upto(&w->random, MS);
}

static inline void come(struct world *w, struct caller *c)
{
    size_t count = 0;
    for (size_t i = 0; i < w->limits; i++)
        if (c->n[i])
            c->claims[count++] =
                (struct rl_claim){.limiter = &w->limiter[i], .reservation = {.n = c->n[i]}};
    c->wait = (struct rl_wait){
        .claims = c->claims,
        .count = count,
        .since_ns = w->clock,
        .deadline_ns = RL_FOREVER,
    };
    c->came_ns = w->clock;
    c->state = WAITING;
}

static inline void go_away(struct world *w, struct caller *c, uint64_t pause_ns)
{
    c->state = AWAY;
    act_at(w, c, w->clock + pause_ns);
}

static inline void depart(struct world *w, struct caller *c)
{
    bool less = one_in(w, w->taking_less);
    for (size_t i = 0; i < c->wait.count; i++) {
        struct rl_claim *claim = &c->claims[i];
        size_t which = (size_t)(claim->limiter - w->limiter);
        uint64_t n = claim->reservation.n, used = less ? random_upto(&w->random, n) : n;
        if (used < n)
            rl_refund_at(claim->limiter, &claim->reservation, used, w->clock);
        if (used && w->departed[which] < MOST_DEPARTURES)
            w->departures[which][w->departed[which]++] = (struct departure){w->clock, used};
        c->units += which == 0 ? used : 0;
    }
    w->in_order &= c->came_ns >= w->last_came_ns;
    w->last_came_ns = c->came_ns;
    c->longest_ns = rl_later(c->longest_ns, w->clock - c->came_ns);
    c->departures++;
    go_away(w, c, c->pause_ns);
}

static inline void look(struct world *w, struct caller *c)
{
    size_t who = (size_t)(c - w->caller);
    c->wait.now_ns = w->clock;
    w->looks++;
    int error = rl_look(&c->wait);
    if (error == EBUSY) {
        CHECK(c->wait.again_ns > w->clock);
        act_at(w, c, c->wait.again_ns + late_ns(w, who));
        if (one_in(w, w->leaving))
            act_at(w, c, w->clock + random_upto(&w->random, c->next_ns - w->clock));
        return;
    }
    CHECK_EQ(error, 0);
    c->state = GOING;
    act_at(w, c, w->clock + (w->delays_going ? random_upto(&w->random, MS / 10) : 0));
}

static inline void act(struct world *w, struct caller *c)
{
    if (c->state != AWAY && one_in(w, w->dying)) {
        go_away(w, c, random_upto(&w->random, RL_SECOND)); /* and leaves his places behind */
        return;
    }
    if (c->state == WAITING && one_in(w, w->leaving)) {
        c->wait.now_ns = w->clock;
        rl_leave(&c->wait);
        go_away(w, c, random_upto(&w->random, MS));
        return;
    }
    if (c->state == AWAY)
        come(w, c);
    if (c->state == GOING) {
        c->wait.now_ns = w->clock;
        c->state = WAITING;
        if (rl_take(&c->wait)) {
            depart(w, c);
            return;
        }
    }
    look(w, c);
}

static inline void run_until(struct world *w, uint64_t end_ns)
{
    for (;;) {
        struct caller *next = NULL;
        for (size_t i = 0; i < w->callers; i++)
            if (w->caller[i].there && (!next || w->caller[i].next_ns < next->next_ns))
                next = &w->caller[i];
        if (!next || next->next_ns >= end_ns || (w->enough && w->departed[0] >= w->enough))
            break;
        w->clock = next->next_ns;
        act(w, next);
    }
    w->clock = end_ns;
}

/* A world that begins at 1000 s, where nobody is late, leaves or dies. */
static inline struct world *begin(uint64_t seed)
{
    memset(&world, 0, offsetof(struct world, departed));
    memset(world.departed, 0, sizeof world.departed);
    world.random.state = seed;
    world.clock = world.begin_ns = 1000 * RL_SECOND;
    world.in_order = true;
    return &world;
}

static inline struct rl_limiter *add_limit(struct world *w, enum rl_algo algo, uint64_t capacity,
                                           uint64_t burst)
{
    struct rl_limiter *limiter = &w->limiter[w->limits++];
    CHECK_EQ(rl_init(limiter, algo, capacity, RL_SECOND, burst, fresh_line()), 0);
    return limiter;
}

static inline struct caller *add_caller(struct world *w, uint64_t n)
{
    struct caller *c = &w->caller[w->callers++];
    *c = (struct caller){.there = true, .n = {n}};
    act_at(w, c, w->clock);
    return c;
}

static inline uint64_t units_between(const struct world *w, size_t limit, uint64_t from_ns,
                                     uint64_t to_ns)
{
    uint64_t units = 0;
    for (size_t i = 0; i < w->departed[limit]; i++) {
        const struct departure *d = &w->departures[limit][i];
        units += d->at_ns >= from_ns && d->at_ns < to_ns ? d->units : 0;
    }
    return units;
}

static inline bool bounds_hold(struct world *w)
{
    for (size_t i = 0; i < w->limits; i++) {
        struct breach breach;
        if (!CHECK(bound_holds(&w->limiter[i].rate, w->departures[i], w->departed[i], TOLERANCE_NS,
                               &breach))) {
            fprintf(stderr, "  limit %zu of %llu/s, burst %llu: %llu units from %llu to %llu\n", i,
                    U(w->limiter[i].rate.capacity), U(w->limiter[i].rate.burst), U(breach.units),
                    U(breach.from_ns), U(breach.to_ns));
            return false;
        }
    }
    return true;
}

#endif
