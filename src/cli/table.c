/* table.c - the output of `simulate`. */
#include <inttypes.h>
#include <stdio.h>

#include "algo.h"
#include "table.h"

static void print_seconds(uint64_t ns)
{
    printf("%" PRIu64 ".%09" PRIu64, ns / RL_SECOND, ns % RL_SECOND);
}

/* value * factor / divisor, rounded to 9 decimals. */
static void print_ratio(int64_t value, uint64_t factor, uint64_t divisor)
{
    uint64_t size = value < 0 ? -(uint64_t)value : (uint64_t)value;
    unsigned __int128 product = (unsigned __int128)size * factor;
    unsigned __int128 whole = product / divisor;
    uint64_t rest = (uint64_t)(product % divisor);
    uint64_t parts = (uint64_t)(((unsigned __int128)rest * RL_SECOND + divisor / 2) / divisor);
    whole += parts / RL_SECOND;
    parts %= RL_SECOND;
    if (whole > UINT64_MAX)
        whole = UINT64_MAX;
    const char *sign = value < 0 && (whole || parts) ? "-" : "";
    printf("%s%" PRIu64 ".%09" PRIu64, sign, (uint64_t)whole, parts);
}

static void print_departure(const struct outcome *outcome, const struct limit *limit)
{
    switch (outcome->kind) {
    case DEPARTED:
        print_seconds(outcome->at_ns);
        break;
    case REFUSED:
        fputs("refused", stdout);
        break;
    case TIMED_OUT:
        fputs("timed out", stdout);
        break;
    case ABOVE_BURST:
        printf("above the burst of %" PRIu64, limit->burst);
        break;
    case TOO_LATE:
        fputs("later than ten years", stdout);
        break;
    }
}

/* The variables as they are at that instant; none for an arrival that the limit is not made for. */
static void print_variables(const struct rl_limiter *limiter, const struct outcome *outcome)
{
    const struct rl_rate *rate = &limiter->rate;
    const struct rl_algorithm *algorithm = limiter->algorithm;
    bool shown = outcome->kind != ABOVE_BURST && outcome->kind != TOO_LATE;
    int64_t values[RL_MAX_VARIABLES] = {0};
    algorithm->observe(rate, limiter->line->word, rl_ticks(rate, outcome->at_ns), values);

    for (int i = 0; i < RL_MAX_VARIABLES && algorithm->variables[i].name; i++) {
        putchar('\t');
        if (!shown)
            putchar('-');
        else if (algorithm->variables[i].kind == RL_TIME)
            print_ratio(values[i], 1, RL_SECOND * rate->ticks_per_ns);
        else
            print_ratio(values[i], rate->capacity, rate->period_ns * rate->ticks_per_ns);
    }
}

void print_header(const struct simulation *simulation)
{
    fputs("arrival\tamount\tdeparture\twait", stdout);
    const struct rl_algorithm *algorithm = rl_algorithm(simulation->limit.algo);
    if (simulation->all)
        for (enum rl_algo algo = 0; algo < RL_ALGOS; algo++)
            printf("\t%s", rl_algo_name(algo));
    else
        for (int i = 0; i < RL_MAX_VARIABLES && algorithm->variables[i].name; i++)
            printf("\t%s", algorithm->variables[i].name);
    putchar('\n');
}

void print_row(const struct simulation *simulation, const struct arrival *arrival,
               const struct outcome outcomes[RL_ALGOS])
{
    const struct limit *limit = &simulation->limit;
    const struct outcome *outcome = &outcomes[limit->algo];
    print_seconds(arrival->time_ns);
    printf("\t%" PRIu64 "\t", arrival->amount);
    print_departure(outcome, limit);
    putchar('\t');
    if (outcome->kind == ABOVE_BURST || outcome->kind == TOO_LATE)
        putchar('-');
    else
        print_seconds(outcome->at_ns - arrival->time_ns);

    if (!simulation->all)
        print_variables(&simulation->limiters[limit->algo], outcome);
    for (enum rl_algo algo = 0; simulation->all && algo < RL_ALGOS; algo++) {
        putchar('\t');
        print_departure(&outcomes[algo], limit);
    }
    putchar('\n');
}
