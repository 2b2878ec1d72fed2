/*
 * meter.h - the line of `--progress`: what the limits of a process are at, on standard error.
 *
 * It is put below the line that the cursor is in, and the cursor goes back to where it was: what
 * the command writes, and what is typed, stays where it would have been. All behind the cursor is
 * erased at each look. Only of several lines that come between two looks one may run into this one;
 * so it is at the right, where both can be read, and there is room for the lines of a summary.
 *
 * A terminal that has no escapes has it in the line of the cursor.
 */
#ifndef METER_H
#define METER_H

#include "history.h"

struct meter {
    unsigned pid; /* of a process that shares the limits, or began their tree */
    bool bits;
    bool summary; /* a line for each limit will come at the end, and needs room above */
    struct view view;
    struct history history;
    bool drawn;
};

/* meter_look - at its limits, anew. */
void meter_look(struct meter *meter);

/* meter_draw - what was seen; those limits that have room, the first ones first. Nothing is written
 * in the background (there it might stop the process, tcsetattr(3) TOSTOP), nor to a terminal that
 * takes nothing. */
void meter_draw(struct meter *meter);

/* meter_erase - if it is drawn. */
void meter_erase(struct meter *meter);

#endif
