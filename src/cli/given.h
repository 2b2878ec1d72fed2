/* given.h - the limits that the options give, from what was typed to what the library reads. */
#ifndef GIVEN_H
#define GIVEN_H

#include <stdbool.h>
#include <stddef.h>

#include "config.h"

struct given {
    int option;        /* 'l', 'u', 'd' or 'c', by whichever name; 't', 'r': tpm, rpm */
    char *typed;       /* what stands before its value, as "-u " or "--upload=" */
    const char *value; /* as typed */
    unsigned limit;    /* its number in the configuration, when it is there */
};

/* given_now - the option that getopt_long(3) has just returned, with its value. To be freed. */
struct given given_now(int option, char **argv);

/*
 * given_add - read and check all of them, in their order, behind what the environment has. Returns
 * whether they are valid; if not, it has said why.
 */
bool given_add(struct given *given, size_t count, struct config *config);

/* given_hand_over - append them to RL_LIMITS. Returns whether it could; if not, it has said why. */
bool given_hand_over(const struct given *given, size_t count);

/* given_warn - say so, once, if one is less than anybody is likely to mean. */
void given_warn(const struct given *given, size_t count, const struct config *config);

void given_free(struct given *given, size_t count);

#endif
