/*
 * stream.h - a coded stream, read by whichever library of the program's can do so: zlib,
 * libbrotlidec, libzstd, or what else has their functions, be it the program itself.
 *
 * They allocate in an arena, and nothing of theirs is outside of it: when that is forgotten, so is
 * all of the stream. They take some kilobytes of stack.
 */
#ifndef STREAM_H
#define STREAM_H

#include "arena.h"
#include "coding.h"

/* As in zlib.h; the interface of libz.so.1 has not changed since 2004. */
struct zlib_stream {
    const char *next_in;
    unsigned avail_in;
    unsigned long total_in;
    char *next_out;
    unsigned avail_out;
    unsigned long total_out;
    const char *msg;
    void *state;
    void *(*zalloc)(void *arena, unsigned count, unsigned size);
    void (*zfree)(void *arena, void *block);
    void *opaque;
    int data_type;
    unsigned long adler, reserved;
};

enum { STREAM_FUNCTIONS = 3, STREAM_HEAD = 4 };

/* Set `coded`, and `arena`, to begin with. */
struct stream {
    enum coded coded;
    struct arena arena;
    void *functions[STREAM_FUNCTIONS];
    union {
        struct zlib_stream zlib;
        void *state;
    };
};

enum stream_state { STREAM_GOES_ON, STREAM_ENDS, STREAM_FAILS };

/* stream_arena - how large an arena is enough: address space, of which less is used, as a rule. */
size_t stream_arena(enum coded coded);

/* stream_find - the functions of a library that is loaded. False: there is none. */
bool stream_find(struct stream *stream);

/* stream_head - how many bytes are to be known to begin; they are a part of the stream.
 * stream_begin - a stream, in an arena that was forgotten; `again`: behind another. */
size_t stream_head(enum coded coded);
bool stream_begin(struct stream *stream, const unsigned char head[STREAM_HEAD], bool again);

/* stream_read - read on: *in becomes what is left of it, and `room` bytes at `out` can be written;
 * returned in *room is how many were. To be called until that is less, and nothing is left. */
enum stream_state stream_read(struct stream *stream, struct span *in, char *out, size_t *room);

#endif
