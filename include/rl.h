/*
 * rl.h - hold a program to a rate: the limiter of librlshim, for programs with source.
 *
 * A limiter lets `capacity` units pass per `period`, and up to `burst` at once from rest. It is
 * exact: in every window of length w at most burst + (w + 1 ms) * capacity / period units depart,
 * whatever the scheduler does to those that wait; the 1 ms is RL_LATENESS_NS, by which a caller may
 * wake up late and be taken as on time. (Instants are kept in ticks finer than a nanosecond, and
 * told rounded up to whole ones.) What a unit is (a call, a byte, a token) is the caller's
 * business.
 *
 *     static struct rl_line line;
 *     struct rl_limiter uploads;
 *     rl_init(&uploads, RL_GCRA, 1000000, RL_SECOND, 64000, &line);   // 1 MB/s, 64 kB at once
 *     ...
 *     rl_acquire(&uploads, length, RL_FOREVER, NULL);                 // sleeps until it conforms
 *     send(fd, data, length, 0);
 *
 * Three verbs, all of them lock-free:
 *   rl_acquire      for those who want to sleep until it conforms: first come, first served;
 *   rl_try_acquire  for those who would rather drop or postpone than wait: behind those who do;
 *   rl_reserve      for those who know their own way to wait: take the units now, learn when.
 * Units that were not used go back with rl_refund; an estimate is corrected with rl_reconcile.
 * Each has a twin named _at that is given the time instead of reading the clock, so that
 * everything can be tested, and simulated, in virtual time.
 *
 * Times are nanoseconds of CLOCK_MONOTONIC. Functions return 0 or an errno value and leave errno
 * alone. All but rl_init may be called from any number of threads at once, from signal handlers,
 * and between fork and exec: they take no lock, allocate nothing, use no stdio. A process killed
 * at any instruction leaves nothing behind that could stop the others.
 */
#ifndef RL_H
#define RL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RL_SECOND  UINT64_C(1000000000)
#define RL_FOREVER UINT64_MAX

/* Who waits, and cannot be woken, looks at the line that often, at least: see rl_change. */
#define RL_LOOK_NS UINT64_C(100000000)

/* A wake-up that is late by no more is taken as on time: part of the bound, see above. */
#define RL_LATENESS_NS    UINT64_C(800000)

#define RL_MOST_UNITS     (UINT64_C(1) << 62)
#define RL_MOST_PERIOD_NS (UINT64_C(366) * 86400 * RL_SECOND)

/* Given the same parameters and arrivals, all five give the same departures, to the tick. */
enum rl_algo {
    RL_LEAKY_BUCKET, /* a level that leaks at the rate (Turner 1986, as a meter) */
    RL_TOKEN_BUCKET, /* tokens that drip in at the rate (RFC 2697) */
    RL_GCRA,         /* virtual scheduling, TAT and tau (ITU-T I.371) */
    RL_GCRA_LEAKY,   /* continuous-state leaky bucket, X and LCT (ITU-T I.371) */
    RL_LLM_TOKEN,    /* charge an estimate, reconcile with what was used */
    RL_ALGOS         /* how many there are */
};

enum rl_mode {
    RL_SHAPE, /* rl_acquire waits */
    RL_POLICE /* rl_acquire refuses at once what does not conform */
};

/*
 * The constants of a rate, derived once by rl_rate_init.
 *
 * Time is counted in ticks, `ticks_per_ns` (16 to 48) to the nanosecond. The number is chosen for
 * each rate, so that one unit costs a whole number of ticks whenever one in that range allows it:
 * 3/s, 7/s, 90/s and 10 GB/s are then exact. 64 bits of ticks last for twelve years of uptime.
 */
