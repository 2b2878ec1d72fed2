/*
 * instant.h - durations and instants as providers write them, as nanoseconds to wait. What is
 * longer than 2^64 ns is UINT64_MAX; what is past is 0; fractions are rounded up.
 */
#ifndef INSTANT_H
#define INSTANT_H

#include "span.h"

#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S  UINT64_C(1000000000)

/*
 * duration_ns - "2", "1.5", in units of so many nanoseconds, or with units of its own as Go has
 * them: "6m0s", "4m12.172s", "120ms". Returns false for anything else, and for
 * what is negative, and leaves `ns` alone.
 */
bool duration_ns(struct span text, uint64_t unit_ns, uint64_t *ns);

/*
 * instant_ns - how long it is from `now_ns` (of the wall clock: since 1970) until a date of HTTP in
 * any of its three forms (RFC 9110, 5.6.7), or one of RFC 3339. Returns false for anything else,
 * and leaves `ns` alone.
 */
bool instant_ns(struct span text, uint64_t now_ns, uint64_t *ns);

#endif
