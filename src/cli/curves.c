/* curves.c - see curves.h. */
#include <stdio.h>

#include "curves.h"
#include "svg.h"

/* Nearer marks, and parts of the area of what was held, become one. Pixels. */
static const double mark_apart = 6, area_apart = 0.5;
/* Marks are on no curve: many of them would hide it. */
static const double above_axis = 7;

static double at(const struct curves *curves, const struct decision *decision)
{
    return (double)(decision->at_ns - curves->origin_ns);
}

struct sums curves_sums(const struct curves *curves)
{
    struct sums sums = {.first_ns = curves->x.high, .last_ns = curves->x.low};
    struct bound bound = curves->bound ? *curves->bound : (struct bound){0};
    for (size_t i = 0; i < curves->traced->count; i++) {
        const struct decision *decision = &curves->traced->decisions[i];
        double last_ns = at(curves, decision), first_ns = last_ns - (double)decision->wait_ns;
        sums.first_ns = first_ns < sums.first_ns ? first_ns : sums.first_ns;
        sums.last_ns = last_ns > sums.last_ns ? last_ns : sums.last_ns;
        sums.refused += !decision->passed;
        if (!decision->passed)
            continue;
        sums.passed++;
        sums.units += (double)decision->amount;
        sums.held += decision->wait_ns > 0;
        sums.held_ns += (double)decision->wait_ns;
        bound_advance(&bound, last_ns);
        bound_take(&bound, (double)decision->amount);
        if (sums.excess < -bound.level)
            sums.excess = -bound.level;
    }
    bound_advance(&bound, curves->x.high);
    sums.top = sums.units + bound.level;
    return sums;
}

void draw_passed(const struct curves *curves)
{
    double units = 0;
    struct pen pen = pen_begin(LOOK_PASSED, true, curves->x.from, scale_place(&curves->y, 0));
    for (size_t i = 0; i < curves->traced->count; i++) {
        const struct decision *decision = &curves->traced->decisions[i];
        if (!decision->passed)
            continue;
        units += (double)decision->amount;
        pen_to(&pen, scale_place(&curves->x, at(curves, decision)), scale_place(&curves->y, units));
    }
    pen_to(&pen, curves->x.to, scale_place(&curves->y, units));
    pen_end(&pen, "");
}

static void bound_point(const struct curves *curves, struct pen *pen, double units,
                        const struct bound *bound)
{
    pen_to(pen, scale_place(&curves->x, bound->at_ns),
           scale_place(&curves->y, units + bound->level));
}

/* It bends where the bucket is full, and where something passes when it was. */
static void bound_rise(const struct curves *curves, struct pen *pen, double units,
                       struct bound *bound, double until_ns)
{
    double full_ns = bound_full(bound);
    if (full_ns < until_ns) {
        bool was_full = full_ns <= bound->at_ns;
        bound_advance(bound, full_ns);
        if (!was_full)
            bound_point(curves, pen, units, bound);
        bound_advance(bound, until_ns);
        bound_point(curves, pen, units, bound);
    }
    bound_advance(bound, until_ns);
}

void draw_bound(const struct curves *curves)
{
    struct bound bound = *curves->bound;
    double units = 0;
    struct pen pen =
        pen_begin(LOOK_BOUND, false, curves->x.from, scale_place(&curves->y, bound.level));
    for (size_t i = 0; i < curves->traced->count; i++) {
        const struct decision *decision = &curves->traced->decisions[i];
        if (!decision->passed)
            continue;
        bound_rise(curves, &pen, units, &bound, at(curves, decision));
        bound_take(&bound, (double)decision->amount);
        units += (double)decision->amount;
    }
    bound_rise(curves, &pen, units, &bound, curves->x.high);
    bound_point(curves, &pen, units, &bound);
    pen_end(&pen, "");
}

/* A part of the area, from when calls came to when they passed, as high as what passed by them. */
struct area {
    double left, right, low;
    bool open;
};

static void close_area(const struct curves *curves, struct area *area, double high)
{
    double bottom = scale_place(&curves->y, area->low), top = scale_place(&curves->y, high);
    if (area->open)
        printf("M%.1f %.1fH%.1fV%.1fH%.1fZ", area->left, bottom, area->right, top, area->left);
    *area = (struct area){.low = high};
}

void draw_holds(const struct curves *curves)
{
    struct area area = {0};
    double units = 0;
    printf("<path " LOOK_HELD " d=\"M%.1f %.1f", curves->x.from, scale_place(&curves->y, 0));
    for (size_t i = 0; i < curves->traced->count; i++) {
        const struct decision *decision = &curves->traced->decisions[i];
        double amount = decision->passed ? (double)decision->amount : 0;
        double height = scale_place(&curves->y, units) - scale_place(&curves->y, units + amount);
        if (!decision->passed)
            continue;
        if (decision->wait_ns == 0 && height >= area_apart)
            close_area(curves, &area, units);
        units += amount;
        if (decision->wait_ns > 0) {
            double right = at(curves, decision);
            double left = scale_place(&curves->x, right - (double)decision->wait_ns);
            area.left = area.open && area.left < left ? area.left : left;
            area.right = scale_place(&curves->x, right);
            area.open = true;
        }
        if (scale_place(&curves->y, area.low) - scale_place(&curves->y, units) >= area_apart)
            close_area(curves, &area, units);
    }
    close_area(curves, &area, units);
    puts("\"/>");
}

void draw_cross(double x, double y)
{
    printf("M%.1f %.1fl8 8m0 -8l-8 8", x - 4, y - 4);
}

void draw_refused(const struct curves *curves)
{
    double last = -mark_apart;
    printf("<path " LOOK_REFUSED " d=\"");
    for (size_t i = 0; i < curves->traced->count; i++) {
        const struct decision *decision = &curves->traced->decisions[i];
        double x = scale_place(&curves->x, at(curves, decision));
        if (!decision->passed && x - last >= mark_apart)
            draw_cross(last = x, curves->y.from - above_axis);
    }
    puts("\"/>");
}
