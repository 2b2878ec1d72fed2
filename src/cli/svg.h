/*
 * svg.h - an SVG 1.1 picture on standard output: text, and paths of a size that depends on the
 * picture, not on what is drawn.
 */
#ifndef SVG_H
#define SVG_H

#include <stdbool.h>

/* svg_escaped - text as XML may contain it; a byte that is no UTF-8, or no character, becomes ?. */
void svg_escaped(const char *text);

/* svg_text - a text whose base line begins there. attributes: more of them, as written, or "". */
void svg_text(double x, double y, const char *attributes, const char *text);

/*
 * A line from left to right. Of points that are nearer to each other than half a pixel from left
 * to right, the last one stands for all.
 */
struct pen {
    bool steps; /* go to the right first, then up or down */
    double x, y, next_x, next_y;
    bool waiting; /* next is not drawn yet */
};

/* pen_begin - open a path; attributes: those of the element. */
struct pen pen_begin(const char *attributes, bool steps, double x, double y);
void pen_to(struct pen *pen, double x, double y);

/* pen_end - close the path; fill: what is written at its end, as "Z", or "". */
void pen_end(struct pen *pen, const char *fill);

#endif
