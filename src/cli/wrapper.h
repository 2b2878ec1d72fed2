/*
 * wrapper.h - programs that run another one, which their arguments name: nohup(1), timeout(1).
 *
 * They are known by their names. What cannot be told of their arguments is not guessed: an option
 * that is not known here may be one of a newer version, or be wrong.
 */
#ifndef WRAPPER_H
#define WRAPPER_H

#include "command.h"

enum manner {
    BECOMES_IT,    /* it executes the program, or is its parent */
    IN_OTHER_ROOT, /* it executes the program in another root directory, the first word left */
    OF_OTHER_USER, /* it runs the program as another user, in an environment of its own making */
    ASKS_OTHERS,   /* it has it run by a server, which is no descendant */
};

struct wrapper {
    const char *name;
    enum manner manner;
    /* As getopt(3) takes them; NULL: they do not matter. Only those that leave a program to run. */
    const char *options;
    /* NAME, with '=' for a value, '~' for one that may be missing, and '/x' if it is option x. */
    const char *long_options;
    unsigned operands;  /* how many stand before the program */
    bool number;        /* the first of them is one; it may be missing */
    const char *unless; /* a word which makes it another program that is not known; or NULL */
};

/* wrapper_of - the one that a command line names, by its first word as a path; NULL: it is none. */
const struct wrapper *wrapper_of(const struct command *command);

/*
 * wrapper_open - leave of the command line what the wrapper runs, and its arguments. Returns
 * false if that cannot be told, or is nothing; then the command is good for nothing but
 * command_free. Uses getopt_long(3), whose state is lost.
 */
bool wrapper_open(const struct wrapper *wrapper, struct command *command);

#endif
