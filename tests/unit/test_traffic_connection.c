/* test_traffic_connection.c - one exchange after the other, several at once, and how they end. */
#include <time.h>

#include "exchanges.h"

static struct traffic traffic;

static void sent(const char *text)
{
    take_traffic(&traffic, true, text_span(text));
}

static void received(const char *text)
{
    take_traffic(&traffic, false, text_span(text));
}

static void begin(void)
{
    traffic_begin(&traffic);
    told.length = 0;
    told.text[0] = '\0';
}

/* What was told since. */
static bool was_told(const char *expected)
{
    bool same = strcmp(told.text, expected) == 0;
    if (!same)
        fprintf(stderr, "told:     %s\nexpected: %s\n", told.text, expected);
    told.length = 0;
    told.text[0] = '\0';
    return same;
}

#define POST(body_length)                                                                          \
    "POST /v1/responses HTTP/1.1\r\nHost: h\r\nContent-Length: " body_length "\r\n\r\n"
#define HI         "{\"input\":\"Hi\"}"
#define OK(length) "HTTP/1.1 200 OK\r\nContent-Length: " length "\r\n\r\n"
#define COST(n)    "{\"usage\":{\"input_tokens\":" n ",\"output_tokens\":2}}"

static void one_after_the_other(void)
{
    begin();
    for (unsigned i = 0; i < 3 * HTTP_OUTSTANDING; i++) {
        sent(POST("14"));
        CHECK(was_told("begins; asks 3; "));
        sent(HI);
        CHECK(was_told("asked 2/0/0; "));
        received(OK("46"));
        CHECK(was_told("answers 200; "));
        received(COST("1"));
        CHECK(was_told("answered 1(0)+2=3 0; "));
        sent("GET /v1/models HTTP/1.1\r\n\r\n");
        received(OK("0"));
        CHECK(was_told("begins; asks 0; asked 0/0/0; answers 200; answered ? 0; "));
    }
    tell_closed(&traffic);
    CHECK(was_told(""));
}

static void several_at_once(void)
{
    struct traffic_event event;
    uint64_t notes = 0;
    begin();
    for (unsigned i = 0; i < HTTP_OUTSTANDING; i++) {
        struct span bytes = text_span(POST("14") HI);
        do {
            bytes = span_cut(bytes, traffic_sent(&traffic, bytes, &event));
            if (event.kind == TRAFFIC_ASKED)
                event.exchange->note = ++notes;
        } while (event.kind != TRAFFIC_MORE && event.kind < TRAFFIC_OPAQUE);
    }
    notes = 0;
    for (unsigned i = 0; i < HTTP_OUTSTANDING; i++) {
        struct span bytes = text_span(OK("46") COST("1"));
        do {
            bytes = span_cut(bytes, traffic_received(&traffic, bytes, NOW, &event));
            if (event.kind == TRAFFIC_ANSWERED)
                CHECK_EQ(event.exchange->note, ++notes);
        } while (event.kind != TRAFFIC_MORE && event.kind < TRAFFIC_OPAQUE);
    }
    CHECK_EQ(notes, HTTP_OUTSTANDING);
}

/* The note of the oldest is not overwritten. */
static void one_too_many(void)
{
    struct traffic_event event;
    begin();
    for (unsigned i = 0; i < HTTP_OUTSTANDING; i++)
        sent(POST("14") HI);
    traffic.exchanges[0].note = 1;
    CHECK(traffic_sent(&traffic, text_span(POST("14")), &event) == 0);
    CHECK(event.kind == TRAFFIC_LOST);
    traffic_closed(&traffic, &event);
    CHECK(event.kind == TRAFFIC_CUT && event.exchange->note == 1);
    told.length = 0;
    told.text[0] = '\0';
    tell_closed(&traffic);
    CHECK(was_told("cut ; cut ; cut ; cut ; cut ; cut ; cut ; "));
}

