/* traffic.c - what HTTP tells is handed to whom it concerns. */
#include "traffic.h"

#include "hello.h"

/* What is kept of a connection, and of how its TLS begins. */
_Static_assert(sizeof(struct traffic) + sizeof(struct hello) <= 4096, "the bound of the design");

void traffic_begin(struct traffic *traffic)
{
    *traffic = (struct traffic){.host_length = 0};
    http_begin(&traffic->http);
}

static struct exchange *exchange(struct traffic *traffic, uint32_t number)
{
    return &traffic->exchanges[number % HTTP_OUTSTANDING];
}

static void set_host(struct traffic *traffic, struct exchange *of, struct span host)
{
    size_t length = host.length < TRAFFIC_HOST ? host.length : TRAFFIC_HOST;
    for (size_t i = 0; i < length; i++)
        traffic->host[i] = lower_case(host.at[i]);
    traffic->host_length = (uint16_t)length;
    of->host = span_hash(0, (struct span){traffic->host, length});
}

static void request_starts(struct traffic *traffic, const struct http_event *start)
{
    struct exchange *asks = exchange(traffic, traffic->http.asked);
    struct span host = endpoint_host(start->value), model = endpoint_model(start->value);
    asks->api = endpoint_of(start->name, start->value, start->cut);
    asks->tunnels = span_is(start->name, "CONNECT");
    prompt_begin(&traffic->asking, &asks->prompt, model.length ? span_hash(0, model) : 0);
    traffic->has_host = host.length > 0;
    traffic->is_coded = false;
    set_host(traffic, asks, host);
}

/* A host in the target goes before that in the field (RFC 9112, 3.2.2). */
static void request_field(struct traffic *traffic, const struct http_event *field)
{
    if (span_is(field->name, "host") && !traffic->has_host && !field->cut)
        set_host(traffic, exchange(traffic, traffic->http.asked), field->value);
    else if (span_is(field->name, "content-encoding"))
        traffic->is_coded |= !span_is_in_any_case(field->value, "identity");
    else if (span_is(field->name, "transfer-encoding"))
        traffic->is_coded |= !span_is_in_any_case(field->value, "chunked");
}

static void request_asks(struct traffic *traffic, struct exchange *asks)
{
    const struct http_half *half = &traffic->http.sent;
    bool none = half->length == HTTP_UNKNOWN && !half->is_chunked;
    asks->length = half->is_chunked ? HTTP_UNKNOWN : none ? 0 : half->length;
    asks->prompt.lost = traffic->is_coded;
}

static void request_body(struct traffic *traffic, struct exchange *asks, struct span bytes)
{
    asks->body = add(asks->body, bytes.length);
    if (asks->api != API_NONE && !traffic->is_coded)
        prompt_take(&traffic->asking, &asks->prompt, bytes);
}

static enum traffic_kind sent(struct traffic *traffic, const struct http_event *is,
                              struct exchange **asks)
{
    *asks = exchange(traffic, traffic->http.asked - 1);
    switch (is->kind) {
    case HTTP_BEGIN:
        *exchange(traffic, traffic->http.asked) = (struct exchange){.api = API_NONE};
        *asks = NULL;
        return TRAFFIC_BEGINS;
    case HTTP_START:
        request_starts(traffic, is);
        return TRAFFIC_MORE;
    case HTTP_FIELD:
        request_field(traffic, is);
        return TRAFFIC_MORE;
    case HTTP_HEAD:
        request_asks(traffic, *asks);
        return TRAFFIC_ASKS;
    case HTTP_BODY:
        request_body(traffic, *asks, is->value);
        return TRAFFIC_MORE;
    case HTTP_END:
        (*asks)->asked = true;
        return TRAFFIC_ASKED;
    case HTTP_OPAQUE:
        return TRAFFIC_OPAQUE;
    default:
        return is->kind == HTTP_LOST ? TRAFFIC_LOST : TRAFFIC_MORE;
    }
}

size_t traffic_sent(struct traffic *traffic, struct span bytes, struct traffic_event *event)
{
    struct http_event is;
    size_t used = 0;
    event->answer = NULL;
    do {
        used += http_sent(&traffic->http, span_cut(bytes, used), &is);
        event->kind = sent(traffic, &is, &event->exchange);
    } while (event->kind == TRAFFIC_MORE && is.kind != HTTP_MORE);
    return used;
}

static enum traffic_kind received(struct traffic *traffic, const struct http_event *is,
                                  uint64_t now_ns, struct exchange **to)
{
    struct answer *answer = &traffic->answer;
    *to = exchange(traffic, traffic->http.answered);
    switch (is->kind) {
    case HTTP_START:
        answer_begin(&traffic->answering, answer, is->status, traffic->coding);
        return TRAFFIC_MORE;
    case HTTP_FIELD:
        if (!is->cut)
            answer_field(&traffic->answering, answer, is->name, is->value, now_ns);
        return TRAFFIC_MORE;
    case HTTP_HEAD:
        traffic->has_answer = true;
        return TRAFFIC_ANSWERS;
    case HTTP_BODY:
        if ((*to)->api != API_NONE)
            answer_take(&traffic->answering, answer, is->value);
        return TRAFFIC_MORE;
    case HTTP_END:
        traffic->has_answer = false;
        answer_end(&traffic->answering);
        *to = exchange(traffic, traffic->http.answered - 1);
        return TRAFFIC_ANSWERED;
    case HTTP_OPAQUE:
        return TRAFFIC_OPAQUE;
    case HTTP_LOST:
        answer_end(&traffic->answering);
        return TRAFFIC_LOST;
    default:
        return TRAFFIC_MORE;
    }
}

size_t traffic_received(struct traffic *traffic, struct span bytes, uint64_t now_ns,
                        struct traffic_event *event)
{
    struct http_event is;
    size_t used = 0;
    event->answer = &traffic->answer;
    do {
        used += http_received(&traffic->http, span_cut(bytes, used), &is);
        event->kind = received(traffic, &is, now_ns, &event->exchange);
    } while (event->kind == TRAFFIC_MORE && is.kind != HTTP_MORE);
    return used;
}

void traffic_closed(struct traffic *traffic, struct traffic_event *event)
{
    struct http *http = &traffic->http;
    if (http_closed(http)) {
        traffic_received(traffic, (struct span){NULL, 0}, 0, event);
        return;
    }
    answer_end(&traffic->answering);
    *event = (struct traffic_event){.kind = TRAFFIC_MORE};
    if (http->answered == http->asked)
        return;
    event->kind = TRAFFIC_CUT;
    event->exchange = exchange(traffic, http->answered++);
    event->answer = traffic->has_answer ? &traffic->answer : NULL;
    traffic->has_answer = false;
}
