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
    UNIT = 86, /* from the top: a base line, and where the curves begin */
    CURVES = 96,
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

void draw_panel(const struct panel *panel)
{
    const struct measure *measures = measures_of(panel->limit);
    struct bound bound;
    struct curves curves = {.traced = panel->traced, .origin_ns = panel->origin_ns};
    if (panel->limit) {
        bound = bound_of(panel->limit, panel->assumed, panel->first);
        curves.bound = &bound;
    }
    curves.x = scale_make(times, panel->first, panel->last, panel->width / 90);
    curves.x.from = LEFT;
    curves.x.to = panel->width - RIGHT;
    struct sums sums = curves_sums(&curves);

    double bottom = panel->top + panel->height - AXIS, strip = bottom - WAITING;
    double curves_bottom = sums.held ? strip - BETWEEN : bottom;
    double high = sums.units > sums.top ? sums.units : sums.top;
    curves.y = scale_make(measures, 0, high > 1 ? high : 1, 5);
    curves.y.high = first_above(&curves.y);
    curves.y.from = curves_bottom;
    curves.y.to = panel->top + CURVES;

    draw_words(panel, curves.bound, &sums, LEFT);
    char *unit = format("passed (%s)", curves.y.measure->name);
    svg_text(LEFT, panel->top + UNIT, SMALL, unit);
    free(unit);
    draw_time(panel, &curves.x, panel->top + CURVES, bottom);
    draw_units(&curves.x, &curves.y);
    if (sums.held) {
        draw_strip(&curves, strip, bottom);
        draw_holds(&curves);
    }
    draw_line(LEFT, bottom, curves.x.to, bottom, FRAME);
    draw_passed(&curves);
    if (curves.bound) /* above the other, which often lies upon it */
        draw_bound(&curves);
    if (sums.refused)
        draw_refused(&curves);
}
