/* scale.h - axes: units that fit, round steps, and where a value is in the picture. */
#ifndef SCALE_H
#define SCALE_H

#include "config.h"

/* A unit, for values from `from` on. A list of them ends with a NULL name. */
struct measure {
    double size, from;
    const char *name;
};

extern const struct measure times[]; /* of nanoseconds */

/* measures_of - those of a limit's units; NULL: nobody knows what they are. */
const struct measure *measures_of(const struct limit *limit);

/* measure_for - the one that a value of this size is told in. */
const struct measure *measure_for(const struct measure *measures, double value);

struct words {
    char text[64];
};

/* quantity - as "1.92 s", "64 kB" or "1 call", to four digits. */
struct words quantity(const struct measure *measures, double value);

struct scale {
    double low, high; /* the values at its ends */
    double from, to;  /* where these are, in pixels */
    double step;      /* between ticks */
    const struct measure *measure;
};

/*
 * scale_make - from low to high, where high > low >= 0, with about this many ticks. Places are to
 * be filled in.
 */
struct scale scale_make(const struct measure *measures, double low, double high, int ticks);

double scale_place(const struct scale *scale, double value);

/* scale_tick - the value of tick number n, from 0 on. Past `high` there are no more. */
double scale_tick(const struct scale *scale, int n);
bool scale_has(const struct scale *scale, double tick);

/* scale_words - the number at a tick, in units of the measure. */
struct words scale_words(const struct scale *scale, double tick);

#endif
