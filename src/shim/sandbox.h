/*
 * sandbox.h - a process that shuts itself in with seccomp(2), as sshd(8) does before a login.
 *
 * Its filter knows the calls that the program makes, and may kill it for others. So what the shim
 * asks about descriptors it asks before, and in there does without all but the limited calls
 * themselves, poll(2), clock_nanosleep(2), getpid(2) and the clock.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <stdbool.h>

extern bool sandbox_entered;

/* in_sandbox - whether this process may be killed for a system call. */
static inline bool in_sandbox(void)
{
    return __builtin_expect(__atomic_load_n(&sandbox_entered, __ATOMIC_RELAXED), 0);
}

/*
 * sandbox_enter - before the process does. Returns whether that is new: then sandbox_stay_out is
 * for the case that it could not. A vfork child, which has its parent's memory, changes nothing.
 * errno is left alone.
 */
bool sandbox_enter(void);
void sandbox_stay_out(void);

#endif
