/*
 * coding.h - content that is coded (RFC 9110, 8.4), and whoever can read it: that is not this
 * room's business, but the caller's.
 */
#ifndef CODING_H
#define CODING_H

#include "span.h"

enum coded {
    CODED_NOT,
    CODED_ZLIB, /* gzip and deflate, which tell themselves apart */
    CODED_BROTLI,
    CODED_ZSTD,
    CODED_UNKNOWN, /* or several, one in another */
};

/* coded_of - what the value of a content-encoding says. */
enum coded coded_of(struct span value);

/*
 * A decoder is for one content, and not for two threads at once.
 *
 * begin - before the first byte; NULL: it cannot be read.
 * take - the next bytes; what they say goes to give(to, ...), in pieces. False: it cannot be read
 * on, and nothing but `end` is to follow.
 * end - at the end, or before it: gives back all that `begin` and `take` have taken.
 */
struct coding {
    void *(*begin)(enum coded coded);
    bool (*take)(void *decoder, struct span bytes, void (*give)(void *to, struct span plain),
                 void *to);
    void (*end)(void *decoder);
};

#endif
