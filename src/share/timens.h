/*
 * timens.h - the clocks of members in other time namespaces.
 *
 * All instants in a segment are of the clock of the first namespace; rl_clock_ahead_ns is by how
 * much that of this process is ahead. What the kernel says of that takes long to read. But there is
 * a clock that all have in common, CLOCK_REALTIME: who sees the same distance between it and
 * CLOCK_MONOTONIC as the maker of a segment did, goes by the same clock.
 */
#ifndef TIMENS_H
#define TIMENS_H

#include <stdbool.h>
#include <stdint.h>

/* timens_distance - of the two clocks, ns, for who makes a segment. It takes long, but for who has
 * agreed with another one before. */
int64_t timens_distance(void);

/* timens_agree - see to it that the clocks are those of a segment, of which distance_ns is known:
 * at the start, and, with anew, in a child, which may have come into another namespace. */
void timens_agree(int64_t distance_ns, bool anew);

#endif
