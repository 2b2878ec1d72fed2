/* http.c - from line to line, then through the content, and to the next message. */
#include "http_head.h"

enum state {
    BEFORE,     /* a message */
    IN_START,   /* its first line */
    AFTER_LINE, /* only what comes next says whether a field goes on (folded) */
    AFTER_FIELD,
    IN_LINE,
    IN_CONTENT, /* of a known length */
    TO_CLOSE,   /* content until the connection closes */
    IN_SIZE,    /* of a chunk */
    IN_EXTENSION,
    IN_CHUNK,
    AFTER_CHUNK,
    IN_TRAILER,
    COMPLETE,
    WAITING, /* for the answer to a CONNECT */
    OPAQUE,
    LOST,
};

void http_begin(struct http *http)
{
    *http = (struct http){.received.is_answer = true};
}

static void both(struct http *http, enum state state)
{
    http->sent.state = http->received.state = (unsigned char)state;
}

static unsigned char *method(struct http *http, uint32_t number)
{
    return &http->methods[number % HTTP_OUTSTANDING];
}

/* What follows the head (RFC 9112, 6.3). */
static enum state content(struct http_half *half)
{
    half->left = half->length;
    half->has_any = false;
    if (half->is_chunked) {
        half->left = 0;
        return IN_SIZE;
    }
    if (half->has_coding)
        return half->is_answer ? TO_CLOSE : LOST;
    if (half->length == HTTP_UNKNOWN)
        return half->is_answer ? TO_CLOSE : COMPLETE;
    return half->length ? IN_CONTENT : COMPLETE;
}

static void asked(struct http *http, struct http_event *event)
{
    struct http_half *half = &http->sent;
    enum state next = half->method == METHOD_CONNECT ? WAITING : content(half);
    if (next == LOST) {
        both(http, LOST);
        return;
    }
    *method(http, http->asked++) = half->method;
    half->state = (unsigned char)next;
    event->kind = HTTP_HEAD;
}

static void answered(struct http *http, struct http_event *event)
{
    struct http_half *half = &http->received;
    enum method to = *method(http, http->answered);
    bool success = half->status >= 200 && half->status < 300;
    if (half->status < 200 && half->status != 101) {
        half->state = BEFORE;
        return;
    }
    event->kind = HTTP_HEAD;
    event->status = half->status;
    if (half->status == 101 || (to == METHOD_CONNECT && success)) {
        both(http, OPAQUE);
        return;
    }
    bool empty = to == METHOD_HEAD || half->status == 204 || half->status == 304;
    half->state = (unsigned char)(empty ? COMPLETE : content(half));
    if (to == METHOD_CONNECT)
        http->sent.state = BEFORE;
}

static bool end_line(struct http *http, struct http_half *half, struct http_event *event)
{
    bool good = true;
    if (half->state == IN_START) {
        good = http_start(half, event);
        event->status = half->status;
        half->state = AFTER_FIELD;
    } else if (half->used)
        half->state = AFTER_LINE;
    else if (half->is_answer)
        answered(http, event);
    else
        asked(http, event);
    return good;
}

/* Returns false if no message can be so. */
static bool take_line(struct http *http, struct http_half *half, char c, struct http_event *event)
{
    if (c == '\n')
        return end_line(http, half, event);
    http_line(half, c);
    return half->state != IN_START || http_may_begin(half);
}

