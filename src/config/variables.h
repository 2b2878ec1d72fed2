/* variables.h - the table of RL_* variables. */
#ifndef VARIABLES_H
#define VARIABLES_H

#include "parse.h"

/* The limit of RL_CAPACITY takes shape while the variables before it are read. */
struct reading {
    struct config *config;
    struct limit limit;
};

struct variable {
    const char *name;
    bool (*read)(struct reading *reading, struct piece value);
    const char *example;
};

enum { VARIABLES = 19 };

/* In the order in which they are to be read. */
extern const struct variable variables[VARIABLES];

#endif
