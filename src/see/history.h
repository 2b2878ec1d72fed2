/* history.h - what passed in the last seconds. */
#ifndef HISTORY_H
#define HISTORY_H

#include "look.h"

/* How far it goes back, if there is one look a second. */
enum { HISTORY = 64 };

struct history {
    struct track *tracks; /* one for each tree and name */
    size_t count;
};

/* history_add - a new look. Those that are not in it are forgotten. Returns false if there is no
 * memory. history_forget - all of it. */
bool history_add(struct history *history, const struct view *view);
void history_forget(struct history *history);

/* history_rate - units per second of the i-th limit in the last so many seconds, or since it was
 * first looked at; less than 0: not known yet. */
double history_rate(const struct history *history, const struct seen *seen, unsigned i,
                    unsigned seconds);

/* history_graph - a letter for each look, the last one at the right: how near the rate was to the
 * one that was asked for. A blank is nothing at all, `@` is above it, as a burst may be. ASCII.
 * graph: room for so many letters, and a zero. */
void history_graph(const struct history *history, const struct seen *seen, unsigned i, char *graph,
                   unsigned letters);

#endif
