/* frame.h - what `top` shows at a time. */
#ifndef FRAME_H
#define FRAME_H

#include <stdio.h>

#include "order.h"

struct frame {
    int width, height; /* of the terminal; height 0: as many lines as there are, nothing but text,
                          and one rate, that between two looks */
    bool colour, bits, paused, frozen, help;
    enum order order;
};

/* frame_draw - from the upper left corner, and blank what is left of a terminal. */
void frame_draw(FILE *out, const struct frame *frame, const struct view *view,
                const struct history *history);

#endif
