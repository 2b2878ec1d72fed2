/* shim.h - the limits at work, which all intercepted calls share. */
#ifndef SHIM_H
#define SHIM_H

#include "config.h"
#include "guest.h"
#include "hidden.h"
#include "rl.h"
#include "share.h"

struct shim {
    bool inert;   /* nothing is configured */
    bool tracing; /* a trace is asked for */
    struct rl_limiter limiters[MAX_LIMITS];
    struct share shares[MAX_LIMITS];
    struct config config;
};

extern HIDDEN struct shim shim;

/* For each family of calls (by bit number) the limits that count it, a bit each. All ones until the
 * configuration is read: then the first call reads it. */
enum { FAMILIES = 6, NOT_READ_YET = 0xffff };

/* No limits: DEFERS is set in all families, if a connect may be deferred, after which they have to
 * wait; LISTENS in a family whose bytes are looked at, though no limit may count them: what is said
 * on connections (talk.h), and which hosts are named (addressed.h, resolved.h). */
enum { DEFERS = 1 << 15, LISTENS = 1 << 14 };

extern HIDDEN uint16_t shim_limits[FAMILIES];

/* The limits with a `to` list, a bit each. */
extern uint16_t shim_selective;

_Static_assert(MAX_LIMITS < 14, "a bit each in uint16_t, beside the two above");

/* shim_start - read the configuration, unless that is done; a wrong one ends the process (125). */
void shim_start(void);

/* shim_forked - in a child with memory of its own: descriptors, gates and places in line are its
 * parent's, and it is a member of its own. */
void shim_forked(void);

/* shim_limits_of - the limits that count a family of calls; 0: it passes untouched. */
static inline unsigned shim_limits_of(enum call family)
{
    return __atomic_load_n(&shim_limits[__builtin_ctz(family)], __ATOMIC_ACQUIRE);
}

#endif
