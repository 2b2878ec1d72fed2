/* clock.c - the one clock of everything. */
#include <time.h>

#include "rl.h"

uint64_t rl_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * RL_SECOND + (uint64_t)t.tv_nsec;
}
