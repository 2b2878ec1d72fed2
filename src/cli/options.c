/* options.c - the options that all commands have, and what a wrong one is answered. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

const struct option common_options[] = {
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

/* What other tools have as an option, and people look for here; the names between blanks. */
static const char *advice_for(const char *name)
{
    static const char rate[] = "-u RATE is for what goes out, -d RATE for what comes in";
    static const char of_limit[] = "it is an option of a limit, as in -u '1MB burst=64kB'";
    static const char quota[] = "--rpm N is for requests to language models, --tpm N for tokens";
    static const char variable[] = "it is a variable, as in RL_SUMMARY=1 rlshim -u 1MB COMMAND";
    static const struct {
        const char *names, *advice;
    } rows[] = {
        {" limit-rate bwlimit bw bandwidth rate max-rate speed speed-limit throttle ", rate},
        {" requests tokens max-tokens rps qps requests-per-minute tokens-per-minute ", quota},
        {" burst to scope mode algo timeout name nonblock count cached ", of_limit},
        {" summary trace log escape config unit capacity seconds calls http2 ", variable},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *found = strstr(rows[i].names, name);
        size_t length = strlen(name);
        if (length && found && found[-1] == ' ' && found[length] == ' ')
            return rows[i].advice;
    }
    return NULL;
}

static size_t same_letters(const char *a, const char *b)
{
    size_t same = 0;
    while (a[same] && a[same] == b[same])
        same++;
    return same;
}

/* --uplod and --upload-rate are near to --upload. */
static const struct option *nearest(const char *name, const struct option *options)
{
    const struct option *nearest = NULL;
    size_t most = 2;
    for (; options->name; options++) {
        bool is_within = strstr(name, options->name);
        size_t same = is_within ? strlen(options->name) : same_letters(name, options->name);
        if (same > most) {
            most = same;
            nearest = options;
        }
    }
    return nearest;
}

/* The names of all options that begin so, as "--limit, --upload". To be freed. */
static char *names_of(const char *beginning, const struct option *options)
{
    char *names = format("%s", "");
    for (; options->name; options++)
        if (strncmp(options->name, beginning, strlen(beginning)) == 0) {
            char *more = format("%s%s--%s", names, *names ? ", " : "", options->name);
            free(names);
            names = more;
        }
    return names;
}

static int answer(const char *name, const struct option *options)
{
    char *fitting = names_of(name, options), *all = names_of("", options);
    const struct option *near = nearest(name, options);
    const char *advice = advice_for(name);
    if (*fitting)
        usage_error("option --%s may be any of %s", name, fitting);
    else if (advice)
        usage_error("there is no option --%s; %s", name, advice);
    else if (near)
        usage_error("there is no option --%s; did you mean --%s?", name, near->name);
    else
        usage_error("there is no option --%s; there are: %s", name, all);
    free(fitting);
    free(all);
    return EXIT_OURS;
}

static int wrong_option(const char *typed, const struct option *options)
{
    /* getopt_long(3) leaves optopt 0 for a long option, but for one that has a value too many. */
    const char *value = strchr(typed, '=');
    if (optopt && !(strncmp(typed, "--", 2) == 0 && value))
        return usage_error("there is no option -%c", optopt);
    for (; optopt && options->name; options++)
        if (options->val == optopt && options->has_arg == no_argument)
            return usage_error("option --%s takes no value", options->name);
    if (optopt)
        return usage_error("there is no option -%c", optopt);
    char *name = format("%.*s", (int)strcspn(typed + 2, "="), typed + 2);
    int status = answer(name, options);
    free(name);
    return status;
}

int common_option(int option, char **argv, const struct option *options)
{
    switch (option) {
    case 'h':
        return print_help();
    case 'V':
        puts("rlshim " RL_VERSION);
        return finish_output(0);
    case ':':
        return usage_error("option %s needs a value", argv[optind - 1]);
    default:
        return wrong_option(argv[optind - 1], options);
    }
}
