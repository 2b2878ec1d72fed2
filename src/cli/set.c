/*
 * set.c - the commands `set`, `pause`, `resume` and `reset`: limits that are at work, changed.
 *
 * Which ones are meant is told by a name or a process, as for `stats`; and, of these, by what they
 * count, which the limit says that is to take their place, or by their names.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "changing.h"
#include "cli.h"
#include "config.h"
#include "definition.h"
#include "figures.h"
#include "system.h"
#include "timens.h"

/* A limit of a tree or a name, at work. */
struct found {
    const struct seen *seen;
    struct segment *segment;
    unsigned index;
    struct rl_limiter limiter;
    char label[MAX_LABEL];
};

enum { MOST_FOUND = 64 };

/* All that are meant; `changing` meanwhile. */
struct finds {
    struct view view;
    struct changing changing;
    unsigned count;
    struct found found[MOST_FOUND];
};

/* "shared:api", or "tree 0cac3f68b9a54911". */
static void print_scope(FILE *out, const struct seen *seen)
{
    fprintf(out, "%s%s", seen->named ? "shared:" : "tree ", seen->name);
}

static const char *first_label(const struct found *found)
{
    return found->segment->limits[found->index].label;
}

static int add_limits(struct finds *finds, const struct seen *seen, struct segment *segment,
                      uint32_t count)
{
    for (unsigned i = 0; i < count; i++) {
        struct account account;
        struct found *found = &finds->found[finds->count];
        if (finds->count == MOST_FOUND)
            return say("'%s' means more than %d limits", seen->name, MOST_FOUND);
        if (!definition_account(segment, i, &account) ||
            !definition_limiter(segment, i, &found->limiter))
            return say("%s is damaged", seen->name);
        found->limiter.mends = true;
        found->seen = seen;
        found->segment = segment;
        found->index = i;
        memcpy(found->label, account.label, MAX_LABEL);
        finds->count++;
    }
    return 0;
}

/* They stay mapped until the program ends, soon. */
static int open_limits(struct finds *finds, const struct seen *seen)
{
    const char *why = "it has gone";
    uint32_t count;
    int directory = directory_open(seen->place, false, &why);
    if (directory < 0)
        return say("cannot change %s: %s", seen->name, why);
    char *file = format("%s%s", seen->named ? SHARED_PREFIX : TREE_PREFIX, seen->name);
    struct segment *segment = segment_open(directory, file, &count, &why);
    free(file);
    sys_close(directory);
    if (!segment)
        return say("cannot change %s: %s", seen->name, why ? why : "it has gone");
    timens_agree(segment, false);
    return add_limits(finds, seen, segment, count);
}

/* Whoever else changes limits is soon done with it. */
static bool begin(struct changing *changing)
{
    enum { TRIES = 200 };
    const struct timespec moment = {.tv_nsec = 10000000};
    for (int i = 0; i < TRIES; i++) {
        if (changing_begin(changing, NULL))
            return true;
        nanosleep(&moment, NULL);
    }
    return false;
}

static int find(struct finds *finds, const char *what)
{
    finds->count = 0;
    int status = look_at_all(&finds->view, what);
    if (status == 0 && !begin(&finds->changing)) {
        look_away(&finds->view);
        return say("another rlshim, or a program that reads RL_CONFIG anew, changes limits, and "
                   "does not come to an end: was it stopped?");
    }
    if (status)
        look_away(&finds->view);
    for (size_t i = 0; i < finds->view.count && status == 0; i++)
        status = open_limits(finds, &finds->view.seen[i]);
    return status;
}

static void give_back(struct finds *finds)
{
    changing_end(&finds->changing);
    look_away(&finds->view);
}

static void print_change(const struct found *found, const char *what)
{
    print_scope(stdout, found->seen);
    printf(": %s %s\n", found->label, what);
}

static void print_rate(const struct found *found, struct rl_limiter *limiter)
{
    struct seen_limit now = {.unit = found->segment->limits[found->index].unit};
    const struct rl_rate *rate = rl_current(limiter);
    char asked[NUMBER];
    now.capacity = rate->capacity;
    now.period_ns = rate->period_ns;
    definition_label(&found->segment->shared[found->index], first_label(found), now.label);
    print_scope(stdout, found->seen);
    printf(": %s, until now %s: %s, %llu at once from rest%s\n", now.label, found->label,
           number_asked(asked, &now), (unsigned long long)rate->burst,
           rl_is_paused(limiter) ? "; paused" : "");
}

