/* threads.h - whether there is anybody but the caller. */
#ifndef THREADS_H
#define THREADS_H

#include <stdbool.h>

/* __libc_single_threaded of glibc, from 2.32 on (<sys/single_threaded.h>); NULL: not found. */
extern const char *rl_single_threaded;

/* rl_had_threads - for rl_has_threads, where that was not found, or not looked for yet. */
bool rl_had_threads(void);

/* rl_has_threads - false: there is nobody but the caller. Where that cannot be told: true. */
static inline bool rl_has_threads(void)
{
    const char *single = __atomic_load_n(&rl_single_threaded, __ATOMIC_RELAXED);
    return single ? !*single : rl_had_threads();
}

#endif
