/* trace.h - the input of `plot`: what RL_TRACE wrote, or the output of `simulate`. */
#ifndef TRACE_H
#define TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"

/* A row: a call, or a piece of one. */
struct decision {
    int64_t at_ns; /* when it passed, or was told that it would not; any clock */
    uint64_t wait_ns;
    uint64_t amount;
    bool passed;
};

struct traced_limit {
    char label[MAX_LABEL]; /* empty: `simulate` does not name it */
    size_t count, room;
    struct decision *decisions; /* in order of time */
};

enum { MOST_TRACED = 32 };

struct trace {
    bool simulated;
    unsigned count; /* of limits, in the order in which they first occur; at least 1 */
    struct traced_limit limits[MOST_TRACED];
};

/*
 * trace_read - read it whole, `-` being standard input. Returns whether it could, and there is at
 * least one decision; if not, it has said what is wrong, and in which line. To be freed in any
 * case.
 */
bool trace_read(struct trace *trace, const char *path);
void trace_free(struct trace *trace);

/* trace_name - what messages call that path. */
const char *trace_name(const char *path);

#endif
