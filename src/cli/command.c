/* command.c - see command.h. */
#include <stdlib.h>

#include "cli.h"
#include "command.h"

static char *copy(const char *text)
{
    return text ? format("%s", text) : NULL;
}

struct command command_of(char *const *words)
{
    struct command command = {.path = copy(getenv("PATH"))};
    int count = 0;
    while (words[count])
        count++;
    command_replace(&command, 0, 0, (const char *const *)words, count);
    return command;
}

void command_free(struct command *command)
{
    command_replace(command, 0, command->count, NULL, 0);
    free(command->words);
    free(command->path);
    *command = (struct command){0};
}

void command_replace(struct command *command, int first, int removed, const char *const *words,
                     int added)
{
    int count = command->count - removed + added;
    char **all = calloc((size_t)count + 1, sizeof *all);
    if (!all)
        exit(say("out of memory"));
    for (int i = 0; i < first; i++)
        all[i] = command->words[i];
    for (int i = 0; i < added; i++)
        all[first + i] = copy(words[i]);
    for (int i = first + added; i < count; i++)
        all[i] = command->words[i - added + removed];
    for (int i = first; i < first + removed; i++)
        free(command->words[i]);
    free(command->words);
    command->words = all;
    command->count = count;
}

void command_set_path(struct command *command, const char *path)
{
    char *before = command->path;
    command->path = copy(path);
    free(before);
}
