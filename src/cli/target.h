/* target.h - which program a command is in the end, and by which steps. */
#ifndef TARGET_H
#define TARGET_H

#include "program.h"

enum { MOST_STEPS = 8 };

struct target {
    /* What is found for the command, then the interpreters of scripts; the last one is judged. */
    char *steps[MOST_STEPS];
    unsigned count;
    struct judgement judgement;
};

/*
 * target_find - find a command as execvp(3) does, follow it to the program, through env(1) too, and
 * judge that. Returns 0, or the exit status for a command that is not found or cannot be run,
 * having said why. To be freed with target_free in any case.
 */
int target_find(struct target *target, const char *command);
void target_free(struct target *target);

/* target_path - the program that is judged. */
const char *target_path(const struct target *target);

#endif
