/*
 * http.h - HTTP/1.1 (RFC 9112) on one connection, both ways: where messages begin and end, and
 * which answer is to which request.
 *
 * Both directions are given as they come, cut anywhere; each byte once. Pipelining, keep-alive,
 * chunks, interim answers, answers without a body (HEAD, 204, 304), bodies that last until the
 * connection closes, CONNECT and upgrades are followed. What real peers do (bare LF, folded fields,
 * odd spaces) is let pass. What cannot be followed, HTTP/2 and TLS as well, ends it: lost.
 *
 * Only the first HTTP_LINE bytes of a line of the head are seen; a request's target, and the value
 * of a field, may be cut so, and then is `cut`.
 *
 * Nothing is allocated. Not for two threads at once, whatever the direction.
 */
#ifndef HTTP_H
#define HTTP_H

#include "span.h"

enum {
    HTTP_LINE = 512,
    HTTP_OUTSTANDING = 8, /* requests without their answer: with more it is lost. A power of 2. */
};

#define HTTP_UNKNOWN UINT64_MAX

enum http_kind {
    HTTP_MORE,   /* all bytes were taken: more are needed */
    HTTP_BEGIN,  /* the next byte is the first of a message */
    HTTP_START,  /* its first line: `name` is the method, `value` the target; or `status` */
    HTTP_FIELD,  /* a field of the head, its name in lower case */
    HTTP_HEAD,   /* the head is complete; not told of interim answers (1xx, but 101) */
    HTTP_BODY,   /* a piece of the content is `value`, without the marks of chunks */
    HTTP_END,    /* the message is complete; not told of a CONNECT */
    HTTP_OPAQUE, /* from here on, both ways, it is another protocol: after CONNECT, or an upgrade,
                    which count as not answered */
    HTTP_LOST, /* it cannot be followed any longer. This and the one before are told ever after. */
};

struct http_event {
    enum http_kind kind;
    unsigned status; /* of an answer */
    bool cut;        /* the line was longer than is seen */
    struct span name, value;
};

/* One direction. Its members are http.c's own, but for `length`. */
struct http_half {
    uint64_t left;   /* of the content, or of the chunk; bytes */
    uint64_t length; /* of the content, as the head says it; HTTP_UNKNOWN: it does not */
    uint64_t tail;   /* the last bytes of the line */
    uint16_t used;   /* of the line */
    uint16_t status;
    unsigned char state, method;
    bool is_answer, cut, has_coding, is_chunked;
    bool has_any; /* digits of a chunk's size; bytes of a line of trailers */
    char line[HTTP_LINE];
};

struct http {
    struct http_half sent, received;
    /* For the caller to read: how many requests' heads were sent, and how many answers to them came
     * to their end. */
    uint32_t asked, answered;
    unsigned char methods[HTTP_OUTSTANDING];
};

/* http_begin - a connection, of whose bytes none was sent yet. */
void http_begin(struct http *http);

/*
 * http_sent, http_received - read on, up to the next event. Return how many bytes they took. To be
 * called, with the rest of the bytes, and though there be none, until it is HTTP_MORE. What `event`
 * points to lasts until the next call.
 */
size_t http_sent(struct http *http, struct span bytes, struct http_event *event);
size_t http_received(struct http *http, struct span bytes, struct http_event *event);

/* http_unanswered - of a connection whose answers nobody looks at: none is outstanding. To be
 * called after each head that was sent. */
void http_unanswered(struct http *http);

/* http_closed - the peer has closed. Returns whether that is how its answer comes to its end. */
bool http_closed(struct http *http);

#endif
