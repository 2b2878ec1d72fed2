/*
 * bound.h - the promise of a limiter, checked the slow and obvious way: in every window of length w
 * at most burst + w * capacity / period units depart. Exact: 128-bit integers, no tolerance.
 */
#ifndef BOUND_H
#define BOUND_H

#include <stdlib.h>

#include "rl.h"

struct departure {
    uint64_t at_ns;
    uint64_t units;
};

/* Where the bound was broken: so many units between these two instants. */
struct breach {
    uint64_t from_ns, to_ns, units;
};

/*
 * Whether so many units may depart within w_ns (which may be negative: see debts in the property
 * test). grain_ns: how coarse the instants are, 0 if exact, else up to that much may be missing
 * from w; not quite the whole of it.
 */
static inline bool bound_allows(const struct rl_rate *rate, uint64_t units, int64_t w_ns,
                                uint64_t grain_ns)
{
    __int128 period = (__int128)rate->period_ns;
    __int128 allowed = rate->burst * period + (__int128)rate->capacity * (w_ns + (int64_t)grain_ns);
    return grain_ns ? units * period < allowed : units * period <= allowed;
}

static inline int by_instant(const void *a, const void *b)
{
    uint64_t first = ((const struct departure *)a)->at_ns;
    uint64_t second = ((const struct departure *)b)->at_ns;
    return (first > second) - (first < second);
}

/*
 * Sorts the departures and looks at every window that starts and ends with one: of all that end
 * with the same one, at the fullest, which is that which starts where least was ahead of the rate.
 */
static inline bool bound_holds(const struct rl_rate *rate, struct departure *departures,
                               size_t count, uint64_t grain_ns, struct breach *breach)
{
    __int128 least_ahead = 0;
    uint64_t units = 0, units_from = 0, from = 0;
    qsort(departures, count, sizeof *departures, by_instant);
    for (size_t i = 0; i < count; i++) {
        uint64_t to = departures[i].at_ns;
        __int128 ahead = (__int128)units * rate->period_ns - (__int128)rate->capacity * to;
        if (i == 0 || ahead < least_ahead) {
            least_ahead = ahead;
            from = to;
            units_from = units;
        }
        units += departures[i].units;
        if (!bound_allows(rate, units - units_from, (int64_t)(to - from), grain_ns)) {
            *breach = (struct breach){from, to, units - units_from};
            return false;
        }
    }
    return true;
}

#endif
