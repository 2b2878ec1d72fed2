/* panel.c - see panel.h. */
#include <stdio.h>
#include <stdlib.h>

#include "cli.h"
#include "panel.h"
#include "svg.h"

/* Pixels. */
enum {
    LEFT = 64,
    RIGHT = 24,
    CURVES = 96, /* from the top to where they begin, and from there up to a base line */
    UNIT = 10,
    AXIS = 46, /* from the bottom: the axis of time, and base lines below it */
    NUMBERS = 29,
    TIME = 10,
    WAITING = 28, /* the height of what waits, and what is between that and the curves */
    BETWEEN = 26,
};

#define SMALL  "font-size=\"12\" fill=\"#444444\""
#define MIDDLE "text-anchor=\"middle\""
#define END    "text-anchor=\"end\""

static void draw_line(double x, double y, double to_x, double to_y, const char *colour)
{
    printf("<path stroke=\"%s\" d=\"M%.1f %.1fL%.1f %.1f\"/>\n", colour, x, y, to_x, to_y);
}

#define GRID  "#dddddd"
#define FRAME "#666666"

static void draw_time(const struct panel *panel, const struct scale *x, double top, double bottom)
{
    double tick;
    for (int n = 0; scale_has(x, tick = scale_tick(x, n)); n++) {
        double place = scale_place(x, tick);
        draw_line(place, top, place, bottom, GRID);
        svg_text(place, bottom + AXIS - NUMBERS, MIDDLE, scale_words(x, tick).text);
    }
    char *name = format("%s (%s)", panel->time, x->measure->name);
    svg_text((x->from + x->to) / 2, bottom + AXIS - TIME, SMALL " " MIDDLE, name);
    free(name);
}

static void draw_units(const struct scale *x, const struct scale *y)
{
    double tick;
    char *name = format("passed (%s)", y->measure->name);
    svg_text(x->from, y->to - UNIT, SMALL, name);
    free(name);
    for (int n = 0; scale_has(y, tick = scale_tick(y, n)); n++) {
        double place = scale_place(y, tick);
        draw_line(x->from, place, x->to, place, n ? GRID : FRAME);
        svg_text(x->from - 8, place + 5, END, scale_words(y, tick).text);
    }
}

/* 1, 2, 5, 10, 20 and so on. */
static double round_up(double value)
{
    double round = 1;
    for (int n = 0; round < value; n++)
        round *= n % 3 == 1 ? 2.5 : 2;
    return round;
}

static void draw_strip(const struct curves *curves, double top, double bottom)
{
    size_t count;
    double *calls = waiting_calls(curves, &count), most = 0;
    for (size_t i = 0; i < count; i++)
        most = calls[i] > most ? calls[i] : most;
    most = round_up(most);
    draw_line(curves->x.from, top, curves->x.to, top, GRID);
    draw_waiting(curves, calls, count, most, top, bottom);
    free(calls);

    char *number = format("%.0f", most);
    svg_text(curves->x.from - 8, top + 5, END, number);
    svg_text(curves->x.from - 8, bottom + 5, END, "0");
    svg_text(curves->x.from, top - 7, SMALL, "calls waiting");
    free(number);
}

/* The first tick that nothing is above. */
static double first_above(const struct scale *scale)
{
    int n = 0;
    while (scale_tick(scale, n) < scale->high)
        n++;
    return scale_tick(scale, n);
}

static void draw_curves(const struct curves *curves, const struct sums *sums)
{
    if (sums->held)
        draw_holds(curves);
    draw_passed(curves);
    if (curves->bound) /* above the other, which often lies upon it */
        draw_bound(curves);
    if (sums->refused)
        draw_refused(curves);
}

void draw_panel(const struct panel *panel)
{
    double top = panel->top + CURVES, bottom = panel->top + panel->height - AXIS;
    double right = panel->width - RIGHT, strip = bottom - WAITING;
    struct bound bound;
    struct curves curves = {.traced = panel->traced, .origin_ns = panel->origin_ns};
    if (panel->limit) {
        bound = bound_of(panel->limit, panel->assumed, panel->first);
        curves.bound = &bound;
    }
    curves.x = scale_make(times, panel->first, panel->last, panel->width / 90);
    curves.x.from = LEFT;
    curves.x.to = right;
    struct sums sums = curves_sums(&curves);

    double high = sums.units > sums.top ? sums.units : sums.top;
    curves.y = scale_make(measures_of(panel->limit), 0, high > 1 ? high : 1, 5);
    curves.y.high = first_above(&curves.y);
    curves.y.from = sums.held ? strip - BETWEEN : bottom;
    curves.y.to = top;

    draw_words(panel, curves.bound, &sums, LEFT);
    draw_time(panel, &curves.x, top, bottom);
    draw_units(&curves.x, &curves.y);
    if (sums.held)
        draw_strip(&curves, strip, bottom);
    draw_line(LEFT, bottom, right, bottom, FRAME);
    draw_curves(&curves, &sums);
}
