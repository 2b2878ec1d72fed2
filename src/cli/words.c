/* words.c - what a panel says above its curves; see panel.h. */
#include <stdio.h>
#include <stdlib.h>

#include "cli.h"
#include "panel.h"
#include "svg.h"

enum { LABEL = 20, SUMMARY = 40, LEGEND = 62 }; /* base lines, in pixels from the top */

/* Later than it should by the tolerance that is promised, 1 ms, is no news. */
static bool is_exceeded(const struct bound *bound, const struct sums *sums)
{
    return bound && sums->excess > bound->per_ns * 1e6 + bound->burst * 1e-9;
}

static void draw_summary(const struct panel *panel, const struct bound *bound,
                         const struct sums *sums, double x)
{
    const struct measure *measures = measures_of(panel->limit);
    struct words units = quantity(measures, sums->units),
                 seconds = quantity(times, sums->last_ns - sums->first_ns),
                 held = quantity(times, sums->held_ns), excess = quantity(measures, sums->excess);
    char *parts[] = {
        format("%s passed %s%s", units.text, sums->last_ns > sums->first_ns ? "in " : "at once",
               sums->last_ns > sums->first_ns ? seconds.text : ""),
        sums->held
            ? format("; held %zu of %zu times, for %s in all", sums->held, sums->passed, held.text)
            : format("; nothing was held"),
        sums->refused ? format("; %zu did not pass", sums->refused) : NULL,
        is_exceeded(bound, sums) ? format("; above the bound by up to %s", excess.text) : NULL,
    };
    char *line =
        format("%s%s%s%s", parts[0], parts[1], parts[2] ? parts[2] : "", parts[3] ? parts[3] : "");
    svg_text(x, panel->top + SUMMARY, "fill=\"#444444\"", line);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        free(parts[i]);
    free(line);
}

static char *bound_words(const struct panel *panel, const struct bound *bound)
{
    const struct limit *limit = panel->limit;
    const struct measure *measures = measures_of(limit);
    struct words burst = quantity(measures, bound->burst),
                 capacity = quantity(measures, (double)limit->capacity),
                 period = quantity(times, (double)limit->period_ns);
    bool is_second = limit->period_ns == RL_SECOND;
    return format("bound: %s%s + %s%s%s \u00d7 time", burst.text,
                  bound->assumed ? " (assumed)" : "", capacity.text, is_second ? "/" : " per ",
                  is_second ? "s" : period.text);
}

/* Letters are about so wide, whatever the font. */
static double width_of(const char *text)
{
    static const double letter = 7.6;
    double width = 0;
    for (; *text; text++)
        width += (*text & 0xc0) == 0x80 ? 0 : letter;
    return width;
}

static const double symbol = 26;

/* The text behind a symbol that begins at x. Returns where the next one begins. */
static double draw_key(double x, double y, const char *text)
{
    static const double gap = 7, apart = 20;
    svg_text(x + symbol + gap, y, "", text);
    return x + symbol + gap + width_of(text) + apart;
}

static void draw_legend(const struct panel *panel, const struct bound *bound,
                        const struct sums *sums, double x)
{
    double y = panel->top + LEGEND, middle = y - 4.5;
    printf("<path " LOOK_PASSED " d=\"M%.1f %.1fh%.0f\"/>\n", x, middle, symbol);
    x = draw_key(x, y, "passed");
    if (sums->held) {
        printf("<path " LOOK_HELD " d=\"M%.1f %.1fh%.0fv12h-%.0fZ\"/>\n", x, middle - 6, symbol,
               symbol);
        x = draw_key(x, y, "held");
    }
    if (sums->refused) {
        printf("<path " LOOK_REFUSED " d=\"");
        draw_cross(x + symbol - 8, middle);
        puts("\"/>");
        x = draw_key(x, y, "did not pass");
    }
    if (bound) {
        char *words = bound_words(panel, bound);
        printf("<path " LOOK_BOUND " d=\"M%.1f %.1fh%.0f\"/>\n", x, middle, symbol);
        draw_key(x, y, words);
        free(words);
    } else
        svg_text(x, y, "fill=\"#444444\"", "(no bound is known: -l tells it)");
}

void draw_words(const struct panel *panel, const struct bound *bound, const struct sums *sums,
                double x)
{
    svg_text(x, panel->top + LABEL, "font-size=\"16\" font-weight=\"bold\"", panel->label);
    draw_summary(panel, bound, sums, x);
    draw_legend(panel, bound, sums, x);
}
