/* order.c - see order.h. */
#include <stdlib.h>
#include <string.h>

#include "figures.h"
#include "order.h"

const char *order_name(enum order order)
{
    static const char *const names[ORDERS] = {"age", "rate", "waiting", "time held"};
    return names[order];
}

static double weight(const struct seen *seen, enum order order, const struct history *history)
{
    enum { SECONDS = 2 };
    double weight = order == BY_AGE ? -(double)seen->since_ns : 0;
    for (unsigned i = 0; i < seen->limit_count; i++) {
        const struct seen_limit *limit = &seen->limits[i];
        double share = order == BY_RATE
                           ? history_rate(history, seen, i, SECONDS) / number_per_second(limit)
                           : 0;
        if (order == BY_WAITING)
            weight += limit->waiting;
        else if (order == BY_HELD)
            weight += (double)limit->held_ns;
        else if (order == BY_RATE && share > weight)
            weight = share;
    }
    return weight;
}

/* The heaviest first; those that are equal stay as they are. */
static void sort(struct view *view, double *weights)
{
    for (size_t i = 1; i < view->count; i++) {
        struct seen seen = view->seen[i];
        double own = weights[i];
        size_t at = i;
        for (; at > 0 && weights[at - 1] < own; at--) {
            view->seen[at] = view->seen[at - 1];
            weights[at] = weights[at - 1];
        }
        view->seen[at] = seen;
        weights[at] = own;
    }
}

void order_view(struct view *view, enum order order, const struct history *history)
{
    double *weights = malloc((view->count + 1) * sizeof *weights);
    for (size_t i = 0; weights && i < view->count; i++)
        weights[i] = weight(&view->seen[i], order, history);
    if (weights)
        sort(view, weights);
    free(weights);
}

static size_t place_in(const struct view *view, const struct seen *seen)
{
    size_t i = 0;
    while (i < view->count &&
           (view->seen[i].named != seen->named || strcmp(view->seen[i].name, seen->name) != 0))
        i++;
    return i;
}

void order_as(struct view *view, const struct view *earlier)
{
    double *weights = malloc((view->count + 1) * sizeof *weights);
    for (size_t i = 0; weights && i < view->count; i++)
        weights[i] = -(double)place_in(earlier, &view->seen[i]);
    if (weights)
        sort(view, weights);
    free(weights);
}
