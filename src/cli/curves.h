/*
 * curves.h - what became of the decisions of a limit, as sums and as curves.
 *
 * However many there are, what is drawn of them is bounded by the pixels of the picture.
 */
#ifndef CURVES_H
#define CURVES_H

#include "bound.h"
#include "scale.h"
#include "trace.h"

struct curves {
    const struct traced_limit *traced;
    const struct bound *bound; /* full; NULL: nobody knows */
    int64_t origin_ns;         /* the instant that is 0 in the scale x */
    struct scale x, y;         /* ns; units */
};

struct sums {
    double units;             /* that passed */
    size_t passed, held;      /* decisions; those of them that waited */
    double held_ns;           /* all of them together */
    double first_ns, last_ns; /* when the first decision was asked for, the last one made */
    size_t refused;           /* whatever did not pass */
    double top, excess; /* of the bound, where the scale x ends; how far it was passed at worst */
};

/* curves_sums - y need not be filled in. */
struct sums curves_sums(const struct curves *curves);

/* Each draws one thing; they return nothing and need all of *curves. */
void draw_passed(const struct curves *curves);
void draw_bound(const struct curves *curves); /* that is there */
void draw_holds(const struct curves *curves);
void draw_refused(const struct curves *curves);

/* draw_cross - the mark of what did not pass, in a path of its own. */
void draw_cross(double x, double y);

/*
 * waiting_calls - how many calls waited on average within each pixel of the scale x. Returns the
 * pixels, *count of them, to be freed.
 */
double *waiting_calls(const struct curves *curves, size_t *count);

/* draw_waiting - these, as an area on a line at bottom, where `high` of them reach up to top. */
void draw_waiting(const struct curves *curves, const double *calls, size_t count, double high,
                  double top, double bottom);

/* How the curves look, where a legend has to show it too. For eyes that see colours otherwise, and
 * for grey: the colours of Okabe and Ito, and dashes. */
#define LOOK_PASSED  "fill=\"none\" stroke=\"#0072b2\" stroke-width=\"3\""
#define LOOK_BOUND   "fill=\"none\" stroke=\"#d55e00\" stroke-width=\"1.6\" stroke-dasharray=\"7 4\""
#define LOOK_HELD    "fill=\"#e69f00\" fill-opacity=\"0.6\""
#define LOOK_REFUSED "fill=\"none\" stroke=\"#000000\" stroke-width=\"1.8\""

#endif
