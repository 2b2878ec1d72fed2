/*
 * simulate.c - the command `simulate`: what a limit does to a list of arrivals, in virtual time.
 *
 * The departures come from the functions that the library itself calls, which take the time as
 * an argument. Nothing sleeps.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "algo.h"
#include "cli.h"
#include "given.h"
#include "table.h"

static struct outcome pass(struct rl_limiter *limiter, const struct limit *limit,
                           const struct arrival *arrival)
{
    uint64_t arrival_ns = arrival->time_ns;
    uint64_t timeout_ns = limit->mode == RL_POLICE ? 0 : limit->timeout_ns;
    uint64_t deadline_ns = rl_add(arrival_ns, timeout_ns);
    bool endless = deadline_ns > LAST_INSTANT;
    struct rl_reservation place;

    int error = rl_reserve_at(limiter, arrival->amount, endless ? LAST_INSTANT : deadline_ns,
                              arrival_ns, &place);
    if (error == E2BIG)
        return (struct outcome){ABOVE_BURST, arrival_ns};
    if (error && endless)
        return (struct outcome){TOO_LATE, arrival_ns};
    if (error && limit->mode == RL_POLICE)
        return (struct outcome){REFUSED, arrival_ns};
    if (error)
        return (struct outcome){TIMED_OUT, deadline_ns};
    if (arrival->reconciled)
        rl_reconcile_at(limiter, &place, arrival->actual, place.conforming_ns);
    return (struct outcome){DEPARTED, place.conforming_ns};
}

/* One arrival for every algorithm asked for. Returns whether they agree. */
static bool step(struct simulation *simulation, const struct arrival *arrival,
                 struct outcome *result)
{
    const enum rl_algo chosen = simulation->limit.algo;
    struct outcome outcomes[RL_ALGOS];
    bool same = true;
    for (enum rl_algo algo = 0; algo < RL_ALGOS; algo++)
        if (simulation->all || algo == chosen)
            outcomes[algo] = pass(&simulation->limiters[algo], &simulation->limit, arrival);
    for (enum rl_algo algo = 0; simulation->all && algo < RL_ALGOS; algo++)
        same = same && outcomes[algo].kind == outcomes[chosen].kind &&
               outcomes[algo].at_ns == outcomes[chosen].at_ns;
    print_row(simulation, arrival, outcomes);
    *result = outcomes[chosen];
    return same;
}

static int simulate(struct simulation *simulation, struct arrivals *arrivals)
{
    struct arrival arrival;
    struct outcome previous = {DEPARTED, 0};
    unsigned long differing_line = 0;
    enum next next;

    print_header(simulation);
    while ((next = next_arrival(arrivals, previous.at_ns, &arrival)) == ARRIVAL)
        if (!step(simulation, &arrival, &previous) && !differing_line)
            differing_line = arrivals->line_number;
    if (next == BAD_INPUT)
        return EXIT_OURS;
    if (differing_line) {
        say("the algorithms differ, at first in %s:%lu; they never should: please report it",
            arrivals->name, differing_line);
        return EXIT_NO;
    }
    return 0;
}

static bool init_limiters(struct simulation *simulation)
{
    const struct limit *limit = &simulation->limit;
    for (enum rl_algo algo = 0; algo < RL_ALGOS; algo++) {
        int error = rl_init(&simulation->limiters[algo], algo, limit->capacity, limit->period_ns,
                            limit->burst, &simulation->lines[algo]);
        if (error) {
            say("cannot simulate this limit: %s", strerror(error));
            return false;
        }
    }
    return true;
}

/*
 * The one of the options, or the only one of the environment; which is read in any case, since
 * RL_ALGO and its like hold for a limit of the options too.
 */
static bool choose_limit(struct limit *limit, struct given *spec)
{
    static struct config config;
    struct config_error error;
    if (!config_beside_options(&config, &error)) {
        fprintf(stderr, "rlshim: %s", error.text);
        return false;
    }
    if (spec->value) {
        config.count = 0;
        if (!given_add(spec, 1, &config))
            return false;
    }
    if (config.count != 1) {
        usage_error("simulate takes exactly one limit, not %u: give it as -l 'connect 4/2s'",
                    config.count);
        return false;
    }
    *limit = config.limits[0];
    return true;
}

static bool choose_algorithm(struct simulation *simulation, const char *name)
{
    if (!name)
        return true;
    simulation->all = strcasecmp(name, "all") == 0;
    enum rl_algo algo = simulation->all ? simulation->limit.algo : rl_algo_named(name);
    if (algo == RL_ALGOS) {
        usage_error("there is no algorithm '%s': take %s, %s, %s, %s, %s or all", name,
                    rl_algo_name(0), rl_algo_name(1), rl_algo_name(2), rl_algo_name(3),
                    rl_algo_name(4));
        return false;
    }
    simulation->limit.algo = algo;
    return true;
}

static int simulate_file(struct simulation *simulation, const char *path)
{
    struct arrivals arrivals = {.file = stdin, .name = "standard input"};
    if (strcmp(path, "-") != 0) {
        arrivals.name = path;
        arrivals.file = fopen(path, "re");
        if (!arrivals.file)
            return say("cannot read %s: %s", path, strerror(errno));
    }
    int status = simulate(simulation, &arrivals);
    free(arrivals.line);
    fclose(arrivals.file);
    return status;
}

int simulate_command(int argc, char **argv)
{
    static const struct option options[] = {
        {"algo", required_argument, NULL, 'a'},
        {"limit", required_argument, NULL, 'l'},
        {"tpm", required_argument, NULL, 't'},
        {"rpm", required_argument, NULL, 'r'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},
        {NULL, 0, NULL, 0},
    };
    static struct simulation simulation;
    static struct given spec;
    const char *algorithm = NULL;
    int option;

    opterr = 0;
    while ((option = getopt_long(argc, argv, ":l:a:", options, NULL)) != -1) {
        if (option == 'a')
            algorithm = optarg;
        else if (!strchr("ltr", option))
            return common_option(option, argv, options);
        else if (spec.value)
            return usage_error("simulate takes exactly one limit, and '%s' is a second", optarg);
        else
            spec = given_now(option, argv);
    }
    if (argc - optind > 1)
        return usage_error("simulate reads one FILE, and '%s' is a second", argv[optind + 1]);
    if (!choose_limit(&simulation.limit, &spec) || !choose_algorithm(&simulation, algorithm) ||
        !init_limiters(&simulation))
        return EXIT_OURS;
    return finish_output(simulate_file(&simulation, optind < argc ? argv[optind] : "-"));
}
