/* ahead.h - a descriptor is gated before a call comes: for the one that is expected next. */
#ifndef AHEAD_H
#define AHEAD_H

#include "passage.h"

/* ahead_queue - after a call that was cut short, for what comes next: gate it, if need be. */
void ahead_queue(struct gate *gate);

/* ahead_expect - after a receive under a limit in police mode: gate the next one of so many bytes,
 * should that be refused now. */
void ahead_expect(struct gate *gate, size_t length);

#endif
