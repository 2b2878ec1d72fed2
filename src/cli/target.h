/* target.h - which program a command is in the end, and by which steps. */
#ifndef TARGET_H
#define TARGET_H

#include "program.h"
#include "wrapper.h"

enum { MOST_STEPS = 8 };

struct target {
    /* What is found for the command, then the interpreters of scripts, and what wrappers run; the
     * last one is judged. */
    char *steps[MOST_STEPS];
    unsigned count;
    bool wrapped; /* the first step that is not the last is a wrapper, else a script */
    /* What the last step is, if it has another program run that it is no parent of; else NULL. */
    const struct wrapper *hands_over;
    char *root; /* the directory that it makes its root before it runs another; else NULL */
    struct judgement judgement;
};

/*
 * target_find - find a command as execvp(3) does, follow it to the program that will run, through
 * wrappers too, and judge that. command: with its arguments, NULL behind them. What a wrapper
 * does not find, it will say itself: then it is judged.
 * Returns 0, or the exit status for a command that is not found or cannot be run, having said why.
 * To be freed with target_free in any case.
 */
int target_find(struct target *target, char *const *command);
void target_free(struct target *target);

/* target_path - the program that is judged. */
const char *target_path(const struct target *target);

#endif
