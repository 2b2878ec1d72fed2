/*
 * set.c - the commands `set`, `pause`, `resume` and `reset`: limits that are at work, changed.
 *
 * Which ones are meant is told by a name or a process, as for `stats`; and, of these, by what they
 * count, which the limit says that is to take their place, or by their names.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "at_work.h"
#include "changing.h"
#include "cli.h"
#include "config.h"
#include "definition.h"
#include "figures.h"

enum change { SET, PAUSE, RESUME };

/* Whoever else changes it is soon done with it. to: what SET makes of it. */
static int change(struct at_work *limit, enum change change, const struct limit *to)
{
    enum { TRIES = 300 };
    const struct timespec moment = {.tv_nsec = 10000000};
    const char *first = at_work_first(limit)->label;
    int error = EBUSY;
    for (int i = 0; i < TRIES && error == EBUSY; i++) {
        if (i > 0)
            nanosleep(&moment, NULL);
        error = change == SET ? changing_rate(&limit->limiter, first, to)
                              : changing_pause(&limit->limiter, first, change == PAUSE);
    }
    if (error == EBUSY)
        return say("%s: somebody else changes it again and again", limit->label);
    if (error)
        return say("%s: cannot have that rate, as its burst takes longer than a year and a half to "
                   "drain",
                   limit->label);
    return 0;
}

static void print_rate(struct at_work *limit)
{
    struct seen_limit now = {.unit = at_work_first(limit)->unit};
    const struct rl_rate *rate = rl_current(&limit->limiter);
    char asked[NUMBER];
    now.capacity = rate->capacity;
    now.period_ns = rate->period_ns;
    definition_label(&limit->segment->shared[limit->index], at_work_first(limit)->label, now.label);
    at_work_print_scope(stdout, limit);
    printf(": %s, until now %s: %s, %llu at once from rest%s\n", now.label, limit->label,
           number_asked(asked, &now), (unsigned long long)rate->burst,
           rl_is_paused(&limit->limiter) ? "; paused" : "");
}

/* What `set` cannot change is the same for all limits that are at work; none of it has been asked
 * for if it is what it would be without. */
static bool is_only_a_rate(const struct config *config)
{
    const struct limit *limit = &config->limits[0], *usual = &config->usual;
    if (limit->algo == usual->algo && limit->mode == usual->mode &&
        limit->timeout_ns == usual->timeout_ns && limit->nonblock == usual->nonblock &&
        limit->scope == usual->scope)
        return true;
    usage_error("set changes a rate and its burst; algo, mode, timeout, nonblock and scope stay "
                "what they are");
    return false;
}

static bool reads_in_parts(const struct limit *limit)
{
    return limit->counted != COUNTED_TOTAL || limit->only_models || limit->cached_is_free;
}

/* One that says neither to whom it applies nor which part counts may be meant for each of those. */
static bool may_be(const struct limit *limit, const struct segment_limit *first)
{
    return !limit->rules && !limit->locals && !reads_in_parts(limit) &&
           first->calls == limit->calls && first->unit == limit->unit &&
           first->reads == limit->reads;
}

/* The limit that counts the same, and is called so, if that is said; to everybody, if there is one,
 * or else to anybody. */
static struct at_work *find_counting(struct all_at_work *all, const struct config *config,
                                     const char *called)
{
    struct at_work *chosen = NULL;
    const struct limit *to = &config->limits[0];
    unsigned exact = 0, near = 0;
    for (unsigned i = 0; i < all->count; i++) {
        struct at_work *limit = &all->limits[i];
        if (called && !at_work_is_called(limit, called))
            continue;
        if (definition_counts(limit->segment, limit->index, config, to)) {
            chosen = limit;
            exact++;
        } else if (may_be(to, at_work_first(limit))) {
            chosen = exact ? chosen : limit;
            near++;
        }
    }
    if (exact == 1 || (!exact && near == 1))
        return chosen;
    if (exact + near)
        say("%u limits count the same as '%s': tell which by a tree or name, by to=, or by what it "
            "is called, as in 'set %s SPEC LIMIT'",
            exact ? exact : near, to->label, all->limits[0].seen->name);
    else
        say("no limit counts the same as '%s'%s; there %s", to->label,
            called ? " and is called so" : "", all->count == 1 ? "is" : "are");
    at_work_list(all);
    return NULL;
}

