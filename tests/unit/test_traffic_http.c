/* test_traffic_http.c - messages of HTTP/1.1, both ways, however they are cut. */
#include "cuts.h"
#include "http.h"

static struct http http;
static const char *before; /* what was sent before */

static void tell_event(const struct http_event *event)
{
    switch (event->kind) {
    case HTTP_BEGIN:
        tell("^");
        break;
    case HTTP_START:
        if (event->status)
            tell("[%u]", event->status);
        else
            tell("[%.*s %.*s]", (int)event->name.length, event->name.at, (int)event->value.length,
                 event->value.at);
        break;
    case HTTP_FIELD:
        tell("%.*s=%.*s,", (int)event->name.length, event->name.at, (int)event->value.length,
             event->value.at);
        break;
    case HTTP_HEAD:
        tell("{");
        break;
    case HTTP_BODY:
        tell_piece(event->value);
        break;
    case HTTP_END:
        tell("}");
        break;
    default:
        break;
    }
}

static void take(bool sent, struct span piece)
{
    struct http_event event;
    do {
        piece = span_cut(piece, (sent ? http_sent : http_received)(&http, piece, &event));
        tell_event(&event);
    } while (event.kind < HTTP_OPAQUE && event.kind != HTTP_MORE);
}

static void tell_end(bool sent)
{
    struct http_event event;
    size_t used = (sent ? http_sent : http_received)(&http, (struct span){"", 0}, &event);
    CHECK(used == 0);
    tell("%s", event.kind == HTTP_LOST ? "lost" : event.kind == HTTP_OPAQUE ? "opaque" : "");
}

static void begin(void)
{
    http_begin(&http);
    take(true, text_span(before));
    told.length = 0;
}

static void take_sent(struct span piece)
{
    take(true, piece);
}

static void end_sent(void)
{
    tell_end(true);
}

static void take_received(struct span piece)
{
    take(false, piece);
}

static void end_received(void)
{
    tell_end(false);
    if (http_closed(&http)) {
        tell(" closed");
        take(false, (struct span){"", 0});
    }
}

static const struct scanner sent = {begin, take_sent, end_sent},
                            received = {begin, take_received, end_received};

static bool told_of_requests(const char *text, const char *expected)
{
    before = "";
    return told_however_cut(&sent, text_span(text), expected);
}

/* What is told then, byte by byte, is lost. */
static bool lost(const char *requests)
{
    before = "";
    return strstr(told_in_pieces(&sent, text_span(requests), 1, NULL), "lost");
}

static bool told_of_answers(const char *requests, const char *text, const char *expected)
{
    before = requests;
    return told_however_cut(&received, text_span(text), expected);
}

#define GET  "GET / HTTP/1.1\r\n\r\n"
#define HEAD "HEAD / HTTP/1.1\r\n\r\n"

static void requests(void)
{
    CHECK(told_of_requests("GET /a?b=c HTTP/1.1\r\nHost: h:80\r\nX-Y:z\r\n\r\n",
                           "^[GET /a?b=c]host=h:80,x-y=z,{}"));
    CHECK(told_of_requests("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc" GET,
                           "^[POST /]content-length=3,{abc}^[GET /]{}"));
    CHECK(told_of_requests("POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
                           "^[POST /]content-length=0,{}"));
    CHECK(told_of_requests("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab",
                           "^[POST /]content-length=3,{ab"));
}

static void chunks(void)
{
    CHECK(
        told_of_requests("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
                         "3\r\nabc\r\n0B;x=\"y\";z\r\nabcdefghijk\r\n0\r\nT: 1\r\nU: 2\r\n\r\n" GET,
                         "^[POST /]transfer-encoding=chunked,{abcabcdefghijk}^[GET /]{}"));
    CHECK(
        told_of_requests("POST / HTTP/1.1\nTransfer-Encoding: gzip , Chunked\nContent-Length: 9\n\n"
                         "3 \nabc\n0\n\n" GET,
                         "^[POST /]transfer-encoding=gzip , Chunked,content-length=9,{abc}"
                         "^[GET /]{}"));
}

