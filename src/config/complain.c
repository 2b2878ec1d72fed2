/*
 * complain.c - a configuration error: what is wrong and where, with the text and a caret below it,
 * and an example that works.
 *
 * The text may be anything, of any length. It is shown as an excerpt, and with bytes other than
 * printable ASCII escaped: neither can an escape sequence reach a terminal nor the caret be off.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "parse.h"

enum {
    EXCERPT_COLUMNS = 60,
    COLUMNS_BEFORE = 24, /* of them, at most so many before the caret */
    NAME_COLUMNS = 120,
    QUOTE_COLUMNS = 40,
};

static bool is_printable(char c)
{
    return c >= ' ' && c <= '~';
}

static int width(char c)
{
    return is_printable(c) ? 1 : (int)strlen("\\x1b");
}

/* Appends to a text that is being built; what does not fit is cut off. */
struct writer {
    char *at, *end;
};

__attribute__((format(printf, 2, 0))) static void put_list(struct writer *out, const char *format,
                                                           va_list arguments)
{
    int wanted = vsnprintf(out->at, (size_t)(out->end - out->at), format, arguments);
    int room = (int)(out->end - out->at) - 1;
    out->at += wanted < room ? wanted : room;
}

__attribute__((format(printf, 2, 3))) static void put(struct writer *out, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    put_list(out, format, arguments);
    va_end(arguments);
}

static void put_times(struct writer *out, char c, int times)
{
    while (times-- > 0)
        put(out, "%c", c);
}

/* Returns where it stopped because the columns were used up, or `end`. */
static const char *put_escaped(struct writer *out, const char *at, const char *end, int columns)
{
    for (; at < end && width(*at) <= columns; at++) {
        columns -= width(*at);
        put(out, is_printable(*at) ? "%c" : "\\x%02x", (unsigned char)*at);
    }
    if (at < end)
        put(out, "...");
    return at;
}

struct quoted quote(struct piece piece)
{
    struct quoted quoted = {""};
    struct writer out = {quoted.text, quoted.text + sizeof quoted.text};
    put(&out, "'");
    put_escaped(&out, piece.at, piece.end, QUOTE_COLUMNS);
    put(&out, "'");
    return quoted;
}

static void put_excerpt(struct writer *out, struct piece where)
{
    const struct source *source = where.source;
    const char *first = where.at;
    int before = 0, below = 0;

    while (first > source->text && before + width(first[-1]) <= COLUMNS_BEFORE)
        before += width(*--first);
    const char *cut_off = first > source->text ? "..." : "";

    const char *option = source->is_option && !*cut_off ? source->name : "";
    put(out, "    %s%s", option, cut_off);
    const char *last = put_escaped(out, first, source->end, EXCERPT_COLUMNS);

    for (const char *c = where.at; c < where.end && c < last; c++)
        below += width(*c);
    put(out, "\n    ");
    put_times(out, ' ', before + (int)strlen(option) + (int)strlen(cut_off));
    put_times(out, '^', below ? below : 1);
    put(out, "\n");
}

bool complain(struct piece where, const char *format, ...)
{
    const struct source *source = where.source;
    struct config_error *error = source->error;
    struct writer out = {error->text, error->text + sizeof error->text};

    const char *end_of_name = source->name + strlen(source->name);
    while (source->is_option && strchr(" =", end_of_name[-1]))
        end_of_name--;
    put_escaped(&out, source->name, end_of_name, NAME_COLUMNS);
    if (source->line)
        put(&out, ":%u", source->line);
    put(&out, ": character %zu: ", (size_t)(where.at - source->text) + 1);

    va_list arguments;
    va_start(arguments, format);
    put_list(&out, format, arguments);
    va_end(arguments);

    put(&out, "\n");
    put_excerpt(&out, where);
    put(&out, "  for example: %s\n", source->example);
    return false;
}
