/* table.h - the output of `simulate`: a row of tab-separated columns for each arrival. */
#ifndef TABLE_H
#define TABLE_H

#include "arrivals.h"
#include "config.h"

/* What became of an arrival. */
struct outcome {
    enum { DEPARTED, REFUSED, TIMED_OUT, ABOVE_BURST, TOO_LATE } kind;
    uint64_t at_ns; /* when it departed, or when it was told that it would not */
};

struct simulation {
    struct limit limit;
    bool all; /* compare the algorithms, instead of showing the variables of one */
    struct rl_limiter limiters[RL_ALGOS];
    struct rl_line lines[RL_ALGOS];
};

void print_header(const struct simulation *simulation);

/* outcomes: of each algorithm, if all are compared; else of the limit's alone. */
void print_row(const struct simulation *simulation, const struct arrival *arrival,
               const struct outcome outcomes[RL_ALGOS]);

#endif