static int change_rate(struct all_at_work *all, const struct config *config, const char *called)
{
    struct at_work *limit = find_counting(all, config, called);
    int status = limit ? change(limit, SET, &config->limits[0]) : EXIT_OURS;
    if (status == 0)
        print_rate(limit);
    return status;
}

/* Returns where the arguments begin, or -1 with the exit status. */
static int read_arguments(int argc, char **argv, const char *usage, int least, int *status)
{
    enum { MOST_MORE = 1 };
    int option;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "+:", common_options, NULL)) != -1) {
        *status = common_option(option, argv, common_options);
        return -1;
    }
    int given = argc - optind;
    if (given >= least && given <= least + MOST_MORE)
        return optind;
    *status = usage_error("%s %s: %s", argv[0], usage,
                          given < least ? "something is missing" : "that is too much");
    return -1;
}

int set_command(int argc, char **argv)
{
    static struct config config;
    static struct all_at_work all;
    struct config_error error;
    int status = EXIT_OURS,
        at = read_arguments(argc, argv, "NAME|PID 'WHAT RATE [burst=SIZE]' [LIMIT]", 2, &status);
    if (at < 0)
        return status;
    if (!config_add_limit(&config, "set", argv[at + 1], &error)) {
        fprintf(stderr, "rlshim: %s", error.text);
        return EXIT_OURS;
    }
    if (!is_only_a_rate(&config))
        return EXIT_OURS;
    status = at_work_find(&all, argv[at]);
    if (status == 0)
        status = change_rate(&all, &config, argv[at + 2]);
    at_work_done(&all);
    return finish_output(status);
}

static int pause_or_resume(struct at_work *limit, enum change to)
{
    bool was = rl_is_paused(&limit->limiter);
    int status = change(limit, to, NULL);
    if (status)
        return status;
    at_work_print_scope(stdout, limit);
    if (to == PAUSE)
        printf(": %s %s\n", limit->label, was ? "was paused already" : "is paused");
    else
        printf(": %s %s\n", limit->label, was ? "goes on" : "was not paused");
    return 0;
}

static int pause_one(struct at_work *limit)
{
    return pause_or_resume(limit, PAUSE);
}

static int resume_one(struct at_work *limit)
{
    return pause_or_resume(limit, RESUME);
}

static int reset_one(struct at_work *limit)
{
    const struct segment_limit *first = at_work_first(limit);
    struct limit to = {
        .capacity = first->capacity,
        .period_ns = first->period_ns,
        .burst = first->burst,
    };
    memcpy(to.label, first->label, MAX_LABEL);
    int status = change(limit, SET, &to);
    if (status == 0)
        status = change(limit, RESUME, NULL);
    if (status == 0)
        print_rate(limit);
    return status;
}

/* Of each limit that is meant; of all, unless one of them is called so. */
static int each(int argc, char **argv, int (*act)(struct at_work *limit))
{
    static struct all_at_work all;
    int status = EXIT_OURS, at = read_arguments(argc, argv, "NAME|PID [LIMIT]", 1, &status);
    if (at < 0)
        return status;
    const char *called = argv[at + 1];
    unsigned acted = 0;
    status = at_work_find(&all, argv[at]);
    for (unsigned i = 0; i < all.count && status == 0; i++) {
        if (called && !at_work_is_called(&all.limits[i], called))
            continue;
        status = act(&all.limits[i]);
        acted++;
    }
    if (status == 0 && !acted) {
        status = say("no limit is called '%s'; there %s", called, all.count == 1 ? "is" : "are");
        at_work_list(&all);
    }
    at_work_done(&all);
    return finish_output(status);
}

int pause_command(int argc, char **argv)
{
    return each(argc, argv, pause_one);
}

int resume_command(int argc, char **argv)
{
    return each(argc, argv, resume_one);
}

int reset_command(int argc, char **argv)
{
    return each(argc, argv, reset_one);
}
