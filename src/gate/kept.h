/*
 * kept.h - what is kept, of each direction of each descriptor, of a call that does not wait: from
 * when it came first until it goes. See ticket.h.
 */
#ifndef KEPT_H
#define KEPT_H

#include "loop.h"
#include "passage.h"

/* One thread at a time has it, by taking since_ns out (kept_take_up). Should it go away with that,
 * a place in line is left behind, which does not last. */
struct ticket {
    uint64_t since_ns;   /* when the call came first; 0: nobody waits, or one has it */
    uint64_t again_ns;   /* as of struct rl_wait */
    uint64_t refused_ns; /* when it was last told to come again, */
    uint32_t asked;      /* how often readiness had been asked for by then, */
    uint8_t refusals;    /* and how often that was, at once one after the other, without asking */
    uint8_t retries;     /* and, with asking, less those that calls which went can account for */
    bool counted;        /* as of struct gate */
    bool policed;        /* nobody waits: a limit in police mode has refused */
    uint16_t limits;
    uint16_t generation; /* of processes, see gate_forked */
    size_t bytes;
    uint16_t places[MAX_LIMITS];
};

/* kept_find - those of a descriptor, by enum gate_of; NULL if it never had any. kept_take - make
 * them; NULL if there is no memory. */
struct ticket *kept_find(int fd);
struct ticket *kept_take(int fd);

/* kept_is_valid - whether a call waits by it, of this process. kept_forked - in a child: none does.
 */
bool kept_is_valid(const struct ticket *ticket);
void kept_forked(void);

/* kept_note - that it is kept of this call. kept_police - gate it until it would not be refused;
 * but the limit may be changed before, of which only who looks at it learns. */
void kept_note(struct ticket *ticket, const struct gate *gate);
void kept_police(struct ticket *ticket, const struct gate *gate, enum gate_of of,
                 const struct rl_wait *wait);

/* kept_first_of - the earlier one. */
static inline uint64_t kept_first_of(uint64_t a_ns, uint64_t b_ns)
{
    return a_ns < b_ns ? a_ns : b_ns;
}

/* kept_keep - keep the places of a wait. Returns until when its descriptor is to be gated. Another
 * thread may have come with the same one meanwhile, and have a place for it: one is enough. */
uint64_t kept_keep(int fd, struct ticket *ticket, struct rl_wait *wait);

/* kept_take_up - who does has it for himself, until he keeps it again: as of when the call came
 * first, and in the place that it has. False: there is none, or another thread has it. */
bool kept_take_up(struct ticket *ticket, struct rl_wait *wait);

/* kept_leave - give its places up. */
void kept_leave(struct ticket *ticket);

#endif
