/*
 * program.h - which program a command is, and whether it can be limited.
 *
 * What counts is the program that in the end makes the calls: of a script, its interpreter.
 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <stdbool.h>

#include "elf_file.h"

/* Why a program cannot be limited; the one that explains most comes first. */
enum reason {
    DAMAGED,       /* not a valid program */
    OTHER_MACHINE, /* another architecture or word size */
    STATIC,        /* no dynamic loader, which would read LD_PRELOAD */
    OTHER_LIBC,    /* another kind of dynamic loader than ours */
    GO_PROGRAM,    /* makes its system calls itself */
    SET_USER_ID,   /* these four: the loader runs in secure mode, ld.so(8) */
    SET_GROUP_ID,
    CAPABILITIES,
    CALLER_IDS,
    ENVIRONMENT_LOST, /* by env -i */
    REASONS           /* how many there are */
};

enum { MOST_STEPS = 8 };

struct program {
    /* What is found for the command, then the interpreters of scripts; the last one is judged. */
    char *steps[MOST_STEPS];
    unsigned count;
    unsigned reasons; /* a bit each, 1 << enum reason */
    bool unreadable;  /* nothing could be found out */
    struct elf elf;
    unsigned owner, group; /* of the file */
};

/*
 * program_find - find a command as execvp(3) does, follow it to the program, and judge that.
 * Returns 0, or the exit status for a command that is not found or cannot be run, having said
 * why. To be freed with program_free in any case.
 */
int program_find(struct program *program, const char *command);
void program_free(struct program *program);

/* program_path - the program that is judged. */
const char *program_path(const struct program *program);

/* program_is - what it is for that reason: "statically linked". The caller frees it. */
char *program_is(const struct program *program, enum reason reason);

/* reason_consequence - why that matters; reason_advice - what to do: a line or two. */
const char *reason_consequence(enum reason reason);
const char *reason_advice(enum reason reason);

/* judge - add the reasons of the last step. fd: its file, open; -1 if it is not readable. */
void judge(struct program *program, int fd);

#endif
