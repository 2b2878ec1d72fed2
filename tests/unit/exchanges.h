/* exchanges.h - requests to models and their answers, in each format, as their documentation has
 * them; told by the events of traffic.h. */
#ifndef EXCHANGES_H
#define EXCHANGES_H

#include "cuts.h"
#include "instant.h"
#include "traffic.h"

/* Sat, 12 Oct 2024 07:20:00 GMT. */
#define NOW (UINT64_C(1728717600) * NS_PER_S)

static inline unsigned long long plain(uint64_t number)
{
    return number;
}

static inline void tell_prompt(const struct exchange *exchange)
{
    const struct prompt *prompt = &exchange->prompt;
    tell("asked %llu/%llu/%llu", plain(prompt->text), plain(prompt->media), plain(prompt->tokens));
    if (prompt->has_bound)
        tell(" <%llu", plain(prompt->bound));
    tell("%s%s; ", prompt->stream ? " stream" : "", prompt->lost ? " lost" : "");
}

static inline void tell_answer(const struct answer *answer)
{
    struct tokens tokens = usage_tokens(&answer->usage);
    if (tokens.known)
        tell("%llu(%llu)+%llu=%llu", plain(tokens.input), plain(tokens.cached),
             plain(tokens.output), plain(tokens.total));
    else
        tell("?");
    tell(" %llu%s%s", plain(answer->usage.text), answer->usage.error ? " error" : "",
         answer->lost ? " lost" : "");
    if (answer_wait_ns(answer) != RETRY_UNSAID)
        tell(" in %llu ms", plain(answer_wait_ns(answer) / NS_PER_MS));
    tell("; ");
}

/* Each event, but for how long the bodies are: that depends on how they are sent. */
static inline void tell_traffic(const struct traffic_event *event)
{
    switch (event->kind) {
    case TRAFFIC_BEGINS:
        tell("begins; ");
        break;
    case TRAFFIC_ASKS:
        tell("asks %d; ", (int)event->exchange->api);
        break;
    case TRAFFIC_ASKED:
        tell_prompt(event->exchange);
        break;
    case TRAFFIC_ANSWERS:
        tell("answers %u; ", event->answer->status);
        break;
    case TRAFFIC_ANSWERED:
        tell("answered ");
        tell_answer(event->answer);
        break;
    case TRAFFIC_CUT:
        tell("cut ");
        if (event->answer)
            tell_answer(event->answer);
        else
            tell("; ");
        break;
    default:
        break;
    }
}

static inline void take_traffic(struct traffic *traffic, bool sent, struct span piece)
{
    struct traffic_event event;
    do {
        size_t used = sent ? traffic_sent(traffic, piece, &event)
                           : traffic_received(traffic, piece, NOW, &event);
        piece = span_cut(piece, used);
        tell_traffic(&event);
    } while (event.kind != TRAFFIC_MORE && event.kind < TRAFFIC_OPAQUE);
}

static inline void tell_closed(struct traffic *traffic)
{
    struct traffic_event event;
    do {
        traffic_closed(traffic, &event);
        tell_traffic(&event);
    } while (event.kind != TRAFFIC_MORE);
}

/* A body, in chunks of random sizes. */
static inline size_t in_chunks(char *to, struct span body, struct random *random)
{
    size_t length = 0;
    while (body.length) {
        size_t chunk = random_size(random, body.length);
        length += (size_t)sprintf(to + length, "%zx%s\r\n", chunk,
                                  random_one_in(random, 3) ? ";a=\"b\"" : "");
        memcpy(to + length, body.at, chunk);
        length += chunk;
        length += (size_t)sprintf(to + length, "\r\n");
        body = span_cut(body, chunk);
    }
    return length +
           (size_t)sprintf(to + length, "0\r\n%s\r\n", random_one_in(random, 2) ? "T: 1\r\n" : "");
}

/* A message; random: in chunks, by it. */
static inline size_t message_of(char *to, const char *head, const char *body, struct random *random)
{
    if (random) {
        size_t length = (size_t)sprintf(to, "%sTransfer-Encoding: chunked\r\n\r\n", head);
        return length + in_chunks(to + length, text_span(body), random);
    }
    return (size_t)sprintf(to, "%sContent-Length: %zu\r\n\r\n%s", head, strlen(body), body);
}

#endif
