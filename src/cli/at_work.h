/* at_work.h - limits that are at work, opened so that they can be changed. */
#ifndef AT_WORK_H
#define AT_WORK_H

#include <stdio.h>

#include "look.h"

struct at_work {
    const struct seen *seen; /* the tree or name that it is of, */
    struct segment *segment;
    unsigned index; /* the how manieth there */
    struct rl_limiter limiter;
    char label[MAX_LABEL]; /* what it is called */
};

enum { MOST_AT_WORK = 64 };
struct all_at_work {
    struct view view;
    unsigned count;
    struct at_work limits[MOST_AT_WORK];
};

/* at_work_find - all limits of what is meant by `what`, as of look_only. To be given back with
 * at_work_done in any case; segments stay mapped until the program ends. Returns 0, or the exit
 * status, having said why. */
int at_work_find(struct all_at_work *all, const char *what);
void at_work_done(struct all_at_work *all);

/* at_work_first - the limit as it was configured. */
const struct segment_limit *at_work_first(const struct at_work *limit);

/* at_work_is_called - whether it is meant by `what`: its name, or "out 1MB/s", or "out". */
bool at_work_is_called(const struct at_work *limit, const char *what);

/* at_work_print_scope - "shared:api", or "tree 0cac3f68b9a54911". at_work_list - all, a line each,
 * on stderr. */
void at_work_print_scope(FILE *out, const struct at_work *limit);
void at_work_list(const struct all_at_work *all);

#endif
