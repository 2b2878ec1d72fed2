/* target.c - which program a command is: along PATH, and through the first lines of scripts. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "env.h"
#include "file.h"
#include "target.h"

/* Say that a step was not found, or cannot be run. Returns the exit status. */
static int say_why_not(const struct target *target, const char *name, int error)
{
    const char *why = strerror(error);
    if (error == ENOENT)
        why = "not found";
    else if (error == ELOOP && target->count == MOST_STEPS)
        why = "it is one too many";
    if (target->count)
        say("cannot run %s: its interpreter %s: %s", target->steps[0], name, why);
    else
        say("cannot run %s: %s", name, why);
    return error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUN;
}

/* Take up a path as the next step, unless there was an error. Returns 0 or the exit status. */
static int add_step(struct target *target, const char *path, int error)
{
    if (error == 0 && target->count == MOST_STEPS)
        error = ELOOP;
    if (error)
        return say_why_not(target, path, error);
    target->steps[target->count++] = format("%s", path);
    return 0;
}

static int add_found(struct target *target, const char *name)
{
    char path[PATH_MAX];
    int error = program_search(getenv("PATH"), name, path, sizeof path);
    return add_step(target, error == 0 || error == EACCES ? path : name, error);
}

/* Of an interpreter: it is not searched for, and without a slash it is in this directory. */
static int add_interpreter(struct target *target, const struct script *script)
{
    const char *path = script->interpreter;
    int status = add_step(target, path, file_executable(path));
    if (status == 0 && script->argument && is_env(path)) {
        char *name = env_program(script->argument);
        if (name)
            status = add_found(target, name);
        free(name);
    }
    return status;
}

int target_find(struct target *target, const char *command)
{
    struct script script;
    *target = (struct target){0};
    int status = add_found(target, command);
    while (status == 0 &&
           program_look(AT_FDCWD, target_path(target), 0, &target->judgement, &script))
        status = add_interpreter(target, &script);
    return status;
}

const char *target_path(const struct target *target)
{
    return target->steps[target->count - 1];
}

void target_free(struct target *target)
{
    for (unsigned i = 0; i < target->count; i++)
        free(target->steps[i]);
    target->count = 0;
}
