/*
 * decode.h - coded answers, read with the libraries that the program has loaded for them; where it
 * has none, they cannot be read.
 *
 * A decoder has memory of its own while there is an answer: some 60 KiB for gzip, and at most 12
 * MiB for zstd and 40 MiB for brotli, as far as the answer is as long, and its sender has chosen so
 * large a window. It takes time that is linear in the bytes that came: what swells to more
 * than 64 times as many, and 16 MiB, is not read on.
 *
 * The libraries run on a stack in that memory, with signals blocked, and call nothing of the
 * program's. One that was unloaded is not called any more. But they are not held where they are: a
 * thread that unloads one, or has not quite loaded it, in the very microseconds in which another
 * receives such an answer, brings it down. For that the loader's lock would have to be held, and a
 * child that is forked meanwhile would find it so for ever.
 *
 * After fork(2) each process goes on with its own. Not in a child of vfork(2). errno is left alone.
 */
#ifndef DECODE_H
#define DECODE_H

#include "coding.h"

extern const struct coding decode;

#endif
