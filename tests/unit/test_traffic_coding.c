/* test_traffic_coding.c - coded answers, by a decoder that is given: when it is asked, and what
 * comes of what it says. The code is ROT13; an exclamation mark is an error in it. */
#include <ctype.h>

#include "exchanges.h"

static struct traffic traffic;
static struct decoder {
    enum coded coded;
    unsigned begun, ended, failed;
    bool none; /* there is none for any coding */
} decoder;

static void *rot13_begin(enum coded coded)
{
    decoder.coded = coded;
    CHECK_EQ(decoder.begun, decoder.ended);
    if (decoder.none)
        return NULL;
    decoder.begun++;
    return &decoder;
}

static bool rot13_take(void *at, struct span bytes, void (*give)(void *to, struct span plain),
                       void *to)
{
    CHECK(at == &decoder && decoder.begun == decoder.ended + 1 && !decoder.failed);
    for (size_t i = 0; i < bytes.length; i++) {
        char c = bytes.at[i];
        if (isalpha((unsigned char)c))
            c = (char)(tolower(c) < 'n' ? c + 13 : c - 13);
        if (c == '!') {
            decoder.failed++;
            return false;
        }
        give(to, (struct span){&c, 1});
    }
    return true;
}

static void rot13_end(void *at)
{
    CHECK(at == &decoder && decoder.begun == decoder.ended + 1);
    decoder.ended++;
    decoder.failed = 0;
}

static const struct coding rot13 = {rot13_begin, rot13_take, rot13_end};

#define ASK      "POST /v1/responses HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"
#define OK(more) "HTTP/1.1 200 OK\r\n" more "\r\n"
#define COST     "{\"usage\":{\"input_tokens\":1,\"output_tokens\":2}}"
#define TSOC     "{\"hfntr\":{\"vachg_gbxraf\":1,\"bhgchg_gbxraf\":2}}" /* 46 bytes */
#define GZIP     "Content-Encoding: gzip\r\n"
#define OF_46    "Content-Length: 46\r\n"

static void begin_without(void)
{
    traffic_begin(&traffic);
    take_traffic(&traffic, true, text_span(ASK ASK));
    told.length = 0;
}

static void begin(void)
{
    begin_without();
    traffic.coding = &rot13;
}

static void received(struct span piece)
{
    take_traffic(&traffic, false, piece);
}

static void end(void)
{
    tell_closed(&traffic);
    CHECK_EQ(decoder.begun, decoder.ended);
}

static const struct scanner answers = {begin, received, end},
                            without = {begin_without, received, end};

static bool is_told(const char *text, const char *expected)
{
    return told_however_cut(&answers, text_span(text), expected);
}

#define READ   "answers 200; answered 1(0)+2=3 0; "
#define UNREAD "answers 200; answered ? 0 lost; "

static void what_is_coded_is_read(void)
{
    CHECK(is_told(OK(GZIP OF_46) TSOC, READ "cut ; "));
    CHECK_EQ(decoder.coded, CODED_ZLIB);
    CHECK(is_told(OK(GZIP OF_46) TSOC OK(OF_46) COST, READ READ));
    CHECK(is_told(OK(OF_46) COST OK(GZIP OF_46) TSOC, READ READ));
    CHECK(is_told(OK(GZIP "Transfer-Encoding: chunked\r\n") "2E\r\n" TSOC "\r\n0\r\n\r\n",
                  READ "cut ; "));
    CHECK(is_told(OK(GZIP) TSOC, READ "cut ; "));
    CHECK(is_told(OK("Content-Type: text/event-stream\r\n" GZIP) "qngn: " TSOC "\n\n",
                  READ "cut ; "));
    CHECK(is_told(OK(GZIP "Content-Length: 99\r\n") TSOC, "answers 200; cut 1(0)+2=3 0; cut ; "));
}

/* Not before its first byte: many an answer has none. */
static void when_it_begins_and_ends(void)
{
    decoder.begun = decoder.ended = 0;
    begin();
    received(text_span("HTTP/1.1 103 Early Hints\r\n" GZIP "\r\n" OK(GZIP OF_46)));
    CHECK_EQ(decoder.begun, 0);
    received((struct span){TSOC, 45});
    CHECK(decoder.begun == 1 && decoder.ended == 0);
    received(text_span("}"));
    CHECK(decoder.begun == 1 && decoder.ended == 1);
    received(text_span("HTTP/1.1 304 Not Modified\r\n" GZIP "\r\n"));
    CHECK_EQ(decoder.begun, 1);
    begin();
    received(text_span(OK(GZIP "Transfer-Encoding: chunked\r\n") "1\r\n{\r\n"));
    CHECK(decoder.begun == 2 && decoder.ended == 1);
    received(text_span("not a size"));
    CHECK(decoder.begun == 2 && decoder.ended == 2);
}

static void what_cannot_be_read(void)
{
    CHECK(is_told(OK(GZIP OF_46) "{!" TSOC, UNREAD "cut ; "));
    /* What was read before the error was read. */
    CHECK(is_told(OK(GZIP "Content-Length: 48\r\n") TSOC "!!" OK(OF_46) COST,
                  "answers 200; answered 1(0)+2=3 0 lost; " READ));
    decoder.none = true;
    CHECK(is_told(OK(GZIP OF_46) TSOC OK(OF_46) COST, UNREAD READ));
    decoder.none = false;
    CHECK(told_however_cut(&without, text_span(OK(GZIP OF_46) TSOC OK(OF_46) COST), UNREAD READ));
}

static void whose_business_it_is_not(void)
{
    decoder.begun = decoder.ended = 0;
    traffic_begin(&traffic);
    traffic.coding = &rot13;
    take_traffic(&traffic, true, text_span("GET / HTTP/1.1\r\n\r\n"));
    received(text_span(OK(GZIP OF_46) TSOC));
    CHECK_EQ(decoder.begun, 0);
}

static enum coded coded(const char *value)
{
    return coded_of(text_span(value));
}

static void names_of_codings(void)
{
    CHECK(coded("gzip") == CODED_ZLIB && coded("X-GZIP") == CODED_ZLIB);
    CHECK(coded("deflate") == CODED_ZLIB && coded("br") == CODED_BROTLI);
    CHECK(coded("zstd") == CODED_ZSTD && coded("Identity") == CODED_NOT && coded("") == CODED_NOT);
    CHECK(coded("gzip, br") == CODED_UNKNOWN && coded("compress") == CODED_UNKNOWN);
    decoder.begun = decoder.ended = 0;
    CHECK(is_told(OK("Content-Encoding: gzip, br\r\n" OF_46) TSOC, UNREAD "cut ; "));
    CHECK(is_told(OK(GZIP GZIP OF_46) TSOC, UNREAD "cut ; "));
    CHECK(is_told(OK("Transfer-Encoding: gzip, chunked\r\n" GZIP) "2E\r\n" TSOC "\r\n0\r\n\r\n",
                  UNREAD "cut ; "));
    CHECK_EQ(decoder.begun, 0);
    CHECK(is_told(OK("Content-Encoding: identity\r\n" GZIP OF_46) TSOC, READ "cut ; "));
    CHECK(is_told(OK("Content-Encoding: identity\r\n" OF_46) COST, READ "cut ; "));
}

int main(void)
{
    RUN(what_is_coded_is_read);
    RUN(when_it_begins_and_ends);
    RUN(what_cannot_be_read);
    RUN(whose_business_it_is_not);
    RUN(names_of_codings);
    return check_status();
}
