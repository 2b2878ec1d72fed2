/*
 * sse.h - server-sent events (the WHATWG's HTML standard, 9.2.6, "Interpreting an event stream"):
 * the data of each event, as it comes. Lines end in CR, LF or CRLF, cut anywhere.
 */
#ifndef SSE_H
#define SSE_H

#include "span.h"

enum sse_kind {
    SSE_MORE,  /* all bytes were taken: more are needed */
    SSE_DATA,  /* a piece of an event's data; each line of it, the last too, ends with an LF */
    SSE_EVENT, /* the event is complete; there was data */
};

struct sse_event {
    enum sse_kind kind;
    struct span data;
};

/* Its members are sse.c's own. All 0: the beginning of a stream. */
struct sse {
    unsigned char state, count;
    bool after_cr, has_data, started;
};

/*
 * sse_next - read on, up to the next event. Returns how many bytes it took; fewer than there are
 * unless it tells SSE_MORE.
 */
size_t sse_next(struct sse *sse, struct span bytes, struct sse_event *event);

#endif
