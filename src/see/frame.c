/* frame.c - see frame.h. All of it is ASCII; a line that is too long is cut off. */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "figures.h"
#include "frame.h"

enum { WINDOWS = 3, LINE = 512, FIGURES = 79 /* columns of a limit */ };
static const unsigned windows[WINDOWS] = {2, 10, 40}; /* seconds */

struct drawing {
    FILE *out;
    const struct frame *frame;
    const struct history *history;
    int rows; /* so many are drawn */
};

/* SGR, of ECMA-48. */
#define PLAIN   ""
#define BOLD    "1"
#define INVERSE "7"
#define GREEN   "32"
#define YELLOW  "33"
#define RED     "31"
#define CYAN    "36"

static bool is_full(const struct drawing *drawing)
{
    return drawing->frame->height && drawing->rows >= drawing->frame->height;
}

__attribute__((format(printf, 3, 4))) static void line(struct drawing *drawing, const char *style,
                                                       const char *form, ...)
{
    const struct frame *frame = drawing->frame;
    char text[LINE];
    va_list arguments;
    if (is_full(drawing))
        return;
    va_start(arguments, form);
    vsnprintf(text, sizeof text, form, arguments);
    va_end(arguments);
    if (!frame->height) {
        size_t length = strlen(text);
        while (length > 0 && text[length - 1] == ' ')
            length--;
        fprintf(drawing->out, "%.*s\n", (int)length, text);
        return;
    }
    bool styled = *style && (frame->colour || strcmp(style, INVERSE) == 0);
    fprintf(drawing->out, "%s%s%s%s%.*s%s\033[K", drawing->rows ? "\r\n" : "",
            styled ? "\033[" : "", styled ? style : "", styled ? "m" : "", frame->width, text,
            styled ? "\033[0m" : "");
    drawing->rows++;
}

static void draw_summary(struct drawing *drawing, const struct view *view)
{
    const struct frame *frame = drawing->frame;
    struct look_total total = look_total(view);
    char clock[16] = "";
    time_t now = time(NULL);
    struct tm day;
    if (localtime_r(&now, &day))
        strftime(clock, sizeof clock, "%H:%M:%S", &day);
    line(drawing, BOLD,
         "rlshim %s: %zu tree%s, %zu name%s, %u process%s, %u waiting, %u not limited%s%s", clock,
         total.trees, total.trees == 1 ? "" : "s", total.names, total.names == 1 ? "" : "s",
         total.processes, total.processes == 1 ? "" : "es", total.waiting, total.escapes,
         frame->paused ? " [paused]" : "", frame->frozen ? " [order frozen]" : "");
}

static void draw_titles(struct drawing *drawing)
{
    char titles[WINDOWS][8];
    for (int i = 0; i < WINDOWS; i++)
        snprintf(titles[i], sizeof titles[i], "%u s", windows[i]);
    if (!drawing->frame->height) {
        line(drawing, PLAIN, "  %-16s %10s %10s %5s %4s %9s", "LIMIT", "ASKED", "NOW", "LEVEL",
             "WAIT", "HELD");
        return;
    }
    line(drawing, INVERSE, "  %-14s %10s %10s %10s %10s %5s %4s %7s%-*s", "LIMIT", "ASKED",
         titles[0], titles[1], titles[2], "LEVEL", "WAIT", "HELD",
         drawing->frame->width > FIGURES ? drawing->frame->width - FIGURES : 0, "");
}

static const char *rate_text(const struct drawing *drawing, const struct seen *seen, unsigned i,
                             unsigned seconds, char text[NUMBER])
{
    double rate = history_rate(drawing->history, seen, i, seconds);
    if (rate < 0)
        return "-";
    return number_rate(text, rate, seen->limits[i].unit, drawing->frame->bits);
}

static void draw_estimated(struct drawing *drawing, const struct seen_limit *limit)
{
    if (limit->estimated)
        line(drawing, PLAIN, "    %" PRIu64 " of %" PRIu64 " %s estimated", limit->estimated,
             limit->passed.units, number_units(limit->unit));
}

