/* test_see_estimated.c - what is shown of units that were told from the size of what was sent. */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "frame.h"
#include "write.h"

static struct seen seen[1];
static const struct view view = {.seen = seen, .count = 1};

static void begin(enum unit unit, uint64_t estimated)
{
    seen[0] = (struct seen){.name = "0123456789abcdef", .program = "python3", .limit_count = 1};
    seen[0].limits[0] = (struct seen_limit){
        .label = "of an API",
        .unit = unit,
        .capacity = 90000,
        .period_ns = 60 * RL_SECOND,
        .burst = 1800,
        .passed = {.calls = 3, .units = 3000},
        .estimated = estimated,
    };
}

static void status(FILE *out)
{
    write_status(out, seen, 1);
}

static void json(FILE *out)
{
    write_json(out, &view);
}

static void prometheus(FILE *out)
{
    write_prometheus(out, &view);
}

static void plain(FILE *out)
{
    write_plain(out, &view);
}

static void table(FILE *out)
{
    static struct history history;
    const struct frame frame = {.width = 100};
    frame_draw(out, &frame, &view, &history);
}

static void screen(FILE *out)
{
    static struct history history;
    const struct frame frame = {.width = 100, .height = 24};
    frame_draw(out, &frame, &view, &history);
}

static bool shows(void (*write)(FILE *out), const char *part)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!CHECK(out))
        return false;
    write(out);
    fclose(out);
    bool found = strstr(text, part);
    free(text);
    return found;
}

static void of_tokens(void)
{
    begin(UNIT_TOKENS, 200);
    CHECK(shows(status, "passed: 3000 tokens, 200 of them estimated, in 3 calls;"));
    CHECK(shows(json, "\"unit\": \"tokens\""));
    CHECK(shows(json, "\"units\": 3000, \"estimated\": 200, "));
    CHECK(shows(prometheus, "\nrlshim_limit_tokens_total{"));
    CHECK(shows(prometheus, "\nrlshim_limit_estimated_total{"));
    CHECK(shows(prometheus, "label=\"of an API\"} 200\n"));
    CHECK(shows(plain, " 3000, 200 estimated "));
    CHECK(shows(table, "\n    200 of 3000 tokens estimated\n"));
    CHECK(shows(screen, "    200 of 3000 tokens estimated"));
}

static void of_requests(void)
{
    begin(UNIT_REQUESTS, 1);
    CHECK(shows(status, "of an API: 90000 requests/60 s, 1800 at once from rest\n"));
    CHECK(shows(status, "passed: 3000 requests, 1 of them estimated, in 3 calls;"));
    CHECK(shows(json, "\"unit\": \"requests\""));
    CHECK(shows(prometheus, "\nrlshim_limit_requests_total{"));
    CHECK(!shows(prometheus, "\nrlshim_limit_tokens_total{"));
    CHECK(shows(table, "1 of 3000 requests estimated"));
}

static void none(void)
{
    void (*const all[])(FILE *) = {status, plain, table, screen};
    begin(UNIT_TOKENS, 0);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        CHECK(!shows(all[i], "estimated"));
    CHECK(shows(json, "\"estimated\": 0, "));
    begin(UNIT_BYTES, 0);
    CHECK(!shows(prometheus, "\nrlshim_limit_estimated_total{"));
}

int main(void)
{
    RUN(of_tokens);
    RUN(of_requests);
    RUN(none);
    return check_status();
}
