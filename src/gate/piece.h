/* piece.h - how much of a call goes at a time, when it must wait. */
#ifndef PIECE_H
#define PIECE_H

#include "passage.h"

enum { SEGMENT_BYTES = 1460 }; /* of TCP on Ethernet */

/*
 * gate_cut_piece - make gate->bytes what may pass at a time, of those limits that count bytes.
 * gate_cut_to_room - likewise of a call that sends, and begins to wait: what the kernel has room
 * for. now_ns: the present.
 */
void gate_cut_piece(struct gate *gate, uint64_t now_ns);
void gate_cut_to_room(struct gate *gate, uint64_t now_ns);

#endif
