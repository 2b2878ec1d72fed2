/* progress.h - `--progress`: the command runs beside the launcher, which shows what it is at. */
#ifndef PROGRESS_H
#define PROGRESS_H

#include "config.h"

struct progress {
    bool shown, bits;
    bool summary; /* the library will tell one at the end, on standard error */
};

/* progress_can - whether there is a terminal to show it on, and a limit to be seen; if it is that
 * which is missing, it has said so. */
bool progress_can(const struct config *config);

/*
 * progress_start - a child. Returns in that one, or, where there can be none, in the caller: it is
 * to become the command. The parent shows a line on standard error until the child ends, and ends
 * as that does: with its status, or by the same signal.
 *
 * The child has the process group, the signal mask and the dispositions of the caller. Signals that
 * are sent to the parent are passed on to it, and where a terminal stops it, the parent stops, too.
 */
void progress_start(const struct progress *progress);

#endif
