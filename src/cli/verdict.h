/* verdict.h - what follows from what is known of a program: it is refused, or warned of. */
#ifndef VERDICT_H
#define VERDICT_H

#include "target.h"

/* is_refused - whether it cannot be limited; if for no reason of its judgement, then since it runs
 * its command elsewhere. */
bool is_refused(const struct target *target);
extern const char runs_elsewhere[];

/* refuse - 0 if it can be limited, else the exit status; it has said why then, and what to do. */
int refuse(const struct target *target);

/* warn - say what will not be limited, or may not be, of one that is not refused. */
void warn(const struct target *target);

#endif