/* The graph beside the figures, if there is room, or else below. */
static void draw_limit(struct drawing *drawing, const struct seen *seen, unsigned i)
{
    enum { LEAST = 20, MOST = HISTORY - 1, INDENT = 4 };
    const struct seen_limit *limit = &seen->limits[i];
    const struct frame *frame = drawing->frame;
    char asked[NUMBER], rates[WINDOWS][NUMBER], held[NUMBER], graph[MOST + 1];
    const char *texts[WINDOWS];
    int beside = frame->width - FIGURES - 3; /* with a frame */
    if (beside > MOST)
        beside = MOST;
    if (beside < LEAST)
        beside = 0;
    int below = frame->width - INDENT - 2 < MOST ? frame->width - INDENT - 2 : MOST;
    int letters = beside ? beside : below;
    history_graph(drawing->history, seen, i, graph, letters > 0 ? (unsigned)letters : 0);
    for (int k = 0; k < WINDOWS; k++)
        texts[k] = rate_text(drawing, seen, i, windows[k], rates[k]);
    snprintf(held, sizeof held, "%.1f s", (double)limit->held_ns / (double)RL_SECOND);
    if (limit->paused)
        snprintf(asked, sizeof asked, "paused");
    else
        number_rate(asked, number_per_second(limit), limit->unit, frame->bits);
    if (!frame->height) {
        line(drawing, PLAIN, "  %-16s %10s %10s %4.0f%% %4u %9s", limit->label, asked, texts[0],
             100 * (double)limit->level / (double)limit->burst, limit->waiting, held);
        return;
    }
    line(drawing, limit->waiting ? YELLOW : GREEN,
         "  %-14.14s %10s %10s %10s %10s %4.0f%% %4u %7s%s%s%s", limit->label, asked, texts[0],
         texts[1], texts[2], 100 * (double)limit->level / (double)limit->burst, limit->waiting,
         held, beside ? " |" : "", beside ? graph : "", beside ? "|" : "");
    if (!beside)
        line(drawing, limit->waiting ? YELLOW : GREEN, "%*s|%s|", INDENT, "", graph);
}

static void draw_process(struct drawing *drawing, const struct seen_process *process)
{
    line(drawing, PLAIN, "    %7u %s", process->pid, process->command);
}

static void draw_seen(struct drawing *drawing, const struct seen *seen)
{
    char span[NUMBER];
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t now_ns = (uint64_t)now.tv_sec * RL_SECOND;
    unsigned processes = seen->process_count + seen->elsewhere;
    line(drawing, seen->escapes ? RED : CYAN, "%s%s: %s %u, for %s, %u process%s, %u not limited",
         seen->named ? "shared:" : "tree ", seen->name, *seen->program ? seen->program : "?",
         seen->pid, number_span(span, now_ns > seen->since_ns ? now_ns - seen->since_ns : 0),
         processes, processes == 1 ? "" : "es", seen->escapes);
    for (unsigned i = 0; i < seen->limit_count; i++) {
        draw_limit(drawing, seen, i);
        draw_estimated(drawing, &seen->limits[i]);
    }
    for (unsigned i = 0; i < seen->process_count; i++)
        draw_process(drawing, &seen->processes[i]);
    if (seen->elsewhere)
        line(drawing, PLAIN, "    and %u in other namespaces of pids", seen->elsewhere);
}

static void draw_help(struct drawing *drawing)
{
    static const char *const lines[] = {
        "q        quit",
        "s        sort: by age, rate, waiting, time held",
        "o        keep the order as it is, or let it go",
        "p space  pause",
        "b        bits or bytes",
        "?        this, or back",
        "",
        "LEVEL is what could pass at once, of the burst; WAIT the calls in line;",
        "HELD for how long calls waited, in all. The graph has a letter a second,",
        "how near the rate was to what is asked: nothing, .:-=+*#, and @ above.",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        line(drawing, PLAIN, "%s", lines[i]);
}

void frame_draw(FILE *out, const struct frame *frame, const struct view *view,
                const struct history *history)
{
    struct drawing drawing = {.out = out, .frame = frame, .history = history};
    if (frame->height)
        fputs("\033[H", out);
    draw_summary(&drawing, view);
    if (frame->height)
        line(&drawing, PLAIN, "sorted by %s%s; ? for help", order_name(frame->order),
             frame->bits ? ", in bits" : "");
    if (frame->help) {
        draw_help(&drawing);
    } else {
        draw_titles(&drawing);
        for (size_t i = 0; i < view->count; i++)
            draw_seen(&drawing, &view->seen[i]);
        if (!view->count)
            line(&drawing, PLAIN, "  nothing is limited, but perhaps by RL_SCOPE=process");
    }
    if (frame->height)
        fputs("\033[J", out);
}
