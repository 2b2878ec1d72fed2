/*
 * meter.h - measures what arrives: how much, how fast, and how far above a bound.
 *
 * The bound is that of the limiter: in every window of length w at most burst + w * rate units. To
 * look at every window takes no history: a virtual leaky bucket that drains at the rate and takes
 * up what arrives holds, at any instant, the largest excess of a window that ends there. So the
 * highest level it ever had, less the burst, is how far the worst window was above the bound.
 *
 * What may a conforming sender show here? Units that are late, because the sender woke late or this
 * reader did, bunch with those that are in time, and a window that begins with a late unit shows
 * up to rate * lateness too much. That is the allowance, once for the sender and once for the
 * reader, and the lateness is measured: a thread that does nothing but wake each millisecond notes
 * how late it was at worst. (TCP adds nothing as long as the reader keeps up: then nothing waits
 * in the receive buffer for longer than the reader is late.)
 */
#ifndef METER_H
#define METER_H

#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#define NS_PER_SECOND 1000000000

struct meter {
    double rate, burst;      /* the bound: units a second, units; rate 0: none */
    uint64_t units;          /* arrived until now */
    uint64_t first_ns;       /* when the first arrived */
    uint64_t last_ns;        /* when the last did */
    double level, max_level; /* of the virtual bucket */
    uint64_t skip_ns; /* if not 0: what came in so long a time does not count for the rate, */
    uint64_t skipped; /* so much, */
    uint64_t from_ns; /* until then */
};

static inline uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

static inline double seconds(uint64_t ns)
{
    return (double)ns / NS_PER_SECOND;
}

/* Read the clock after the units were read: so they look late, never early. */
static inline void meter_add(struct meter *meter, uint64_t units, uint64_t now)
{
    if (meter->units == 0)
        meter->first_ns = meter->last_ns = now;
    meter->level -= seconds(now - meter->last_ns) * meter->rate;
    if (meter->level < 0)
        meter->level = 0;
    meter->level += (double)units;
    if (meter->level > meter->max_level)
        meter->max_level = meter->level;
    meter->units += units;
    meter->last_ns = now;
    if (now - meter->first_ns <= meter->skip_ns) {
        meter->skipped = meter->units;
        meter->from_ns = now;
    }
}

static inline void meter_reset(struct meter *meter)
{
    *meter = (struct meter){.rate = meter->rate, .burst = meter->burst};
}

/* From rest a burst passes at once; the rest is what had to keep to the rate. Where senders take
 * their time to begin, that is so only from when they all are there. */
static inline double meter_rate(const struct meter *meter)
{
    bool skips = meter->skip_ns > 0;
    double duration = seconds(meter->last_ns - (skips ? meter->from_ns : meter->first_ns));
    double shaped = (double)meter->units - (skips ? (double)meter->skipped : meter->burst);
    return duration > 0 && shaped > 0 ? shaped / duration : 0;
}

static uint64_t worst_lateness_ns;

static inline void *watch_lateness(void *unused)
{
    (void)unused;
    for (;;) {
        uint64_t due = now_ns() + NS_PER_SECOND / 1000;
        struct timespec until = {(time_t)(due / NS_PER_SECOND), (long)(due % NS_PER_SECOND)};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
        uint64_t lateness = now_ns() - due;
        if (lateness > __atomic_load_n(&worst_lateness_ns, __ATOMIC_RELAXED))
            __atomic_store_n(&worst_lateness_ns, lateness, __ATOMIC_RELAXED);
    }
    return NULL;
}

/* One line of NAME=VALUE, for a shell to pick from: times in seconds of CLOCK_MONOTONIC. */
static inline void meter_print(const struct meter *meter, const char *what, FILE *out)
{
    double excess = meter->rate > 0 ? meter->max_level - meter->burst : 0;
    fprintf(out,
            "%s units=%" PRIu64 " first=%.6f last=%.6f seconds=%.6f rate=%.1f excess=%.2f "
            "lateness=%.6f\n",
            what, meter->units, seconds(meter->first_ns), seconds(meter->last_ns),
            seconds(meter->last_ns - meter->first_ns), meter_rate(meter), excess > 0 ? excess : 0,
            seconds(__atomic_load_n(&worst_lateness_ns, __ATOMIC_RELAXED)));
    fflush(out);
}
#endif
