/* target.c - which program a command is: along PATH, through first lines of scripts and wrappers.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
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

/*
 * Take up a path as the next step, unless there was an error. Returns 0 or the exit status; what a
 * wrapper may say better is not said.
 */
static int add_step(struct target *target, const char *path, int error)
{
    if (error == 0 && target->count == MOST_STEPS)
        error = ELOOP;
    if (error)
        return target->wrapped ? EXIT_NOT_RUN : say_why_not(target, path, error);
    target->steps[target->count++] = format("%s", path);
    return 0;
}

static int add_found(struct target *target, const struct command *command)
{
    const char *name = command->words[0];
    char path[PATH_MAX];
    int error = program_search(command->path, name, path, sizeof path);
    return add_step(target, error == 0 || error == EACCES ? path : name, error);
}

/* Of an interpreter: it is not searched for, and without a slash it is in this directory. The
 * kernel gives it what stands behind it, and the script (execve(2)). */
static int add_interpreter(struct target *target, const struct script *script,
                           struct command *command)
{
    const char *path = script->interpreter;
    const char *words[] = {path, script->argument, target_path(target)};
    if (!script->argument)
        words[1] = words[2];
    command_replace(command, 0, 1, words, script->argument ? 3 : 2);
    return add_step(target, path, file_executable(path));
}

/* From what is found for the command to the program that the kernel runs, which is judged. */
static int add_program(struct target *target, struct command *command)
{
    struct script script;
    int status = add_found(target, command);
    while (status == 0 &&
           program_look(AT_FDCWD, target_path(target), 0, &target->judgement, &script))
        status = add_interpreter(target, &script, command);
    return status;
}

/* Whether the program that was judged is known to run another one, which is the command then. */
static bool look_through(struct target *target, struct command *command)
{
    const struct wrapper *wrapper = wrapper_of(command);
    if (!wrapper)
        return false;
    bool opened = !wrapper->options || wrapper_open(wrapper, command);
    if (opened && (wrapper->manner == ASKS_OTHERS || wrapper->manner == OF_OTHER_USER))
        target->hands_over = wrapper;
    if (opened && wrapper->manner == IN_OTHER_ROOT)
        target->root = format("%s", command->words[0]);
    /* What cannot be limited itself need not pass on what it was given. */
    if (!opened || wrapper->manner != BECOMES_IT || target->judgement.reasons ||
        target->judgement.unreadable)
        return false;
    bool relative = command->words[0][0] != '/' && strchr(command->words[0], '/');
    return !(command->moved && relative);
}

static void take_back(struct target *target, unsigned count)
{
    while (target->count > count)
        free(target->steps[--target->count]);
}

int target_find(struct target *target, char *const *words)
{
    struct command command = command_of(words);
    *target = (struct target){0};
    int status = add_program(target, &command);
    while (status == 0 && look_through(target, &command)) {
        struct judgement judgement = target->judgement;
        unsigned count = target->count;
        target->wrapped = target->wrapped || count == 1;
        status = add_program(target, &command);
        if (status && target->wrapped) {
            take_back(target, count);
            target->judgement = judgement;
            status = 0;
            break;
        }
    }
    command_free(&command);
    return status;
}

const char *target_path(const struct target *target)
{
    return target->steps[target->count - 1];
}

void target_free(struct target *target)
{
    take_back(target, 0);
    free(target->root);
}
