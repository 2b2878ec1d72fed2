/* test_traffic_sse.c - server-sent events, however they are cut. */
#include "cuts.h"
#include "sse.h"

static struct sse sse;

static void begin(void)
{
    sse = (struct sse){.state = 0};
}

static void take(struct span piece)
{
    struct sse_event event;
    do {
        piece = span_cut(piece, sse_next(&sse, piece, &event));
        if (event.kind == SSE_DATA)
            tell_piece(event.data);
        if (event.kind == SSE_EVENT)
            tell(";");
    } while (event.kind != SSE_MORE);
}

static void end(void)
{
}

static const struct scanner scanner = {begin, take, end};

static bool told_of(const char *text, const char *expected)
{
    return told_however_cut(&scanner, text_span(text), expected);
}

static void lines_end_in_three_ways(void)
{
    CHECK(told_of("data: a\n\ndata: b\n\n", "a\n;b\n;"));
    CHECK(told_of("data: a\r\n\r\ndata: b\r\n\r\n", "a\n;b\n;"));
    CHECK(told_of("data: a\r\rdata: b\r\r", "a\n;b\n;"));
    CHECK(told_of("data: a\n\r\ndata: b\r\n\n", "a\n;b\n;"));
}

static void data_only(void)
{
    CHECK(told_of("event: message_start\nid: 1\nretry: 10\ndata: a\n\n", "a\n;"));
    CHECK(told_of(": comment\n\n:data: x\n\ndata:a\n\n", "a\n;"));
    CHECK(told_of("datax: a\ndat: a\ndata a\n data: a\nDATA: a\n\n", ""));
    CHECK(told_of("data:  a: b\n\n", " a: b\n;"));
}

static void lines_are_joined(void)
{
    CHECK(told_of("data: {\ndata: }\n\n", "{\n}\n;"));
    CHECK(told_of("data\ndata:\ndata: \n\n", "\n\n\n;"));
}

static void events_without_data_or_end(void)
{
    CHECK(told_of("\n\nevent: ping\n\n\n", ""));
    CHECK(told_of("data: a\n", "a\n"));
    CHECK(told_of("data: a", "a"));
}

static void a_mark_may_come_first(void)
{
    CHECK(told_of("\xEF\xBB\xBF"
                  "data: a\n\n",
                  "a\n;"));
    CHECK(told_of("data: a\n\n\xEF\xBB\xBF"
                  "data: b\n\n",
                  "a\n;"));
}

int main(void)
{
    RUN(lines_end_in_three_ways);
    RUN(data_only);
    RUN(lines_are_joined);
    RUN(events_without_data_or_end);
    RUN(a_mark_may_come_first);
    return check_status();
}
