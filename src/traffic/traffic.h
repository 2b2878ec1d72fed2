/*
 * traffic.h - one connection's requests to models, and what they cost: all that the other files of
 * this room find out, put together.
 *
 * Give it the plain bytes of both directions, cut as they come, each byte once, from the first one
 * on: where a program offers the same ones again, since they were not taken, they are not new. It
 * passes no judgement on what it cannot follow, and says so; it never changes anything.
 *
 * All that it keeps is in struct traffic; nothing is allocated, nothing read but the arguments. Not
 * for two threads at once, whatever the direction. Safe in signal handlers. Takes some 500
 * bytes of stack, and time that is linear in the bytes. What reads coded answers for the caller is
 * not counted in: begun at the first byte of one, it is ended at the last, or by traffic_closed.
 */
#ifndef TRAFFIC_H
#define TRAFFIC_H

#include "answer.h"
#include "endpoint.h"
#include "http.h"
#include "prompt.h"

enum { TRAFFIC_HOST = 256 };

/* A request, and its answer. */
struct exchange {
    enum api api;         /* API_NONE: it is none of ours */
    bool asked;           /* the request is complete */
    bool tunnels;         /* it is none but for the way: CONNECT */
    uint64_t host;        /* span_hash of its host and port, in lower case */
    uint64_t length;      /* of its body, bytes; HTTP_UNKNOWN: it comes in chunks */
    uint64_t body;        /* bytes of it that came */
    struct prompt prompt; /* as far as it came */
    uint64_t note;        /* the caller's own, such as what was charged; 0 when it BEGINS */
};

enum traffic_kind {
    TRAFFIC_MORE,     /* all bytes were taken: more are needed */
    TRAFFIC_BEGINS,   /* sent: the next byte is the first of a request */
    TRAFFIC_ASKS,     /* sent: the head of a request is complete: all but its prompt is known */
    TRAFFIC_ASKED,    /* sent: a request is complete; its answer may have been so before */
    TRAFFIC_ANSWERS,  /* received: the head of an answer: its status, and limits */
    TRAFFIC_ANSWERED, /* received: an answer is complete */
    TRAFFIC_CUT,      /* closed: there will be no more of this answer */
    TRAFFIC_OPAQUE,   /* from here on it is another protocol, both ways, perhaps TLS */
    TRAFFIC_LOST,     /* it cannot be followed. This and the one before are told ever after. */
};

struct traffic_event {
    enum traffic_kind kind;
    struct exchange *exchange;   /* from ASKS to CUT: which one; until that is ANSWERED, or CUT */
    const struct answer *answer; /* ANSWERS to CUT: as far as it came; until the next call. NULL:
                                    none of it */
};

struct traffic {
    struct http http;
    struct exchange exchanges[HTTP_OUTSTANDING];
    struct prompt_reader asking;
    struct answer_reader answering;
    struct answer answer;
    const struct coding *coding; /* the caller's to set: reads coded answers; NULL: nobody does */
    bool has_answer, has_host, is_coded;
    uint16_t host_length;
    char host[TRAFFIC_HOST]; /* of the last request, and port, in lower case; `host_length` bytes */
};

/* traffic_begin - a connection of which no byte was sent yet. */
void traffic_begin(struct traffic *traffic);

/*
 * traffic_sent, traffic_received - read on, up to the next event. Return how many bytes they took.
 * To be called, with the rest of the bytes, and though there be none, until the event is
 * TRAFFIC_MORE, OPAQUE or LOST. now_ns: what the wall clock says, since 1970.
 *
 * Hold a request back before the byte where it BEGINS. A body that comes in chunks, or in a later
 * call than its head, can only be estimated by then.
 */
size_t traffic_sent(struct traffic *traffic, struct span bytes, struct traffic_event *event);
size_t traffic_received(struct traffic *traffic, struct span bytes, uint64_t now_ns,
                        struct traffic_event *event);

/*
 * traffic_closed - no more will come, or it was lost, or nobody wants to know. To be called until
 * it tells TRAFFIC_MORE: it tells of each request whose head was sent, but that was not answered in
 * full; whether by TRAFFIC_ANSWERED, where the end of the connection is that of the answer, or by
 * TRAFFIC_CUT.
 */
void traffic_closed(struct traffic *traffic, struct traffic_event *event);

#endif