static int hexadecimal(char c)
{
    char lower = lower_case(c);
    return is_digit(c) ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* RFC 9112, 7.1. */
static bool take_size(struct http_half *half, char c)
{
    int digit = hexadecimal(c);
    if (half->state == IN_SIZE && digit >= 0) {
        half->left = half->left << 4 | (uint64_t)digit;
        half->has_any = true;
        return half->left <= INT64_MAX >> 4;
    }
    if (c == '\n') {
        half->state = half->left ? IN_CHUNK : IN_TRAILER;
        bool good = half->has_any;
        half->has_any = false;
        return good;
    }
    if (c == ';' || is_blank(c))
        half->state = IN_EXTENSION;
    return half->state == IN_EXTENSION || c == '\r';
}

static void take_trailer(struct http_half *half, char c)
{
    if (c == '\n' && !half->has_any)
        half->state = COMPLETE;
    else if (c != '\r')
        half->has_any = c != '\n';
}

static size_t take_content(struct http_half *half, struct span bytes, struct http_event *event)
{
    size_t length = bytes.length < half->left ? bytes.length : (size_t)half->left;
    if (half->state == TO_CLOSE)
        length = bytes.length;
    else if ((half->left -= length) == 0)
        half->state = half->state == IN_CHUNK ? AFTER_CHUNK : COMPLETE;
    event->kind = HTTP_BODY;
    event->value = (struct span){bytes.at, length};
    return length;
}

/* Returns how many bytes it took: none, if it only came further otherwise. */
static size_t step(struct http *http, struct http_half *half, struct span bytes,
                   struct http_event *event)
{
    uint32_t outstanding = http->asked - http->answered;
    char c = *bytes.at;
    bool good = true;
    switch ((enum state)half->state) {
    case BEFORE:
        if (c == '\r' || c == '\n')
            return 1;
        http_line_begin(half);
        half->state = IN_START;
        event->kind = HTTP_BEGIN;
        if (outstanding == (half->is_answer ? 0 : HTTP_OUTSTANDING))
            both(http, LOST); /* nobody asked for it; or it would be one too many */
        return 0;
    case AFTER_LINE:
        half->state = is_blank(c) ? IN_LINE : AFTER_FIELD;
        if (half->state == AFTER_FIELD && !http_field(half, event))
            both(http, LOST);
        return 0;
    case AFTER_FIELD:
        http_line_begin(half);
        half->state = IN_LINE;
        return 0;
    case IN_START:
    case IN_LINE:
        good = take_line(http, half, c, event);
        break;
    case IN_SIZE:
    case IN_EXTENSION:
        good = take_size(half, c);
        break;
    case AFTER_CHUNK:
        good = c == '\r' || c == '\n';
        if (c == '\n')
            half->state = IN_SIZE;
        break;
    case IN_TRAILER:
        take_trailer(half, c);
        break;
    case IN_CONTENT:
    case TO_CLOSE:
    case IN_CHUNK:
        return take_content(half, bytes, event);
    default:
        good = false;
    }
    if (!good)
        both(http, LOST);
    return 1;
}

static size_t next(struct http *http, struct http_half *half, struct span bytes,
                   struct http_event *event)
{
    size_t used = 0;
    *event = (struct http_event){.kind = HTTP_MORE};
    while (used < bytes.length && event->kind == HTTP_MORE && half->state < COMPLETE)
        used += step(http, half, span_cut(bytes, used), event);
    if (half->state == LOST)
        event->kind = HTTP_LOST;
    else if (event->kind != HTTP_MORE)
        return used;
    else if (half->state == OPAQUE)
        event->kind = HTTP_OPAQUE;
    else if (half->state == COMPLETE) {
        event->kind = HTTP_END;
        half->state = BEFORE;
        http->answered += half->is_answer;
    } else if (half->state == WAITING && used < bytes.length) {
        both(http, LOST);
        event->kind = HTTP_LOST;
    }
    return used;
}

size_t http_sent(struct http *http, struct span bytes, struct http_event *event)
{
    return next(http, &http->sent, bytes, event);
}

size_t http_received(struct http *http, struct span bytes, struct http_event *event)
{
    return next(http, &http->received, bytes, event);
}

void http_unanswered(struct http *http)
{
    http->answered = http->asked;
}

bool http_closed(struct http *http)
{
    bool ends = http->received.state == TO_CLOSE;
    if (ends)
        http->received.state = COMPLETE;
    return ends;
}
