/* panel.h - the picture of one limit, with its words, legend and axes. */
#ifndef PANEL_H
#define PANEL_H

#include "curves.h"

struct panel {
    const char *label;
    const struct limit *limit; /* NULL: nobody knows */
    bool assumed;              /* its burst is not given */
    const struct traced_limit *traced;
    const char *time;       /* what the axis of time is called */
    int64_t origin_ns;      /* 0 of that axis */
    double first, last;     /* its ends, in nanoseconds from there */
    int width, height, top; /* pixels */
};

/* The least and the largest that a panel can be, so that its words find room. */
enum { LEAST_WIDTH = 760, LEAST_HEIGHT = 280, MOST_PIXELS = 4000 };

void draw_panel(const struct panel *panel);

/* draw_words - the label, a line that sums up, and the legend, from x on; bound: may be NULL. */
void draw_words(const struct panel *panel, const struct bound *bound, const struct sums *sums,
                double x);

#endif
