/* bound.c - see bound.h. */
#include "bound.h"

struct bound bound_of(const struct limit *limit, bool assumed, double at_ns)
{
    return (struct bound){.assumed = assumed,
                          .burst = (double)limit->burst,
                          .per_ns = (double)limit->capacity / (double)limit->period_ns,
                          .level = (double)limit->burst,
                          .at_ns = at_ns};
}

double bound_full(const struct bound *bound)
{
    return bound->at_ns + (bound->burst - bound->level) / bound->per_ns;
}

void bound_advance(struct bound *bound, double at_ns)
{
    bound->level += (at_ns - bound->at_ns) * bound->per_ns;
    if (bound->level > bound->burst)
        bound->level = bound->burst;
    bound->at_ns = at_ns;
}

void bound_take(struct bound *bound, double amount)
{
    bound->level -= amount;
}
