/*
 * arena.h - memory for one who allocates as by malloc(3), in a piece that was mapped at once.
 *
 * First fit, in a row of blocks: for few of them. What was freed is used anew, and all is given
 * back with the piece. Nothing is touched before it is used.
 */
#ifndef ARENA_H
#define ARENA_H

#include <stddef.h>

/* `at`: as aligned as anything needs. To begin with, and to forget all blocks, `used` is 0. */
struct arena {
    char *at;
    size_t length, used; /* bytes */
};

/* arena_take - a block, not zeroed; NULL if there is no room. arena_leave - none, if it is NULL. */
void *arena_take(struct arena *arena, size_t bytes);
void arena_leave(void *block);

#endif
