/* program.c - which program a command is: along PATH, and through the first lines of scripts. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "program.h"
#include "script.h"

/* 0, or the errno that execve(2) would give. */
static int executable(const char *path)
{
    struct stat status;
    if (stat(path, &status) < 0)
        return errno;
    if (!S_ISREG(status.st_mode))
        return EACCES;
    return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? errno : 0;
}

/*
 * As execvp(3): an empty part of PATH is the current directory, what may not be run is passed
 * over, but remembered. Returns 0 with *path, which the caller frees, or an errno.
 */
static int search(const char *name, char **path)
{
    if (!*name)
        return ENOENT;
    if (strchr(name, '/')) {
        *path = format("%s", name);
        return executable(name);
    }
    const char *part = getenv("PATH");
    int failure = ENOENT;
    part = part ? part : "/bin:/usr/bin"; /* confstr(3), _CS_PATH */
    for (;; part++) {
        size_t length = strcspn(part, ":");
        char *tried = length ? format("%.*s/%s", (int)length, part, name) : format("./%s", name);
        int error = executable(tried);
        if (error == 0 || (error == EACCES && failure == ENOENT)) {
            free(*path);
            *path = tried;
            failure = error;
        } else {
            free(tried);
        }
        part += length;
        if (error == 0 || !*part)
            return failure;
    }
}

/*
 * Take up what was found for a name as the next step, and own the path; or say that it was not.
 * Returns 0 or the exit status.
 */
static int add_step(struct program *program, const char *name, char *path, int error)
{
    if (error == 0 && program->count == MOST_STEPS)
        error = ELOOP;
    if (error == 0) {
        program->steps[program->count++] = path;
        return 0;
    }
    const char *why = strerror(error);
    if (error == ENOENT)
        why = "not found";
    else if (program->count == MOST_STEPS)
        why = "it is one too many";
    name = path ? path : name;
    if (program->count)
        say("cannot run %s: its interpreter %s: %s", program->steps[0], name, why);
    else
        say("cannot run %s: %s", name, why);
    free(path);
    return error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUN;
}

static int add_found(struct program *program, const char *name)
{
    char *path = NULL;
    int error = search(name, &path);
    return add_step(program, name, path, error);
}

/* The path of an interpreter is not searched for: without a slash it is in this directory. */
static int add_interpreter(struct program *program, const char *path)
{
    return add_step(program, path, format("%s", path), executable(path));
}

static bool is_env(const char *path)
{
    const char *slash = strrchr(path, '/');
    return strcmp(slash ? slash + 1 : path, "env") == 0;
}

/* A file that the kernel does not know is for sh, as with execvp(3). */
static int follow_script(struct program *program, const char *head, size_t length)
{
    char *interpreter, *argument;
    if (!script_interpreter(head, length, &interpreter, &argument))
        return add_interpreter(program, "/bin/sh");

    int status = add_interpreter(program, interpreter);
    if (status == 0 && argument && is_env(interpreter)) {
        bool clears;
        char *name = env_program(argument, &clears);
        if (clears)
            program->reasons |= 1U << ENVIRONMENT_LOST;
        if (name)
            status = add_found(program, name);
        free(name);
    }
    free(interpreter);
    free(argument);
    return status;
}

/* Until there is a program to judge. */
static int follow(struct program *program)
{
    for (;;) {
        char head[SCRIPT_HEAD];
        /* It was a regular file a moment ago; were it a FIFO by now, this would not hang. */
        int fd = open(program_path(program), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        ssize_t length = fd < 0 ? -1 : pread(fd, head, sizeof head, 0);
        bool is_script = length >= 0 && (length < SELFMAG || memcmp(head, ELFMAG, SELFMAG) != 0);
        program->unreadable = length < 0;
        if (!is_script)
            judge(program, fd);
        if (fd >= 0)
            close(fd);
        if (!is_script)
            return 0;
        int status = follow_script(program, head, (size_t)length);
        if (status)
            return status;
    }
}

int program_find(struct program *program, const char *command)
{
    *program = (struct program){0};
    int status = add_found(program, command);
    return status ? status : follow(program);
}

const char *program_path(const struct program *program)
{
    return program->steps[program->count - 1];
}

void program_free(struct program *program)
{
    for (unsigned i = 0; i < program->count; i++)
        free(program->steps[i]);
    program->count = 0;
}