struct rl_rate {
    uint64_t capacity;     /* units per period */
    uint64_t period_ns;    /* length of the period */
    uint64_t burst;        /* units that may pass at once from rest */
    uint64_t unit_ticks;   /* cost of a unit, whole ticks, ... */
    uint64_t unit_rest;    /* ... and the rest, in parts of `unit_parts` */
    uint64_t unit_parts;   /* capacity, cancelled with the period */
    uint64_t rest_inverse; /* 2^64 * unit_rest / unit_parts: saves the division */
    uint64_t tau;          /* ticks in which the burst drains */
    uint64_t since;        /* the instant from which it holds, ticks; 0: from the first */
    uint32_t ticks_per_ns;
    uint32_t generation; /* how often the rate had been changed by then */
};

/* How many can stand in a line; those who came after them wait as well, but are not waited for. */
enum { RL_PLACES = 1024 };

/* A place in line, of a caller that waits. Where it stands is told by when he came. */
struct rl_place {
    uint64_t since_ns; /* when he came; 0: the place is free */
    uint64_t until_ns; /* when he will look again: not seen long after that, he has left */
    uint64_t due_ns;   /* when he expects to go */
    uint64_t cost;     /* what he waits for, ticks */
};

/* A rate that took the place of another: see rl_change. Written once, before it is in force. */
struct rl_changed {
    uint64_t capacity, period_ns, burst;
    uint64_t at;   /* the instant of the change, and */
    uint64_t word; /* the word as it is since then, ticks; */
    uint64_t owed; /* what is owed in units, if no word can tell that; else 0 */
    uint32_t generation;
    uint32_t paused;
    uint64_t check; /* of all the others: that they were written together */
};

/*
 * What all share who share a limit: threads, and processes that have it in memory mapped
 * MAP_SHARED. At first it is all zeroes.
 *
 * `word` is the law, and all the state that the bound rests on: the instant, in ticks, at which the
 * bucket will have drained (what GCRA calls TAT, the theoretical arrival time). 0 means never used.
 * It tells of departures alone: who goes, raises it by a single compare-and-swap; and what he did
 * not use after all, lowers it again. (And of promises, which only rl_reserve makes.)
 *
 * All else is advice: who waits, and since when. It decides who goes first and how long one sleeps,
 * never how much departs. So it may be torn, stale, or left behind by one who was killed.
 */
struct rl_line {
    uint64_t word;
    uint64_t waited_until_ns; /* nobody waits after that: the short cut of those who come */
    uint64_t promised;        /* the last instant that rl_reserve promised, ticks */
    uint64_t owed;   /* how far ahead the word is by debts and promises, which may be any distance:
                        the last of them, ticks, rounded up to where its lowest 16 bits are a check of
                        the others */
    uint32_t extent; /* places from there on are free */
    uint32_t generation; /* how often the rate was changed */
    uint64_t own; /* the caller's: in the cache line of the word, which is at hand when units were
                     taken */
    struct rl_changed changed[2] __attribute__((aligned(64))); /* the n-th in n % 2 */
    struct rl_place places[RL_PLACES] __attribute__((aligned(64)));
};

/*
 * A limiter: what each user of a line has for itself. The caller provides the memory of both, and
 * copies no limiter whose rate was changed.
 *
 * Where the line is a file's, it may hold what no user of it has written. With `mends` set, before
 * use, a word that none can have written, since it is further ahead than by the burst, and by no
 * debt, is lowered to what the burst allows; `mended` counts that. So nothing in a line can hold a
 * caller up for longer than what he takes and the burst do at the rate, and leases of places, which
 * are some seconds; but for a change of the rate that was made up, with its check.
 */
enum { RL_RATES = 4 };
struct rl_limiter {
    struct rl_rate rate; /* as it was at first, */
    const struct rl_rate
        *changed; /* and as this user knows it to be since: NULL, or one of these */
    struct rl_rate rates[RL_RATES];
    const struct rl_algorithm *algorithm;
    enum rl_mode mode;
    uint64_t epoch_ns; /* what ticks count from: 0, or, for a clock that has run for years, what the
                          caller sets before use, the same for all who share the line */
    struct rl_line *line;
    bool mends;
    bool
        prepays; /* who waits for more than the burst goes once the bucket has been at rest for as
                    long as what exceeds it takes, at most a period, rather than as soon as it is at
                    rest: so in every window that is long enough the bound holds for him as well */
    uint32_t mended;
};