static void list(const struct finds *finds)
{
    for (unsigned i = 0; i < finds->count; i++) {
        fputs("  ", stderr);
        print_scope(stderr, finds->found[i].seen);
        fprintf(stderr, ": %s\n", finds->found[i].label);
    }
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

/* The limit that counts the same; to everybody, if there is one, or else to anybody. */
static struct found *find_counting(struct finds *finds, const struct config *config)
{
    struct found *chosen = NULL;
    const struct limit *limit = &config->limits[0];
    unsigned exact = 0, near = 0;
    for (unsigned i = 0; i < finds->count; i++) {
        struct found *found = &finds->found[i];
        const struct segment_limit *written = &found->segment->limits[found->index];
        if (definition_counts(found->segment, found->index, config, limit)) {
            chosen = found;
            exact++;
        } else if (!limit->rules && !limit->locals && written->calls == limit->calls &&
                   written->unit == limit->unit) {
            chosen = exact ? chosen : found;
            near++;
        }
    }
    if (exact == 1 || (!exact && near == 1))
        return chosen;
    if (exact + near)
        say("%u limits count the same as '%s': tell which by a tree or name, or by to=",
            exact ? exact : near, limit->label);
    else
        say("no limit counts the same as '%s'; there %s", limit->label,
            finds->count == 1 ? "is" : "are");
    list(finds);
    return NULL;
}

static int change_rate(struct finds *finds, const struct config *config)
{
    struct found *found = find_counting(finds, config);
    if (!found)
        return EXIT_OURS;
    if (changing_rate(&found->limiter, first_label(found), &config->limits[0]) != 0)
        return say("this limit cannot have that rate: its burst takes longer than a year and a "
                   "half to drain");
    print_rate(found, &found->limiter);
    return 0;
}

static int read_arguments(int argc, char **argv, const char *usage, int least, int most,
                          int *status)
{
    int option;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "+:", common_options, NULL)) != -1) {
        *status = common_option(option, argv, common_options);
        return -1;
    }
    int given = argc - optind;
    if (given >= least && given <= most)
        return optind;
    *status =
        usage_error("%s: %s", usage, given < least ? "something is missing" : "that is too much");
    return -1;
}

int set_command(int argc, char **argv)
{
    static struct config config;
    static struct finds finds;
    struct config_error error;
    int status = EXIT_OURS,
        at = read_arguments(argc, argv, "set NAME|PID 'WHAT RATE [burst=SIZE]'", 2, 2, &status);
    if (at < 0)
        return status;
    if (!config_add_limit(&config, "set", argv[at + 1], &error)) {
        fprintf(stderr, "rlshim: %s", error.text);
        return EXIT_OURS;
    }
    if (!is_only_a_rate(&config))
        return EXIT_OURS;
    status = find(&finds, argv[at]);
    if (status)
        return status;
    status = change_rate(&finds, &config);
    give_back(&finds);
    return finish_output(status);
}

/* "out" and "out 1MB/s" are a limit that is called "out 1MB/s". */
static bool is_called(const char *label, const char *what)
{
    size_t length = strlen(what);
    return strncmp(label, what, length) == 0 && (label[length] == '\0' || label[length] == ' ');
}

static void pause_one(struct found *found)
{
    bool was = rl_is_paused(&found->limiter);
    changing_pause(&found->limiter, first_label(found), true);
    print_change(found, was ? "was paused already" : "is paused");
}

static void resume_one(struct found *found)
{
    bool was = rl_is_paused(&found->limiter);
    changing_pause(&found->limiter, first_label(found), false);
    print_change(found, was ? "goes on" : "was not paused");
}

static void reset_one(struct found *found)
{
    const struct segment_limit *written = &found->segment->limits[found->index];
    struct limit first = {
        .capacity = written->capacity,
        .period_ns = written->period_ns,
        .burst = written->burst,
    };
    memcpy(first.label, written->label, MAX_LABEL);
    changing_rate(&found->limiter, written->label, &first);
    changing_pause(&found->limiter, written->label, false);
    print_rate(found, &found->limiter);
}

/* Of each limit that is meant; of all, unless one of them is called so. */
static int each(int argc, char **argv, void (*act)(struct found *found))
{
    static struct finds finds;
    char *usage = format("%s NAME|PID [LIMIT]", argv[0]);
    int status = EXIT_OURS, at = read_arguments(argc, argv, usage, 1, 2, &status);
    free(usage);
    if (at < 0)
        return status;
    status = find(&finds, argv[at]);
    if (status)
        return status;
    const char *what = argv[at + 1];
    unsigned acted = 0;
    for (unsigned i = 0; i < finds.count; i++) {
        if (what && !is_called(finds.found[i].label, what))
            continue;
        act(&finds.found[i]);
        acted++;
    }
    if (!acted) {
        status = say("no limit is called '%s'; there %s", what, finds.count == 1 ? "is" : "are");
        list(&finds);
    }
    give_back(&finds);
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
