/* command.h - a command line that is taken apart: a program, its arguments, where it is looked for.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>

struct command {
    char **words; /* with a NULL behind them */
    int count;    /* of them */
    char *path;   /* the value of PATH; NULL: there is none */
    bool moved;   /* it will run in another directory: what is relative is not known */
};

/* command_of - that of these words, NULL behind them, with the PATH of this process. The words are
 * copied. To be freed with command_free. */
struct command command_of(char *const *words);
void command_free(struct command *command);

/*
 * command_replace - take out `removed` words from number `first` on, and put copies of `added` ones
 * there. The new ones may be from among the old.
 */
void command_replace(struct command *command, int first, int removed, const char *const *words,
                     int added);

/* command_set_path - another PATH; NULL: none. */
void command_set_path(struct command *command, const char *path);

#endif