/* Units that were taken. The caller reads conforming_ns, and before rl_acquire_all sets n; before
 * rl_await and rl_look, also place, to 0. */
struct rl_reservation {
    uint64_t n; /* units taken */
    union {
        uint64_t before; /* the word without them, ticks */
        uint64_t place;  /* while he waits: which one of the line, from 1 on */
    };
    uint64_t conforming_ns; /* when they may depart */
};

/*
 * rl_rate_init - derive the constants of a rate.
 * capacity: units per period, and burst: 1 to RL_MOST_UNITS. period_ns: 1 to RL_MOST_PERIOD_NS.
 * Returns 0, EINVAL for a zero, or ERANGE for what exceeds those bounds and for a burst that
 * takes longer than a year and a half to drain.
 */
int rl_rate_init(struct rl_rate *rate, uint64_t capacity, uint64_t period_ns, uint64_t burst);

/*
 * rl_init - make a limiter out of a rate and an algorithm, at rest, in shape mode.
 * line: where the state lives, at first all zeroes. To share one limit between processes, give each
 * its own limiter with the same parameters, and the same line in memory mapped MAP_SHARED. The
 * memory stays the caller's; of it only as much is touched as there are callers that wait.
 * Not to be called while others use the limiter. Returns as rl_rate_init, or EINVAL for an
 * unknown algorithm.
 */
int rl_init(struct rl_limiter *limiter, enum rl_algo algo, uint64_t capacity, uint64_t period_ns,
            uint64_t burst, struct rl_line *line);

/* rl_now - the present, ns of CLOCK_MONOTONIC: by the kernel, not by a clock_gettime that somebody
 * put in front of libc's. */
uint64_t rl_now(void);

/*
 * rl_reserve - take n units now and learn when they conform: a promise.
 * n: units; nothing is taken, and the answer is `now`, for n = 0.
 * deadline_ns: absolute; one that would conform only later takes nothing.
 * r: where it is noted; `conforming_ns` is filled in on ETIMEDOUT too.
 * A promise does not stand in line, and goes before those that do. The caller must not let the
 * units depart before r->conforming_ns nor much later, and gives them back with rl_refund if he
 * does not let them depart at all. Returns 0; ETIMEDOUT: later than the deadline, or than 64 bits
 * can tell (rl(3), "Caveats"); E2BIG: n is above the burst, it never conforms.
 */
int rl_reserve(struct rl_limiter *limiter, uint64_t n, uint64_t deadline_ns,
               struct rl_reservation *r);
int rl_reserve_at(struct rl_limiter *limiter, uint64_t n, uint64_t deadline_ns, uint64_t now_ns,
                  struct rl_reservation *r);

/*
 * rl_reserve_debt_at - as rl_reserve_at, but n may exceed the burst: it goes when the bucket is at
 * rest, and leaves a debt that all later ones wait for. For what cannot be split, as a datagram.
 */
int rl_reserve_debt_at(struct rl_limiter *limiter, uint64_t n, uint64_t deadline_ns,
                       uint64_t now_ns, struct rl_reservation *r);

/*
 * rl_try_acquire - take n units if they conform now, and all who wait could go as well.
 * r may be NULL. Returns whether it did. With _debt, n may exceed the burst.
 */
bool rl_try_acquire(struct rl_limiter *limiter, uint64_t n, struct rl_reservation *r);
bool rl_try_acquire_at(struct rl_limiter *limiter, uint64_t n, uint64_t now_ns,
                       struct rl_reservation *r);