static void liberties(void)
{
    CHECK(told_of_requests("\r\n\nGET  /a   HTTP/1.1 \nA : b \n\n", "^[GET /a]a=b,{}"));
    CHECK(told_of_requests("GET / HTTP/1.0\r\nA: b\r\n  c\r\n\td\r\nno field\r\nE:\r\n\r\n",
                           "^[GET /]a=b  c\td,e=,{}"));
    CHECK(
        told_of_requests("POST / HTTP/1.1\r\nContent-Length: 3, 3\r\nContent-Length: 3\r\n\r\nabc",
                         "^[POST /]content-length=3, 3,content-length=3,{abc}"));
}

static void long_lines(void)
{
    enum { LONG = 2 * HTTP_LINE };
    static char text[2 * LONG + 100], expected[2 * LONG];
    char blanks[LONG + 1];
    memset(blanks, 'x', LONG);
    blanks[LONG] = '\0';
    snprintf(text, sizeof text, "GET /%s HTTP/1.1\r\nA: %s\r\n\r\n", blanks, blanks);
    snprintf(expected, sizeof expected, "^[GET /%.*s]a=%.*s,{}", HTTP_LINE - 5, blanks,
             HTTP_LINE - 3, blanks);
    CHECK(told_of_requests(text, expected));
    memset(blanks, ' ', LONG);
    snprintf(text, sizeof text, "GET / HTTP/1.1\r\n%sA: b\r\n\r\n", blanks);
    CHECK(told_of_requests(text, "^[GET /]{}"));
    snprintf(text, sizeof text, "GET / HTTP/1.1\r\nContent-Length:%s5\r\n\r\n", blanks);
    CHECK(told_of_requests(text, "^[GET /]lost"));
}

static void no_requests(void)
{
    static const char *const rows[] = {"PRI * HTTP/2.0\r\n\r\n",
                                       "GET /\r\n\r\n",
                                       "GET / HTTP/2\r\n\r\n",
                                       "\x16\x03\x01\x02",
                                       " GET / HTTP/1.1\r\n\r\n",
                                       "{\"a\": 1}\n",
                                       "thirty-three-letters-are-too-many",
                                       "HTTP/1.1 200 OK\r\n\r\n"};
    static const char *const heads[] = {"Content-Length: 1, 2",
                                        "Content-Length: x",
                                        "Content-Length:",
                                        "Content-Length: -1",
                                        "Transfer-Encoding: gzip",
                                        "Content-Length: 99999999999999999999",
                                        "Content-Length: 1\r\nContent-Length: 2"};
    static const char *const bodies[] = {"x\r\n", "\r\n", "3\r\nabcd\r\n", ";a\r\n",
                                         "FFFFFFFFFFFFFFFF\r\n"};
    char text[128];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CHECK(lost(rows[i]) && !strchr(told.text, '{'));
    }
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        snprintf(text, sizeof text, "POST / HTTP/1.1\r\n%s\r\n\r\n", heads[i]);
        CHECK(lost(text) && !strchr(told.text, '{'));
    }
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        snprintf(text, sizeof text, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n%s",
                 bodies[i]);
        CHECK(lost(text));
    }
}

static void answers(void)
{
    CHECK(told_of_answers(GET, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab",
                          "^[200]content-length=2,{ab}"));
    CHECK(told_of_answers(GET GET,
                          "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nab"
                          "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n"
                          "1\r\nc\r\n0\r\n\r\n",
                          "^[200]content-length=2,{ab}^[404]transfer-encoding=chunked,{c}"));
    CHECK(told_of_answers(GET, "HTTP/1.0 200 OK\r\n\r\nuntil it closes",
                          "^[200]{until it closes closed}"));
    CHECK(told_of_answers(GET, "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nx",
                          "^[200]transfer-encoding=gzip,{x closed}"));
}

