/* given.c - see given.h. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "given.h"

#define BLANK " \t\r\n"

static const struct {
    const char *what, *time; /* which go without saying */
    const char *example;
} kinds[] = {
    ['l'] = {NULL, NULL, "-l 'out 1MB/s'"}, ['u'] = {"out", "/s", "-u 1MB"},
    ['d'] = {"in", "/s", "-d 8Mbit"},       ['c'] = {"connect", "/s", "-c '9/1m burst=1'"},
    ['t'] = {"tpm", "", "--tpm 90k"},       ['r'] = {"rpm", "", "--rpm '500 to=api.example.com'"},
};

struct given given_now(int option, char **argv)
{
    const char *last = argv[optind - 1];
    bool is_apart = optarg == last;
    return (struct given){
        .option = option,
        .typed =
            is_apart ? format("%s ", argv[optind - 2]) : format("%.*s", (int)(optarg - last), last),
        .value = optarg,
    };
}

bool given_add(struct given *given, size_t count, struct config *config)
{
    struct config_error error;
    for (struct given *one = given; one < given + count; one++) {
        struct config_option option = {
            .typed = one->typed,
            .what = kinds[one->option].what,
            .example = kinds[one->option].example,
        };
        one->limit = config->count;
        if (!config_add_option(config, &option, one->value, &error)) {
            fprintf(stderr, "rlshim: %s", error.text);
            return false;
        }
    }
    return true;
}

/* "1MB" is "out 1MB/s"; what follows the rate, as options of the limit may, stays behind it. */
static char *spec_of(const struct given *given)
{
    const char *what = kinds[given->option].what;
    const char *rate = given->value + strspn(given->value, BLANK);
    size_t length = strcspn(rate, BLANK);
    if (!what)
        return format("%s", rate);
    return format("%s %.*s%s%s", what, (int)length, rate,
                  config_has_time(rate, length) ? "" : kinds[given->option].time, rate + length);
}

/* Behind what is there: all limits given add up, those of an rlshim around this one too. */
bool given_hand_over(const struct given *given, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *before = getenv("RL_LIMITS");
        char *spec = spec_of(&given[i]);
        char *all = before ? format("%s; %s", before, spec) : format("%s", spec);
        bool set = setenv("RL_LIMITS", all, true) == 0;
        free(all);
        free(spec);
        if (!set)
            return say("cannot set RL_LIMITS: %s", strerror(errno)), false;
    }
    return true;
}

/*
 * `-u 100` is 100 bytes a second, where it would be 100 KB for trickle(1), rsync(1) and rclone(1).
 * So a number without a unit is shown with one.
 */
void given_warn(const struct given *given, size_t count, const struct config *config)
{
    enum { USUAL_LEAST = 1000 }; /* bytes per second */
    for (size_t i = 0; i < count; i++) {
        const struct limit *limit = &config->limits[given[i].limit];
        double rate = (double)limit->capacity * RL_SECOND / (double)limit->period_ns;
        if (limit->unit != UNIT_BYTES || rate >= USUAL_LEAST)
            continue;
        const char *number = given[i].value + strcspn(given[i].value, "0123456789");
        size_t digits = strspn(number, "0123456789.");
        bool is_bare = !number[digits] || strchr(BLANK "/", number[digits]);
        say("warning: %s%s means %.4g B/s%s%.*s%s", given[i].typed, given[i].value, rate,
            is_bare ? "; trickle, rsync and rclone count KB: " : "", is_bare ? (int)digits : 0,
            number, is_bare ? "K" : "");
        return;
    }
}

void given_free(struct given *given, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(given[i].typed);
    free(given);
}
