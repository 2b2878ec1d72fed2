/* test_see_history.c - rates and graphs of what was looked at, in virtual time; and how numbers are
 * written. */
#include <math.h>
#include <string.h>

#include "check.h"
#include "figures.h"
#include "history.h"

static struct history history;
static struct seen seen;
static struct view view = {.seen = &seen, .count = 1};

/* Of a limit of 1000 bytes per second. */
static void begin(void)
{
    history_forget(&history);
    seen = (struct seen){.name = "0123456789abcdef", .limit_count = 1, .looked_ns = RL_SECOND};
    seen.limits[0] = (struct seen_limit){.unit = UNIT_BYTES, .capacity = 500, .burst = 1000};
    seen.limits[0].period_ns = RL_SECOND / 2;
    CHECK(history_add(&history, &view));
}

/* So many bytes more, that much later. */
static void pass(uint64_t bytes, uint64_t ns)
{
    seen.limits[0].passed.units += bytes;
    seen.looked_ns += ns;
    CHECK(history_add(&history, &view));
}

static bool rate_is(unsigned seconds, double expected)
{
    return fabs(history_rate(&history, &seen, 0, seconds) - expected) < 1e-6;
}

static void a_rate_is_of_its_window(void)
{
    begin();
    CHECK(history_rate(&history, &seen, 0, 2) < 0);
    for (int i = 0; i < 30; i++)
        pass(100, RL_SECOND);
    for (int i = 0; i < 2; i++)
        pass(1100, RL_SECOND);
    CHECK(rate_is(2, 1100));
    CHECK(rate_is(10, (8 * 100 + 2 * 1100) / 10.0));
    CHECK(rate_is(40, (30 * 100 + 2 * 1100) / 32.0)); /* no more is known */
}

static void looks_need_not_be_punctual(void)
{
    begin();
    for (int i = 0; i < 200; i++)
        pass(1000 + i % 3, RL_SECOND + 3 * RL_SECOND / 1000);
    CHECK(fabs(history_rate(&history, &seen, 0, 2) - 1000) < 5);
    CHECK(fabs(history_rate(&history, &seen, 0, 40) - 1000) < 5);
}

static void what_begins_anew_is_another(void)
{
    begin();
    pass(5000, RL_SECOND);
    seen.limits[0].passed.units = 0;
    pass(0, RL_SECOND);
    CHECK(history_rate(&history, &seen, 0, 2) < 0);
    view.count = 0;
    CHECK(history_add(&history, &view));
    CHECK_EQ(history.count, 0);
    view.count = 1;
}

static void a_graph_is_of_the_last_looks(void)
{
    static const unsigned bytes[] = {0, 10, 500, 1000, 1040, 1100, 9000};
    char graph[11];
    begin();
    for (size_t i = 0; i < sizeof bytes / sizeof *bytes; i++)
        pass(bytes[i], RL_SECOND);
    history_graph(&history, &seen, 0, graph, 10);
    CHECK(strcmp(graph, "    .=##@@") == 0);
    history_graph(&history, &seen, 0, graph, 3);
    CHECK(strcmp(graph, "#@@") == 0);
    history_graph(&history, &seen, 0, graph, 0);
    CHECK(strcmp(graph, "") == 0);
}

static void amounts(void)
{
    static const struct {
        double units;
        enum unit unit;
        bool bits;
        const char *text;
    } rows[] = {
        {0, UNIT_BYTES, false, "0 B/s"},         {1, UNIT_BYTES, true, "8 bit/s"},
        {0.5, UNIT_CALLS, true, "0.50/s"},       {12, UNIT_CALLS, false, "12/s"},
        {999, UNIT_BYTES, false, "999 B/s"},     {999.6, UNIT_BYTES, false, "1.00 kB/s"},
        {20000, UNIT_BYTES, false, "20.0 kB/s"}, {125000, UNIT_BYTES, true, "1.00 Mbit/s"},
        {999499, UNIT_TOKENS, false, "999 k/s"}, {1e10, UNIT_BYTES, false, "10.0 GB/s"},
        {4e18, UNIT_BYTES, true, "32.0 Ebit/s"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[NUMBER];
        if (!CHECK(strcmp(number_rate(text, rows[i].units, rows[i].unit, rows[i].bits),
                          rows[i].text) == 0))
            fprintf(stderr, "%s, not %s\n", text, rows[i].text);
    }
}

static void times(void)
{
    static const struct {
        uint64_t seconds;
        const char *text;
    } rows[] = {{0, "0 s"},         {59, "59 s"},          {60, "1 min 0 s"},
                {184, "3 min 4 s"}, {3600, "1 h 0 min"},   {86399, "23 h 59 min"},
                {90000, "1 d 1 h"}, {8640000, "100 d 0 h"}};
    char text[NUMBER];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK(strcmp(number_span(text, rows[i].seconds * RL_SECOND), rows[i].text) == 0);
    CHECK(strcmp(number_seconds(text, 0), "0") == 0);
    CHECK(strcmp(number_seconds(text, 1), "0.000000001") == 0);
    CHECK(strcmp(number_seconds(text, 10 * RL_SECOND), "10") == 0);
    CHECK(strcmp(number_seconds(text, UINT64_MAX), "18446744073.709551615") == 0);
}

int main(void)
{
    RUN(a_rate_is_of_its_window);
    RUN(looks_need_not_be_punctual);
    RUN(what_begins_anew_is_another);
    RUN(a_graph_is_of_the_last_looks);
    RUN(amounts);
    RUN(times);
    history_forget(&history);
    return check_status();
}