static void where_a_request_begins(void)
{
    static const char text[] = POST("14") HI POST("0");
    struct span bytes = text_span(text);
    struct traffic_event event;
    begin();
    CHECK(traffic_sent(&traffic, bytes, &event) == 0 && event.kind == TRAFFIC_BEGINS);
    size_t used = traffic_sent(&traffic, bytes, &event);
    CHECK(event.kind == TRAFFIC_ASKS && used == strlen(POST("14")) && !event.exchange->asked);
    CHECK(event.exchange->length == 14 && event.exchange->body == 0);
    used += traffic_sent(&traffic, span_cut(bytes, used), &event);
    CHECK(event.kind == TRAFFIC_ASKED && event.exchange->asked && event.exchange->body == 14);
    used += traffic_sent(&traffic, span_cut(bytes, used), &event);
    CHECK(event.kind == TRAFFIC_BEGINS && used == strlen(POST("14") HI));
}

static void an_answer_before_its_request_is_complete(void)
{
    begin();
    sent(POST("14") "{\"input\"");
    received("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\n{}");
    sent(":\"Hi\"}");
    CHECK(was_told("begins; asks 3; answers 413; answered ? 0; asked 2/0/0; "));
}

static void what_is_cut(void)
{
    begin();
    sent(POST("14") HI POST("14"));
    received("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n"
             "\r\n1000\r\ndata: {\"delta\":\"Hel\"}\n\ndata: {\"delta\":\"lo\"");
    told.length = 0;
    tell_closed(&traffic);
    CHECK(was_told("cut ? 5; cut ; "));
    /* A head that is not complete is none. */
    begin();
    sent("POST /v1/responses HTTP/1.1\r\nHost");
    tell_closed(&traffic);
    CHECK(was_told("begins; "));
    /* What lasts until the connection ends is complete then. */
    begin();
    sent(POST("14") HI POST("14"));
    received("HTTP/1.1 200 OK\r\n\r\n" COST("1"));
    told.length = 0;
    tell_closed(&traffic);
    CHECK(was_told("answered 1(0)+2=3 0; cut ; "));
}

static void interim_answers(void)
{
    begin();
    sent("POST /v1/responses HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 14\r\n\r\n");
    received("HTTP/1.1 100 Continue\r\nretry-after: 5\r\n\r\n");
    sent(HI);
    received(OK("46") COST("1"));
    CHECK(was_told("begins; asks 3; asked 2/0/0; answers 200; answered 1(0)+2=3 0; "));
}

static void other_protocols(void)
{
    struct traffic_event event;
    begin();
    sent("CONNECT api.openai.com:443 HTTP/1.1\r\nHost: api.openai.com:443\r\n\r\n");
    received("HTTP/1.1 200 Connection established\r\n\r\n");
    CHECK(was_told("begins; asks 0; answers 200; "));
    CHECK(traffic_sent(&traffic, text_span("\x16\x03\x01"), &event) == 0);
    CHECK(event.kind == TRAFFIC_OPAQUE);
    begin();
    CHECK(traffic_sent(&traffic, text_span("\x16\x03\x01"), &event) <= 1);
    sent("\x16\x03\x01");
    CHECK(traffic_sent(&traffic, text_span("x"), &event) == 0 && event.kind == TRAFFIC_LOST);
    CHECK(traffic_received(&traffic, text_span("x"), 0, &event) == 0);
    CHECK(event.kind == TRAFFIC_LOST);
}

static const struct exchange *asked(const char *head)
{
    begin();
    sent(head);
    return &traffic.exchanges[0];
}

static uint64_t hash(const char *text)
{
    return span_hash(0, text_span(text));
}

static void hosts_and_models(void)
{
    const struct exchange *exchange =
        asked("POST /v1/messages HTTP/1.1\r\nHost: API.Example.com:80\r\n"
              "Content-Length: 15\r\n\r\n{\"model\":\"gpt\"}");
    CHECK_EQ(exchange->host, hash("api.example.com:80"));
    CHECK(span_is((struct span){traffic.host, traffic.host_length}, "api.example.com:80"));
    CHECK_EQ(exchange->prompt.model, hash("gpt"));
    exchange = asked("POST http://a.example/v1beta/models/gemini:generateContent HTTP/1.1\r\n"
                     "Host: b.example\r\nContent-Length: 2\r\n\r\n{}");
    CHECK_EQ(exchange->host, hash("a.example"));
    CHECK_EQ(exchange->prompt.model, hash("gemini"));
    CHECK_EQ(asked("POST /v1/messages HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}")->prompt.model, 0);
}

