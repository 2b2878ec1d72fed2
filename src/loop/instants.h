/*
 * instants.h - when something is to be done about which descriptor: the next of them.
 *
 * A tree: of each 64 numbers is known which comes first, and of each 64 such groups. To note an
 * instant, and to find the first one, costs the same however many there are; nothing is locked, and
 * nothing is linked that a thread which goes away could leave torn.
 */
#ifndef INSTANTS_H
#define INSTANTS_H

#include <stdbool.h>
#include <stdint.h>

#include "numbers.h"

enum { INSTANTS_TIERS = 4 };

/* To be used as INSTANTS_NONE at first. */
struct instants {
    struct numbers tiers[INSTANTS_TIERS];
    uint64_t top; /* the first of all */
};

#define INSTANTS_TIER                                                                              \
    {                                                                                              \
        .size = sizeof(uint64_t)                                                                   \
    }
#define INSTANTS_NONE                                                                              \
    {                                                                                              \
        .tiers = { INSTANTS_TIER, INSTANTS_TIER, INSTANTS_TIER, INSTANTS_TIER }                    \
    }

/* instants_can - whether a number has room for one: from then on. */
bool instants_can(struct instants *of, int fd);

/* instants_set - the instant of such a number, ns of rl_now(); RL_FOREVER: none. */
void instants_set(struct instants *of, int fd, uint64_t instant_ns);

/* instants_first - the first of all, and in *fd of whom; RL_FOREVER: there is none. instants_next -
 * when it is, and no more. */
uint64_t instants_first(struct instants *of, int *fd);
uint64_t instants_next(const struct instants *of);

#endif
