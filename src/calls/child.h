/* child.h - a program that is about to be run, by whatever call. */
#ifndef CHILD_H
#define CHILD_H

#include <alloca.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "inherit.h"

struct child {
    /* Which one, as execveat(2) is told. */
    int directory;
    const char *path; /* the program's pointer, which need not be good */
    int flags;
    bool searched; /* in PATH, if there is no slash in it (execvp(3)) */
    /* What child_may says: */
    enum inherit how; /* what is done about LD_PRELOAD; for inherit_room */
    /* And child_execs: */
    bool is_member; /* itself, not one that has its parent's memory */
    bool noted;     /* the latter, of the trees of its parent (share.h) */
};

/*
 * child_may - the one place that all calls come by before they run a program. One that cannot be
 * limited is reported, or refused: then it is false, and errno is EACCES (RL_ESCAPE). From any call
 * path; else errno is left alone.
 */
bool child_may(struct child *child);

/* child_execs - the caller itself becomes it; child_failed - it did not. child_spawned - it was
 * started as a process of that number. */
void child_execs(struct child *child);
void child_failed(const struct child *child);
void child_spawned(pid_t pid);

/*
 * The environment for it, completed on the stack of the caller, if need be: a vfork child has its
 * parent's memory, in which it may leave nothing, and in which malloc may be locked for ever.
 */
#define CHILD_ENVIRONMENT(child, envp)                                                             \
    ({                                                                                             \
        size_t room = inherit_room(envp, (child)->how);                                            \
        room ? inherit_complete(alloca(room), room, envp, (child)->how) : (envp);                  \
    })

#endif
