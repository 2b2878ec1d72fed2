/* sse.c - a line is a name, a colon, perhaps a space, and a value; only "data" is of interest. */
#include "sse.h"

enum state { LINE_BEGIN, IN_NAME, BEFORE_DATA, IN_DATA, IN_OTHER };

static const char name[] = "data", mark[] = "\xEF\xBB\xBF"; /* a byte order mark may come first */

static bool is_end(char c)
{
    return c == '\r' || c == '\n';
}

static void end_line(struct sse *sse, struct sse_event *event)
{
    bool data = sse->state == BEFORE_DATA || sse->state == IN_DATA ||
                (sse->state == IN_NAME && !name[sse->count]);
    if (data) {
        event->kind = SSE_DATA;
        event->data = (struct span){"\n", 1};
        sse->has_data = true;
    } else if (sse->state == LINE_BEGIN && sse->has_data) {
        event->kind = SSE_EVENT;
        sse->has_data = false;
    }
    sse->state = LINE_BEGIN;
    sse->count = 0;
    sse->started = true;
}

static size_t data(struct sse *sse, struct span bytes, struct sse_event *event)
{
    size_t run = 0;
    while (run < bytes.length && !is_end(bytes.at[run]))
        run++;
    if (sse->state == IN_DATA) {
        event->kind = SSE_DATA;
        event->data = (struct span){bytes.at, run};
    }
    return run;
}

/* Returns how many bytes it took: none, if it only came to know what kind of line this is. */
static size_t step(struct sse *sse, struct span bytes, struct sse_event *event)
{
    char c = *bytes.at;
    bool after_cr = sse->after_cr;
    sse->after_cr = c == '\r';
    if (after_cr && c == '\n')
        return 1;
    if (is_end(c)) {
        end_line(sse, event);
        return 1;
    }
    switch ((enum state)sse->state) {
    case LINE_BEGIN:
        if (!sse->started && c == mark[sse->count]) {
            sse->started = !mark[++sse->count];
            sse->count = sse->started ? 0 : sse->count;
            return 1;
        }
        sse->started = true;
        sse->count = 0;
        sse->state = IN_NAME;
        return 0;
    case IN_NAME:
        if (c == name[sse->count] && c)
            sse->count++;
        else
            sse->state = c == ':' && !name[sse->count] ? BEFORE_DATA : IN_OTHER;
        return 1;
    case BEFORE_DATA:
        sse->state = IN_DATA;
        return c == ' ';
    default:
        return data(sse, bytes, event);
    }
}

size_t sse_next(struct sse *sse, struct span bytes, struct sse_event *event)
{
    size_t used = 0;
    event->kind = SSE_MORE;
    while (used < bytes.length && event->kind == SSE_MORE)
        used += step(sse, span_cut(bytes, used), event);
    return used;
}
