/* arrivals.h - the input of `simulate`: a line `TIME [AMOUNT [ACTUAL]]` for each arrival. */
#ifndef ARRIVALS_H
#define ARRIVALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "decimal.h"

struct arrivals {
    FILE *file;
    const char *name; /* for messages */
    unsigned long line_number;
    char *line; /* with its size; to be freed */
    size_t size;
};

struct arrival {
    uint64_t time_ns;
    uint64_t amount;
    bool reconciled; /* ACTUAL is given */
    uint64_t actual;
};

enum next { ARRIVAL, NO_MORE, BAD_INPUT };

/*
 * next_arrival - read the next one. `+TIME` counts from previous_ns. Of bad input it has said what
 * is wrong.
 */
enum next next_arrival(struct arrivals *arrivals, uint64_t previous_ns, struct arrival *arrival);

#endif
