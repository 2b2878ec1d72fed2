/* variables.h - the table of RL_* variables. */
#ifndef VARIABLES_H
#define VARIABLES_H

#include "parse.h"

/* The limit of RL_CAPACITY takes shape while the variables before it are read. */
struct reading {
    struct config *config;
    struct limit limit;
};

enum role {
    GIVES,   /* a limit, or several */
    REFINES, /* the limit of RL_CAPACITY, and no other */
    ADJUSTS, /* all limits that do not say otherwise */
    REPORTS, /* or is of programs that escape: means something with any limit, wherever it is from
              */
    OF_TREE, /* is set by the library itself */
};

struct variable {
    const char *name;
    bool (*read)(struct reading *reading, struct piece value);
    const char *example;
    enum role role;
    const char *elsewhere; /* REFINES: how another limit says it */
};

enum { VARIABLES = 20 };

/* In the order in which they are to be read. */
extern const struct variable variables[VARIABLES];

/* slips.c */

/* What a name that is none of ours was probably meant for. */
struct guess {
    const char *name; /* NULL: nobody knows */
    const char *example;
    bool is_sure;  /* a slip of the pen, or what other tools call the same */
    bool is_limit; /* even alone it can only be meant to limit */
};

/* guess - suffix: what follows the RL_ of a name that is none of ours. */
struct guess guess(struct piece suffix);

#endif
