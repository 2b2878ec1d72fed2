/* waiting.c - how many calls wait, by and by; see curves.h. */
#include <stdio.h>
#include <stdlib.h>

#include "cli.h"
#include "curves.h"
#include "svg.h"

/*
 * Add a wait, in pixels. Those that it fills are marked where they begin and end alone, to be
 * summed up later: many long waits are not more work than short ones.
 */
static void add_wait(double *calls, double *begins, size_t count, double left, double right)
{
    size_t first = left > 0 ? (size_t)left : 0, last = right > 0 ? (size_t)right : 0;
    first = first < count ? first : count - 1;
    last = last < count ? last : count - 1;
    if (first == last) {
        calls[first] += right - left;
        return;
    }
    calls[first] += (double)(first + 1) - left;
    calls[last] += right - (double)last;
    begins[first + 1] += 1;
    begins[last] -= 1;
}

double *waiting_calls(const struct curves *curves, size_t *count)
{
    *count = (size_t)(curves->x.to - curves->x.from);
    double *calls = calloc(*count, sizeof *calls), *begins = calloc(*count, sizeof *begins);
    if (!calls || !begins)
        exit(say("out of memory"));
    for (size_t i = 0; i < curves->traced->count; i++) {
        const struct decision *decision = &curves->traced->decisions[i];
        double right = (double)(decision->at_ns - curves->origin_ns);
        double left = right - (double)decision->wait_ns;
        if (decision->wait_ns > 0)
            add_wait(calls, begins, *count, scale_place(&curves->x, left) - curves->x.from,
                     scale_place(&curves->x, right) - curves->x.from);
    }
    double filling = 0;
    for (size_t i = 0; i < *count; i++)
        calls[i] += filling += begins[i];
    free(begins);
    return calls;
}

void draw_waiting(const struct curves *curves, const double *calls, size_t count, double high,
                  double top, double bottom)
{
    struct pen pen = pen_begin(LOOK_HELD, true, curves->x.from, bottom);
    double level = 0;
    for (size_t i = 0; i <= count; i++) {
        double next = i < count ? calls[i] / high : 0;
        double y = bottom - next * (bottom - top);
        /* Of equal ones, the first says it. */
        if (next != level || i == count)
            pen_to(&pen, i < count ? curves->x.from + (double)i : curves->x.to, y);
        level = next;
    }
    pen_end(&pen, "Z");
}
