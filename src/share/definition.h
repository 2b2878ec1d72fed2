/* definition.h - limits in a segment, as they were configured. */
#ifndef DEFINITION_H
#define DEFINITION_H

#include "segment.h"

/* definition_write - the i-th limit of a segment that is being made; in their order. */
void definition_write(struct segment *segment, unsigned i, const struct config *config,
                      const struct limit *limit);

/* definition_is - whether the i-th is this limit: counts the same, of the same peers, at the rate
 * that it had at first, or has now. How a member waits for it (mode, timeout, nonblock), and what
 * it calls it, is its own. definition_counts - likewise, at whatever rate. */
bool definition_is(struct segment *segment, unsigned i, const struct config *config,
                   const struct limit *limit);
bool definition_counts(const struct segment *segment, unsigned i, const struct config *config,
                       const struct limit *limit);

/* definition_rate - the rate that the i-th had at first, into a limit that it is: what was changed
 * since is found in its line. */
void definition_rate(const struct segment *segment, unsigned i, struct limit *limit);

/* definition_label - what a limit is called now, which had that label at first. */
void definition_label(const struct shared_limit *limit, const char *first, char label[MAX_LABEL]);

/* definition_read - add the i-th to a configuration, of the scope `tree`. False: it has no room,
 * *why is NULL; or it cannot be true, *why says so. */
bool definition_read(const struct segment *segment, unsigned i, struct config *config,
                     const char **why);

/* definition_account - what there is to tell of the i-th. False: it cannot be true. */
bool definition_account(const struct segment *segment, unsigned i, struct account *account);

/* definition_limiter - the limiter of the i-th, to look at its state. False: it cannot be true. */
bool definition_limiter(struct segment *segment, unsigned i, struct rl_limiter *limiter);

#endif
