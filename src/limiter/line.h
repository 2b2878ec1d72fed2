/*
 * line.h - those who wait: in which order, and for how much.
 *
 * A place is a lease. Its owner says when he will look at the line again, and renews it then. One
 * that was not renewed for a while is not counted, and may be taken by whoever needs one: its owner
 * was killed, cancelled, jumped out of his wait, or sleeps where the scheduler put him. In the last
 * case he stands where he stood as soon as he is back, since his place is told by when he came, not
 * by where it is noted. So nobody need ask who is alive, and nothing is left of who is not.
 *
 * Where all places are held, who came last of their owners loses his to one who came before him.
 * So those who have none are behind all the others, and are in no hurry.
 */
#ifndef LINE_H
#define LINE_H

#include "rl.h"

/*
 * How long a place lasts that is not renewed: the next look is at most LINE_LOOK_NS away (a fifth
 * of a millisecond more for each that waits), and its owner may be late for it by LINE_GRACE_NS,
 * and by as much as he was the last time, up to LINE_PATIENCE_NS.
 */
#define LINE_LOOK_NS     (250 * UINT64_C(1000000))
#define LINE_GRACE_NS    (100 * UINT64_C(1000000))
#define LINE_PATIENCE_NS (400 * UINT64_C(1000000))
/* None lasts as long as that: what says so is nobody's. */
#define LINE_LONGEST_NS (2 * RL_SECOND)

/* How many bytes of a line are touched whether anybody waits or not, or few do: they must have room
 * (pages.h) before it is used. */
enum { LINE_TOUCHED = 3840 };

/* line_is_empty - surely nobody waits: the short cut. */
static inline bool line_is_empty(const struct rl_line *line, uint64_t now_ns)
{
    return __atomic_load_n(&line->waited_until_ns, __ATOMIC_RELAXED) < now_ns;
}

/* line_extent - all places are free from that one on. */
static inline uint32_t line_extent(const struct rl_line *line)
{
    uint32_t extent = __atomic_load_n(&line->extent, __ATOMIC_RELAXED);
    return extent < RL_PLACES ? extent : RL_PLACES;
}

/* Of those who stand before a caller. */
struct line_ahead {
    uint64_t cost;          /* what they wait for, ticks */
    uint64_t latest_due_ns; /* when the last of them expects to go */
    unsigned waiting;       /* how many stand in line in all, but for him */
};

/*
 * line_ahead - look at the line as of now_ns.
 * since_ns, place: the caller (place 0: he has none yet). due_by_ns: only those who expect to go by
 * then count into `cost`: others wait for another limiter.
 */
struct line_ahead line_ahead(struct rl_line *line, uint64_t since_ns, uint64_t place,
                             uint64_t due_by_ns, uint64_t now_ns);

/* line_enter - take a place, or renew it. place: 0, or the one that he had. Returns which it is, 0
 * if there is none. */
uint64_t line_enter(struct rl_line *line, uint64_t place, const struct rl_place *of,
                    uint64_t now_ns);

/* line_leave - give it up. */
void line_leave(struct rl_line *line, uint64_t place, uint64_t since_ns);

#endif
