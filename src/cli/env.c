/* env.c - see env.h. Of the environment only PATH matters: the library puts back what is its own.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "env.h"

#define BLANK " \t\n\v\f\r"

static const char path_is[] = "PATH=";

/* -S: the rest of the command line stays behind these words. */
static bool split(struct command *command, const char *list)
{
    if (strpbrk(list, "\"'\\$#"))
        return false; /* quoted or expanded by rules of its own */
    int before = optind, at = 1;
    char *words = format("%s", list), *rest;
    command_replace(command, 1, before - 1, NULL, 0);
    for (char *word = strtok_r(words, BLANK, &rest); word; word = strtok_r(NULL, BLANK, &rest))
        command_replace(command, at++, 0, (const char *const[]){word}, 1);
    free(words);
    optind = 0;
    return true;
}

bool env_option(struct command *command, int option)
{
    switch (option) {
    case 'S':
        return split(command, optarg);
    case 'C':
        command->moved = true;
        return true;
    case 'u':
        if (strcmp(optarg, "PATH") != 0)
            return true;
        __attribute__((fallthrough));
    case 'i':
        command_set_path(command, NULL);
        return true;
    default:
        return true;
    }
}

int env_operands(struct command *command, int first)
{
    if (first < command->count && strcmp(command->words[first], "-") == 0) {
        command_set_path(command, NULL);
        first++;
    }
    for (; first < command->count && strchr(command->words[first], '='); first++)
        if (strncmp(command->words[first], path_is, sizeof path_is - 1) == 0)
            command_set_path(command, command->words[first] + sizeof path_is - 1);
    return first;
}
