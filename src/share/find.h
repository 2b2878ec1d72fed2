/* find.h - which segment each limit of a configuration belongs to. */
#ifndef FIND_H
#define FIND_H

#include "segment.h"

/* RL_TREE=NAMESPACE,TREE,TREE...: the namespace that numbers of processes are of, since it takes
 * long to find out; and the trees, outermost first. */
enum { MAX_TREES = MAX_LIMITS, NAMESPACE_LETTERS = 8 };
#define NO_NAMESPACE "00000000"

/* On the way. */
struct finding {
    struct config *config;
    struct share *shares; /* of each limit; its `limit` is NULL until it is found */
    struct config_error *error;
    char tree[sizeof "RL_TREE=" + NAMESPACE_LETTERS + MAX_TREES * (ID_LETTERS + 1)]; /* of those
                                                                                  that it starts */
    char notice[600];
};

/* find_trees - of the limits of the scope `tree`. find_named - of those that have a name. False
 * with the error filled in. */
bool find_trees(struct finding *finding);
bool find_named(struct finding *finding);

/* find_open - the limits of a scope that have no segment yet, a bit each. */
unsigned find_open(const struct finding *finding, enum scope scope);

/* find_attach - the limit is the i-th of a segment; find_attach_all - they are its limits, in their
 * order. */
void find_attach(struct finding *finding, unsigned limit, struct segment *segment, unsigned i);
void find_attach_all(struct finding *finding, unsigned limits, struct segment *segment);

/* What a segment is made of. */
struct making {
    const struct config *config;
    unsigned limits; /* a bit each */
};

/* find_path_hash - of the file of RL_CONFIG, as segments have it. */
uint64_t find_path_hash(const struct config *config);

/* find_is_edited - a limit of the file of RL_CONFIG may have another rate than the i-th of a
 * segment, whose limits are of the same file: that was edited since, and the caller is to change
 * it. */
bool find_is_edited(const struct finding *finding, unsigned limit, const struct segment *segment,
                    unsigned i);

/* find_begin - what every segment has: since when it counts, who began it, and what file its limits
 * are of. */
void find_begin(struct segment *segment, const struct config *config);

/* find_fill - for segment_make; argument: a struct making. */
int find_fill(struct segment *segment, const void *argument);

/* find_whole_seconds - what a new segment counts from. */
uint64_t find_whole_seconds(void);

/* find_is_of_now - false: it counts from a time to come, and so is of before the last boot, or of
 * another clock, or damaged: its limits would stand still until then. */
bool find_is_of_now(const struct segment *segment);

/* find_notice, find_fail - a line for the user; the error, which is a line as well. Fails always.
 */
void find_notice(struct finding *finding, const char *form, ...)
    __attribute__((format(printf, 2, 3)));
bool find_fail(struct finding *finding, const char *form, ...)
    __attribute__((format(printf, 2, 3)));

#endif