bool rl_try_acquire_debt_at(struct rl_limiter *limiter, uint64_t n, uint64_t now_ns,
                            struct rl_reservation *r);

/*
 * rl_acquire - wait in line until n units conform, and take them.
 * timeout_ns: the longest wait, from now; RL_FOREVER: none. r may be NULL.
 * Signals act as on a blocked send(2): a handler installed with SA_RESTART runs and the wait goes
 * on, any other ends it. It is a cancellation point; nothing is taken of a cancelled thread.
 * Returns 0; EINTR: a handler ran, the place in line was given back; ETIMEDOUT: the timeout
 * passed and nothing was taken; EAGAIN: a RL_POLICE limiter refuses; E2BIG as rl_reserve;
 * EOVERFLOW: later than 64 bits can tell.
 */
int rl_acquire(struct rl_limiter *limiter, uint64_t n, uint64_t timeout_ns,
               struct rl_reservation *r);

/*
 * rl_refund - give back what was not used: only `used` units of this reservation departed.
 * What went by in time since they were taken is forfeit, and nothing else: the word is lowered as
 * far as if less had been taken in the first place. While a promise of rl_reserve is outstanding, a
 * caller promised behind it would then exceed the bound: so units come back only if nobody took any
 * since. A limiter rather under-uses than exceeds.
 * now_ns: not before any departure that there was.
 * A reservation may be refunded once. Returns whether units came back.
 */
bool rl_refund(struct rl_limiter *limiter, struct rl_reservation *r, uint64_t used);
bool rl_refund_at(struct rl_limiter *limiter, struct rl_reservation *r, uint64_t used,
                  uint64_t now_ns);

/*
 * rl_reconcile - replace the estimate that was acquired by the actual amount, of any algorithm.
 * r: the reservation of the estimate; actual: the units that were used. If more, the rest becomes
 * a debt that later acquires wait for, charged now; if less, it is refunded as by rl_refund.
 */
void rl_reconcile(struct rl_limiter *limiter, struct rl_reservation *r, uint64_t actual);
void rl_reconcile_at(struct rl_limiter *limiter, struct rl_reservation *r, uint64_t actual,
                     uint64_t now_ns);

/*
 * rl_change - change the rate, for all users of the line, from now on.
 * What is owed, and what might go at once, stays so in units, at most the new burst. With the rates
 * R0 until the instant t, and R1 since, at most R0 * (t - a) + R1 * (b - t) + the larger of both
 * bursts depart between a and b. Who sleeps in rl_await is woken, where the kernel has
 * futex_waitv(2) and no handler is to end the sleep; else he finds out RL_LOOK_NS later, or a
 * little more where many wait. What was taken before, and did not depart, does not come back;
 * promises of rl_reserve keep their instants. The caller sees to it that there is one change at a
 * time. If he is killed, either rate is in force, and works. Returns as rl_rate_init.
 *
 * rl_pause - let nothing conform any more, or again. While it is paused, who waits goes on waiting,
 * and the bucket stays as full as it was. rl_is_paused - whether it is.
 *
 * rl_current - the rate in force, which lasts as long as the limiter, or until it has been changed
 * RL_RATES times.
 */
int rl_change(struct rl_limiter *limiter, uint64_t capacity, uint64_t period_ns, uint64_t burst);
int rl_change_at(struct rl_limiter *limiter, uint64_t capacity, uint64_t period_ns, uint64_t burst,
                 uint64_t now_ns);
void rl_pause(struct rl_limiter *limiter, bool pause);
void rl_pause_at(struct rl_limiter *limiter, bool pause, uint64_t now_ns);
bool rl_is_paused(struct rl_limiter *limiter);
const struct rl_rate *rl_current(struct rl_limiter *limiter);

/* rl_level - how many units would conform at once now, rounded down: 0 to burst. */
uint64_t rl_level(struct rl_limiter *limiter);
uint64_t rl_level_at(struct rl_limiter *limiter, uint64_t now_ns);

