/* further.h - after a piece of a call that receives: whether it goes on. See receive.h. */
#ifndef FURTHER_H
#define FURTHER_H

#include "passage.h"

/*
 * gate_goes_on - after `done` bytes; it may have waited for more. One that waits goes on for
 * MSG_WAITALL and SO_RCVLOWAT, as the kernel's, for what the program knows is there, and for what
 * it was told of by a signal, once; else its short count is one like any other. again: the last
 * piece got nothing, though it was told of some.
 */
bool gate_goes_on(struct gate *gate, size_t done, bool again);

/* gate_is_at_mark - whether it is to end here, as the kernel's does at urgent data, for the program
 * to find where that is (sockatmark(3)). */
bool gate_is_at_mark(int fd);

/* gate_left_some - of one that is over: whether it waited, and left what there was room for. Who
 * asks for readiness nevertheless may take that for all that there was. */
bool gate_left_some(const struct gate *gate, size_t done);

#endif
