/*
 * chores.h - what is to be done now and then, and nobody is there for: by whoever comes by.
 *
 * There is no thread of the library's own. Each limited call, and each look of one who waits, sees
 * whether the time has come, at the cost of a comparison: to look whether the file of RL_CONFIG is
 * another one, and to write a summary. Where nobody comes by, nothing passes either.
 */
#ifndef CHORES_H
#define CHORES_H

#include <stdbool.h>
#include <stdint.h>

/* chores_start - once the limits are at work. */
void chores_start(void);

extern uint64_t chores_next_ns; /* RL_FOREVER: there are none */

/* chores - do what is due. now_ns: the present. From any call path. */
void chores_do(uint64_t now_ns);
static inline void chores(uint64_t now_ns)
{
    if (__builtin_expect(now_ns >= __atomic_load_n(&chores_next_ns, __ATOMIC_RELAXED), 0))
        chores_do(now_ns);
}

#endif
