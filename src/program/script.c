/* script.c - the first line of a script: who is to run it. */
#include <string.h>

#include "script.h"

#define BLANK " \t"

void script_read(struct script *script, size_t length)
{
    char *head = script->head;
    script->interpreter = "/bin/sh";
    script->argument = NULL;
    head[length < SCRIPT_HEAD ? length : SCRIPT_HEAD] = '\0';
    if (strncmp(head, "#!", 2) != 0)
        return;

    char *path = head + 2 + strspn(head + 2, BLANK);
    path[strcspn(path, "\n")] = '\0';
    size_t end = strcspn(path, BLANK);
    if (end == 0)
        return;
    char *rest = path + end + strspn(path + end, BLANK);
    for (size_t last = strlen(rest); last && strchr(BLANK, rest[last - 1]); last--)
        rest[last - 1] = '\0';
    path[end] = '\0';
    script->interpreter = path;
    if (*rest)
        script->argument = rest;
}
