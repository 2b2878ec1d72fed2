/* meter.c - see meter.h. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "figures.h"
#include "meter.h"

enum { WINDOW = 2 /* seconds */ };
enum { LIMIT = 256, LINE = 1024, MOST_BELOW = 20, CONTROLS = 40 + 2 * MOST_BELOW }; /* letters */

void meter_look(struct meter *meter)
{
    look_away(&meter->view);
    look(&meter->view);
    history_add(&meter->history, &meter->view);
}

/* By the number of the process alone: that may be how the number of a tree begins, too. */
static bool has_begun(const struct meter *meter, const struct seen *seen)
{
    return seen->pid == meter->pid;
}

static bool is_in(const struct meter *meter, const struct seen *seen)
{
    return has_begun(meter, seen) || look_is_member(seen, meter->pid);
}

/* As the table of `top` has it. Returns its length; 0: its rate is not known yet. */
static int write_limit(char text[LIMIT], const struct meter *meter, const struct seen *seen,
                       unsigned i)
{
    const struct seen_limit *limit = &seen->limits[i];
    double per_second = history_rate(&meter->history, seen, i, WINDOW);
    char rate[NUMBER], amount[NUMBER];
    if (per_second < 0)
        return 0;
    if (limit->paused)
        snprintf(rate, sizeof rate, "paused");
    else
        number_rate(rate, per_second, limit->unit, meter->bits);
    number_amount(amount, (double)limit->passed.units, limit->unit, meter->bits);
    const char *unit =
        limit->passed.units == 1 ? number_unit(limit->unit) : number_units(limit->unit);
    bool is_named = limit->unit == UNIT_BYTES; /* in the amount */
    return snprintf(text, LIMIT, "%s: %s, %s%s%s, held %.1f s, %u waiting", limit->label, rate,
                    amount, is_named ? "" : " ", is_named ? "" : unit,
                    (double)limit->held_ns / (double)RL_SECOND, limit->waiting);
}

/* One that has no room is left out, but for the first, which is cut off. */
static int add_limits(char *line, int length, int width, const struct meter *meter,
                      const struct seen *seen)
{
    static const char between[] = "; ";
    char text[LIMIT];
    for (unsigned i = 0; i < seen->limit_count; i++) {
        int more = write_limit(text, meter, seen, i);
        int apart = length ? (int)strlen(between) : 0;
        if (more && (!length || length + apart + more <= width))
            length += snprintf(line + length, (size_t)(LINE - length), "%s%.*s",
                               length ? between : "", width, text);
    }
    return length;
}

/* What the process began itself is what it was given; then what it is in besides. */
static void write_line(char line[LINE], int width, const struct meter *meter)
{
    int length = 0;
    *line = '\0';
    for (int own = 1; own >= 0; own--)
        for (size_t i = 0; i < meter->view.count; i++) {
            const struct seen *seen = &meter->view.seen[i];
            if (is_in(meter, seen) && has_begun(meter, seen) == own)
                length = add_limits(line, length, width, meter, seen);
        }
}

/* Where there is room for it. */
struct place {
    int width; /* the last column stays free: a terminal may go on to the next line behind it */
    int below; /* lines, the cursor's is 0 */
};

/*
 * One, so that who answers a question, and what the command says to that, does not run into it; but
 * a summary has a line for each limit, which may take two of a terminal that is not wide.
 */
static int free_lines(const struct meter *meter, int width)
{
    enum { LONGEST = 120 };
    int limits = 0;
    for (size_t i = 0; i < meter->view.count && meter->summary; i++)
        if (is_in(meter, &meter->view.seen[i]))
            limits += (int)meter->view.seen[i].limit_count;
    return !limits ? 1 : width < LONGEST ? 2 * limits : limits;
}

static struct place find_place(const struct meter *meter)
{
    enum { WIDTH = 80, HEIGHT = 24 };
    struct winsize size = {0};
    bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col && size.ws_row;
    int width = (known ? size.ws_col : WIDTH) - 1, most = (known ? size.ws_row : HEIGHT) / 2;
    struct place place = {.width = width < LINE ? width : LINE - 1,
                          .below = 1 + free_lines(meter, width)};
    if (place.below > most)
        place.below = most;
    if (place.below > MOST_BELOW)
        place.below = MOST_BELOW;
    return place;
}

/* In one write. One that was told to stop (^S), or whose reader has, takes nothing: that ends in no
 * wait. */
static bool show(const char *text, int patience_ms)
{
    struct pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT};
    return tcgetpgrp(STDERR_FILENO) == getpgrp() && poll(&out, 1, patience_ms) > 0 &&
           out.revents == POLLOUT && write(STDERR_FILENO, text, strlen(text)) > 0;
}

static bool has_escapes(void)
{
    const char *term = getenv("TERM");
    return term && *term && strcmp(term, "dumb") != 0;
}

/*
 * By what every terminal since the VT100 has. The cursor and its colours are kept (DECSC, DECRC),
 * and all behind it is erased (ED), which is where an earlier line is: it may be in it by now.
 */
#define KEEP_AND_ERASE "\0337\033[m\033[J"
#define BACK           "\0338"

/* That there are lines below, which may move all up (IND, CUU), and then down to the last (CUD). */
static void write_below(char *text, size_t size, const struct place *place, const char *line)
{
    size_t length = 0;
    for (int i = 0; i < place->below; i++)
        length += (size_t)snprintf(text + length, size - length, "\033D");
    if (place->below)
        length += (size_t)snprintf(text + length, size - length, "\033[%dA", place->below);
    length += (size_t)snprintf(text + length, size - length, KEEP_AND_ERASE "\r");
    if (place->below)
        length += (size_t)snprintf(text + length, size - length, "\033[%dB", place->below);
    snprintf(text + length, size - length, "%*s" BACK, place->width, line);
}

void meter_draw(struct meter *meter)
{
    char line[LINE], text[LINE + CONTROLS];
    const struct place place = find_place(meter);
    write_line(line, place.width, meter);
    if (!*line) {
        meter_erase(meter);
        return;
    }
    if (has_escapes())
        write_below(text, sizeof text, &place, line);
    else
        snprintf(text, sizeof text, "\r%*s\r", place.width, line);
    if (show(text, 0))
        meter->drawn = true;
}

void meter_erase(struct meter *meter)
{
    enum { PATIENCE_MS = 200 };
    char text[LINE + CONTROLS];
    if (!meter->drawn)
        return;
    if (has_escapes())
        snprintf(text, sizeof text, KEEP_AND_ERASE BACK);
    else
        snprintf(text, sizeof text, "\r%*s\r", find_place(meter).width, "");
    if (show(text, PATIENCE_MS))
        meter->drawn = false;
}
