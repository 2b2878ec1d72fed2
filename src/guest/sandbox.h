/*
 * sandbox.h - a process that shuts itself in with seccomp(2), as sshd(8) does before a login.
 *
 * Its filter knows the calls that the program makes, and may kill it for others. So what the shim
 * asks about descriptors it asks before, and in there does without all but the limited calls
 * themselves, poll(2), clock_nanosleep(2), getpid(2) and the clock. A filter is a thread's, but may
 * be given to all: so all threads do without from then on. src/calls/seccomp.c notices it.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <stdbool.h>

#include "hidden.h"

/* How often it was entered, or is about to be. A tentative entry that failed is taken back. */
extern HIDDEN unsigned sandbox_entries;

/* in_sandbox - whether this process may be killed for a system call. */
static inline bool in_sandbox(void)
{
    return __builtin_expect(__atomic_load_n(&sandbox_entries, __ATOMIC_RELAXED) != 0, 0);
}

#endif
