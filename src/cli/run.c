/*
 * run.c - the command `run`: see that there is a limit, that COMMAND can be limited, and become it;
 * with --progress, in a child.
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
#include "given.h"
#include "progress.h"
#include "target.h"
#include "verdict.h"

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

static int run(char **argv, int argc, const struct progress *progress)
{
    struct target target;
    int status = target_find(&target, argv);
    if (status == 0)
        status = refuse(&target);
    if (status == 0) {
        warn(&target);
        tell_of_killed();
        status = EXIT_OURS;
        if (make_preload(target.root) && allow_preload(&target)) {
            if (progress->shown)
                progress_start(progress);
            status = become(&target, argv, argc);
        }
    }
    target_free(&target);
    return status;
}

/* What the library will read, read as it will: the environment, and then the options. */
static bool is_limited(struct given *given, size_t count, const char *command,
                       struct config *config)
{
    struct config_error error;
    if (!config_beside_options(config, &error)) {
        fprintf(stderr, "rlshim: %s", error.text);
        return false;
    }
    if (!given_add(given, count, config))
        return false;
    if (!command) {
        usage_error("no COMMAND is given");
        return false;
    }
    if (config->count == 0) {
        usage_error("cannot limit %s: no limit is given, so it would run unlimited\n"
                    "Give one, as 'rlshim -u 1MB %s' or 'rlshim -c 10/1m %s', or set RL_LIMITS.",
                    command, command, command);
        return false;
    }
    given_warn(given, count, config);
    return given_hand_over(given, count);
}

/* False: it has a value that is none. */
static bool read_progress(struct progress *progress)
{
    progress->shown = true;
    progress->bits = optarg;
    if (!optarg || strcmp(optarg, "bits") == 0)
        return true;
    usage_error("--progress is in bytes, and --progress=bits in bits; there is no '%s'", optarg);
    return false;
}

int run_command(int argc, char **argv)
{
    static const struct option options[] = {
        {"limit", required_argument, NULL, 'l'},    {"upload", required_argument, NULL, 'u'},
        {"download", required_argument, NULL, 'd'}, {"connects", required_argument, NULL, 'c'},
        {"tpm", required_argument, NULL, 't'},      {"rpm", required_argument, NULL, 'r'},
        {"progress", optional_argument, NULL, 'p'}, {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},        {NULL, 0, NULL, 0},
    };
    static struct config config;
    struct given *given = calloc((size_t)argc, sizeof *given);
    struct progress progress = {0};
    size_t count = 0;
    int option;
    opterr = 0;
    while (given && (option = getopt_long(argc, argv, "+:l:u:d:c:", options, NULL)) != -1) {
        if (strchr("ludctr", option)) {
            given[count++] = given_now(option, argv);
        } else if (option != 'p' || !read_progress(&progress)) {
            given_free(given, count);
            return option == 'p' ? EXIT_OURS : common_option(option, argv, options);
        }
    }
    if (!given)
        return say("out of memory");
    bool limited = is_limited(given, count, argv[optind], &config);
    given_free(given, count);
    if (!limited)
        return EXIT_OURS;
    progress.summary = config.summary && !config.log;
    progress.shown = progress.shown && progress_can(&config);
    return run(argv + optind, argc - optind, &progress);
}
