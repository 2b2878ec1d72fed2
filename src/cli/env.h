/* env.h - what env(1) makes of its arguments. */
#ifndef ENV_H
#define ENV_H

#include "command.h"

/* For getopt_long(3); in the notation of wrapper.h. */
#define ENV         "env"
#define ENV_OPTIONS "+0C:S:a:iu:v"
#define ENV_LONG_OPTIONS                                                                           \
    "argv0=/a block-signal~ chdir=/C debug/v default-signal~ ignore-environment/i ignore-signal~ " \
    "list-signal-handling null/0 split-string=/S unset=/u"

/*
 * env_option - do to the command what getopt_long(3) has read: an option, with its value in optarg.
 * -S puts words in the place of all before optind, which is set to begin anew.
 * Returns false if it cannot be told what env does.
 */
bool env_option(struct command *command, int option);

/* env_operands - the same for what follows the options: `-`, and NAME=VALUE. first: where they
 * begin. Returns where they end: the program is there, if there is one. */
int env_operands(struct command *command, int first);

#endif
