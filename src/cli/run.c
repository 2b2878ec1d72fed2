/*
 * run.c - the command `run`: see that there is a limit, that COMMAND can be limited, and become it.
 *
 * What cannot be limited is refused: a program that runs unlimited while its user believes the
 * contrary is the one failure that nobody would notice.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "config.h"
#include "target.h"
#include "verdict.h"

static const char *const what_limited[] = {['u'] = "out", ['d'] = "in", ['c'] = "connect"};

/* "1MB" is "1MB/s"; what follows the rate, as options of the limit may, stays behind it. */
static char *rate_spec(const char *what, const char *rate)
{
    size_t length = strcspn(rate, " \t");
    const char *per_second = memchr(rate, '/', length) ? "" : "/s";
    return format("%s %.*s%s%s", what, (int)length, rate, per_second, rate + length);
}

/* Adds to *specs, which the library will read, and which is checked here in the option's name. */
static bool add_limit(struct config *config, char **specs, int option, const char *value)
{
    struct config_error error;
    const char source[] = {'-', (char)option, '\0'};
    char *spec = option == 'l' ? format("%s", value) : rate_spec(what_limited[option], value);
    bool valid = config_add_limit(config, source, spec, &error);
    if (valid) {
        char *all = *specs ? format("%s; %s", *specs, spec) : format("%s", spec);
        free(*specs);
        *specs = all;
    } else {
        fprintf(stderr, "rlshim: %s", error.text);
    }
    free(spec);
    return valid;
}

/* Behind those of RL_LIMITS: all limits given add up, those of an rlshim around this one too. */
static bool hand_over(const char *specs)
{
    const char *before = getenv("RL_LIMITS");
    char *all = before && *before ? format("%s; %s", before, specs) : format("%s", specs);
    bool set = setenv("RL_LIMITS", all, true) == 0;
    if (!set)
        say("cannot set RL_LIMITS: %s", strerror(errno));
    free(all);
    return set;
}

/* What the library will read from the environment, read as it will. */
static bool is_limited(const char *command)
{
    static struct config config;
    struct config_error error;
    if (!config_from_environment(&config, &error)) {
        fprintf(stderr, "rlshim: %s", error.text);
        return false;
    }
    if (config.count == 0)
        usage_error("cannot limit %s: no limit is given, so it would run unlimited\n"
                    "Give one, as 'rlshim -u 1MB %s' or 'rlshim -c 10/1m %s', or set RL_LIMITS.",
                    command, command, command);
    return config.count > 0;
}

/* A file that the kernel cannot run is a script for sh, as with execvp(3). */
static void become_shell(const char *path, char **argv, int argc)
{
    char **shell = calloc((size_t)argc + 2, sizeof *shell);
    if (!shell)
        return;
    shell[0] = (char *)"/bin/sh";
    shell[1] = (char *)path;
    memcpy(shell + 2, argv + 1, (size_t)argc * sizeof *argv);
    execve(shell[0], shell, environ);
    free(shell);
}

/* Returns only on failure, with the exit status. */
static int become(const struct target *target, char **argv, int argc)
{
    const char *path = target->steps[0];
    execve(path, argv, environ);
    if (errno == ENOEXEC)
        become_shell(path, argv, argc);

    int error = errno;
    const char *loader = target->judgement.elf.interpreter;
    if (error == ENOENT && *loader && access(loader, F_OK) < 0)
        say("cannot run %s: its dynamic loader %s is not there", path, loader);
    else
        say("cannot run %s: %s", path, strerror(error));
    return error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUN;
}

/*
 * The runtime of -fsanitize=address wants to be the first library. librlshim.so tells it otherwise,
 * unless the program tells it something itself; the environment comes before both. To put the
 * runtime in front of LD_PRELOAD instead would put it into all that the program starts.
 */
static bool allow_preload(const struct target *target)
{
    static const char option[] = "verify_asan_link_order=0";
    const char *before = getenv("ASAN_OPTIONS");
    if (!target->judgement.elf.asan)
        return true;
    char *all = before && *before ? format("%s:%s", before, option) : format("%s", option);
    bool set = setenv("ASAN_OPTIONS", all, true) == 0;
    if (!set)
        say("cannot set ASAN_OPTIONS: %s", strerror(errno));
    free(all);
    return set;
}

static int run(char **argv, int argc)
{
    struct target target;
    int status = target_find(&target, argv);
    if (status == 0)
        status = refuse(&target);
    if (status == 0) {
        warn(&target);
        status = make_preload(target.root) && allow_preload(&target) ? become(&target, argv, argc)
                                                                     : EXIT_OURS;
    }
    target_free(&target);
    return status;
}

int run_command(int argc, char **argv)
{
    static struct config config;
    char *specs = NULL;
    int option;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "+:l:u:d:c:", common_options, NULL)) != -1) {
        if (!strchr("ludc", option)) {
            free(specs);
            return common_option(option, argv);
        }
        if (!add_limit(&config, &specs, option, optarg)) {
            free(specs);
            return EXIT_OURS;
        }
    }
    bool handed_over = !specs || hand_over(specs);
    free(specs);
    if (!handed_over)
        return EXIT_OURS;
    if (optind == argc)
        return usage_error("no COMMAND is given");
    if (!is_limited(argv[optind]))
        return EXIT_OURS;
    return run(argv + optind, argc - optind);
}
