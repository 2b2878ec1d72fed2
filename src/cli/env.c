/* env.c - which program env(1) runs. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "env.h"

#define BLANK " \t"

bool is_env(const char *path)
{
    const char *slash = strrchr(path, '/');
    return strcmp(slash ? slash + 1 : path, "env") == 0;
}

/*
 * The options of env(1) before the program. Without -S the kernel's one argument is one word for
 * env too, the program; with it, env splits the rest at blanks.
 */
char *env_program(const char *argument)
{
    static const char split_string[] = "--split-string";
    if (argument[0] != '-')
        return strchr(argument, '=') ? NULL : format("%s", argument);

    const char *list;
    if (strncmp(argument, split_string, sizeof split_string - 1) == 0) {
        list = argument + sizeof split_string - 1;
        list += *list == '=';
    } else {
        size_t cluster = 1 + strspn(argument + 1, "iv0");
        if (argument[cluster] != 'S')
            return NULL;
        list = argument + cluster + 1;
    }
    if (strpbrk(list, "\"'\\$#"))
        return NULL; /* quoted or expanded by rules of its own */

    char *words = format("%s", list), *rest, *program = NULL;
    for (char *word = strtok_r(words, BLANK, &rest); word && !program;
         word = strtok_r(NULL, BLANK, &rest)) {
        if (strcmp(word, "-u") == 0 || strcmp(word, "-C") == 0)
            strtok_r(NULL, BLANK, &rest); /* its value */
        else if (word[0] != '-' && !strchr(word, '='))
            program = format("%s", word);
    }
    free(words);
    return program;
}