/* How to wait, or-ed. */
enum {
    RL_DEBT = 1,       /* n may exceed a burst, as with rl_reserve_debt_at */
    RL_NO_RESTART = 2, /* any handler ends the wait, also one with SA_RESTART, and SIGCONT after a
                          stop: as of a send on a socket with a timeout (signal(7)) */
    RL_NO_SIGNALS = 4, /* no handler ends the wait: for what cannot be given back */
    RL_NO_CANCEL = 8,  /* the wait is no cancellation point (pthreads(7)) */
    RL_PLAINLY = 16, /* by clock_nanosleep(2), or poll(2) where that is refused, since a seccomp(2)
                        filter may answer other calls with death; then no handler ends the wait
                        but with RL_NO_RESTART */
};

/* Several limiters that one departure must conform to. */
struct rl_claim {
    struct rl_limiter *limiter;
    struct rl_reservation reservation; /* its n: the units to take of this limiter; may be 0 */
};

/*
 * rl_acquire_all - wait in line until each claim conforms at one and the same instant, and take
 * them all. He stands in the line of each limiter. Who waits for a slow limiter holds nobody up in
 * the line of a fast one, until he is about to go. None is ever exceeded. claims: each of another
 * limiter. flags: see above. deadline_ns: absolute; one that expects to go only later takes no
 * place; unless others leave, he waits until then, and fails. now_ns: rl_now(), if the caller just
 * read it. waited_ns: if not NULL, how long it waited. Returns as rl_acquire. On success each
 * claim's reservation is filled in, for rl_refund.
 */
int rl_acquire_all(struct rl_claim *claims, size_t count, unsigned flags, uint64_t deadline_ns,
                   uint64_t now_ns, uint64_t *waited_ns);

/* A wait in line, for those who do it in steps. */
struct rl_wait {
    struct rl_claim *claims; /* their reservations: n, and place, which is 0 at first */
    size_t count;
    unsigned flags;
    uint64_t since_ns;       /* when he came, rl_now() */
    uint64_t now_ns;         /* the present */
    uint64_t deadline_ns;    /* as of rl_acquire_all */
    uint64_t again_ns;       /* 0 at first; then when to look again, at the latest */
    const uint64_t *signals; /* NULL, or the kernel's signal mask to sleep with: see rl(3) */
};

/*
 * rl_acquire_all in two steps, for those who have to look at something in between.
 *
 * rl_await - wait until it is the caller's turn; his places are kept then. now_ns is the present,
 * on entry and on return. Returns as rl_acquire_all. rl_take - right before he goes; now_ns:
 * rl_now(), just read. False: others were faster, he was late, or it is not his turn, and nothing
 * is taken; then he awaits his turn anew. rl_leave - give the places up.
 */
int rl_await(struct rl_wait *wait);
bool rl_take(struct rl_wait *wait);
void rl_leave(struct rl_wait *wait);

/*
 * rl_look - a step of rl_await, for those who have their own event loop: it does not sleep. Takes
 * places in line, or renews them, if he can expect to go by the deadline; else gives them up. When
 * he can expect to go is then in the conforming_ns of each reservation.
 * Returns 0: it is his turn; EBUSY: not yet; or EAGAIN, E2BIG, EOVERFLOW as rl_acquire_all; after
 * EAGAIN the first reservation has when the limiter that refuses would not.
 */
int rl_look(struct rl_wait *wait);

/* rl_waiting - how many stand in line at now_ns. */
unsigned rl_waiting(const struct rl_limiter *limiter, uint64_t now_ns);

/* rl_algo_name, rl_algo_named - "gcra" and back; RL_ALGOS if no algorithm has that name. */
const char *rl_algo_name(enum rl_algo algo);
enum rl_algo rl_algo_named(const char *name);

#ifdef __cplusplus
}
#endif
#endif
