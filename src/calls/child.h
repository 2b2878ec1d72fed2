/* child.h - a program that is about to be run, by whatever call. */
#ifndef CHILD_H
#define CHILD_H

#include <alloca.h>
#include <stdbool.h>
#include <stddef.h>

#include "inherit.h"

struct child {
    /* Which one, as execveat(2) is told. */
    int directory;
    const char *path; /* the program's pointer, which need not be good */
    int flags;
    bool searched; /* in PATH, if there is no slash in it (execvp(3)) */

    enum inherit how; /* what is done about LD_PRELOAD: for child_room to say */
};

/*
 * child_room - the one place that all calls come by before they run a program: how much room its
 * completed environment takes, 0 if it can go as it is (inherit.h). From any call path; errno is
 * left alone.
 */
size_t child_room(struct child *child, char *const envp[]);

/*
 * The environment for it, completed on the stack of the caller, if need be: a vfork child has its
 * parent's memory, in which it may leave nothing, and in which malloc may be locked for ever.
 */
#define CHILD_ENVIRONMENT(child, envp)                                                             \
    ({                                                                                             \
        size_t room = child_room(child, envp);                                                     \
        room ? inherit_complete(alloca(room), room, envp, (child)->how) : (envp);                  \
    })

#endif
