/*
 * bound.h - what a limit promises: in every window of time at most burst + rate * its length
 * passes.
 *
 * The bucket of that rate and burst keeps the account: what has passed and what is in it, together,
 * is the most that may have passed by then, whichever window one looks at. It is not the limiter's
 * own state, of which a trace tells nothing, but an account beside it.
 */
#ifndef BOUND_H
#define BOUND_H

#include "config.h"

struct bound {
    bool assumed; /* its burst is that of a limit which names none */
    double burst, per_ns;
    double level; /* what may pass at once, at at_ns; below 0 if more has passed than may */
    double at_ns;
};

/* bound_of - that of a limit, full, at this instant. */
struct bound bound_of(const struct limit *limit, bool assumed, double at_ns);

/* bound_full - when it is full, if nothing passes; not before at_ns. */
double bound_full(const struct bound *bound);

/* bound_advance - to a later instant. bound_take - so much passes at that instant. */
void bound_advance(struct bound *bound, double at_ns);
void bound_take(struct bound *bound, double amount);

#endif