static void answers_without_content(void)
{
    CHECK(told_of_answers(HEAD GET GET GET,
                          "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
                          "HTTP/1.1 204 No Content\r\n\r\n"
                          "HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n"
                          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
                          "^[200]content-length=2,{}^[204]{}^[304]content-length=2,{}"
                          "^[200]content-length=1,{a}"));
}

static void interim_answers(void)
{
    CHECK(told_of_answers(GET,
                          "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nA: b\r\n\r\n"
                          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
                          "^[100]^[103]a=b,^[200]content-length=1,{a}"));
}

#define CONNECT "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n"

static void other_protocols(void)
{
    CHECK(told_of_answers(GET, "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n\x81\x01x",
                          "^[101]upgrade=websocket,{opaque"));
    CHECK(told_of_answers(CONNECT, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n\x16\x03",
                          "^[200]content-length=5,{opaque"));
    struct http_event event;
    CHECK(http_sent(&http, text_span("\x16\x03"), &event) == 0 && event.kind == HTTP_OPAQUE);
    /* Refused, and asked again. */
    CHECK(told_of_answers(CONNECT, "HTTP/1.1 407 Who?\r\nContent-Length: 1\r\n\r\na",
                          "^[407]content-length=1,{a}"));
    told.length = 0;
    take(true, text_span(CONNECT));
    take(false, text_span("HTTP/1.1 200 OK\r\n\r\n"));
    CHECK(strcmp(told.text, "^[CONNECT h:443]host=h:443,{^[200]{") == 0);
    /* Without an answer nobody knows what follows. */
    CHECK(told_of_requests(CONNECT "\x16", "^[CONNECT h:443]host=h:443,{lost"));
}

static void an_answer_before_the_request_is_complete(void)
{
    before = "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\na";
    CHECK(told_of_answers(before, "HTTP/1.1 429 No\r\nContent-Length: 0\r\n\r\n",
                          "^[429]content-length=0,{}"));
    told.length = 0;
    take(true, text_span("bc" GET));
    CHECK(strcmp(told.text, "bc}^[GET /]{}") == 0);
}

static void no_answers(void)
{
    CHECK(told_of_answers("", "HTTP/1.1 408 Late\r\n\r\n", "lost"));
    CHECK(told_of_answers(GET, "SSH-2.0-x\r\n", "^lost"));
    CHECK(told_of_answers(GET, "HTTP/1.1 2000 OK\r\n", "^lost"));
    CHECK(told_of_answers(GET, "HTTP/1.1 099 OK\r\n", "^lost"));
    CHECK(told_of_answers(GET, "HTTP/1.1 2x0 OK\r\n", "^lost"));
    CHECK(told_of_answers(GET, "HTTP/1.1 20\r\n", "^lost"));
    CHECK(told_of_answers(GET, "HTTP/2 200\r\n", "^lost"));
    /* Both ways. */
    struct http_event event;
    CHECK(http_sent(&http, text_span(GET), &event) == 0 && event.kind == HTTP_LOST);
}

static void too_many_requests_at_once(void)
{
    char text[(HTTP_OUTSTANDING + 1) * sizeof GET] = "";
    for (unsigned i = 0; i < HTTP_OUTSTANDING; i++)
        strcat(text, GET);
    CHECK(!lost(text));
    strcat(text, GET);
    CHECK(lost(text));
}

int main(void)
{
    RUN(requests);
    RUN(chunks);
    RUN(liberties);
    RUN(long_lines);
    RUN(no_requests);
    RUN(answers);
    RUN(answers_without_content);
    RUN(interim_answers);
    RUN(other_protocols);
    RUN(an_answer_before_the_request_is_complete);
    RUN(no_answers);
    RUN(too_many_requests_at_once);
    return check_status();
}