static void bodies_that_cannot_be_read(void)
{
    const struct exchange *exchange =
        asked("POST /v1/messages HTTP/1.1\r\nContent-Encoding: gzip\r\n"
              "Content-Length: 3\r\n\r\n\x1F\x8B\x08");
    CHECK(was_told("begins; asks 5; asked 0/0/0 lost; "));
    CHECK(exchange->body == 3 && exchange->length == 3);
    exchange = asked("POST /v1/messages HTTP/1.1\r\nContent-Encoding: gzip\r\n"
                     "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    CHECK(exchange->prompt.lost && was_told("begins; asks 5; asked 0/0/0 lost; "));
    exchange = asked("POST /v1/messages HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"
                     "3\r\nabc\r\n0\r\n\r\n");
    CHECK(was_told("begins; asks 5; asked 0/0/0 lost; "));
    CHECK(exchange->body == 3 && exchange->length == HTTP_UNKNOWN);
    asked(
        "POST /v1/messages HTTP/1.1\r\nContent-Encoding: identity\r\nContent-Length: 2\r\n\r\n{}");
    CHECK(was_told("begins; asks 5; asked 0/0/0; "));
    CHECK(asked("POST /v1/messages HTTP/1.1\r\n\r\n")->length == 0);
}

/* Seconds of this thread that so many times the text, after the head, take in pieces of that size;
 * 0: in one. */
static double seconds_of(const char *head, const char *text, size_t times, size_t size)
{
    struct timespec start, end;
    size_t length = strlen(text);
    char *all = malloc(times * length);
    for (size_t i = 0; i < times; i++)
        memcpy(all + i * length, text, length);
    begin();
    sent(head);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
    for (struct span rest = {all, times * length}; rest.length;) {
        size_t piece = size && size < rest.length ? size : rest.length;
        take_traffic(&traffic, true, (struct span){rest.at, piece});
        rest = span_cut(rest, piece);
    }
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    free(all);
    return (double)(end.tv_sec - start.tv_sec) + 1e-9 * (double)(end.tv_nsec - start.tv_nsec);
}

/* Ten times as much takes ten times as long: a hundred times would be the square. */
static void time_is_linear(void)
{
    enum { TIMES = 100000 };
    static const struct {
        const char *head, *text;
    } rows[] = {
        {POST("999999999") "{", "\"a\":1,\"bc\":\"d\",\"e\":{},"},
        {POST("999999999") "{\"input\":\"data:", "data:;base64\\u4e2d\\n;base64"},
        {POST("999999999") "{\"input\":[", "[[[[[[[[[[{\"a\":[1,"},
        {POST("999999999") "{\"input\":", "1234567890e12"},
        {"POST /v1/messages HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "1;abcdefgh\r\na\r\n"},
        {"POST /v1/messages HTTP/1.1\r\n", "Content-Length: 5, 5,  5, 5\r\n"},
        {"POST /v1/messages HTTP/1.1\r\nA: ", "aaaaaaaaaaaaaaaaaa"},
        {"POST /v1/messages HTTP/1.1\r\nA: b", "\r\n  cc"},
        {"POST ", "/models//deployments"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t size = 0; size < 2; size++) {
            double once = seconds_of(rows[i].head, rows[i].text, TIMES / 10, size);
            double ten = seconds_of(rows[i].head, rows[i].text, TIMES, size);
            if (!CHECK(ten < 40 * once + 0.05))
                fprintf(stderr, "%s: %g s, %g s\n", rows[i].text, once, ten);
        }
}

int main(void)
{
    RUN(one_after_the_other);
    RUN(several_at_once);
    RUN(one_too_many);
    RUN(where_a_request_begins);
    RUN(an_answer_before_its_request_is_complete);
    RUN(what_is_cut);
    RUN(interim_answers);
    RUN(other_protocols);
    RUN(hosts_and_models);
    RUN(bodies_that_cannot_be_read);
    RUN(time_is_linear);
    return check_status();
}
