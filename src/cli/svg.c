/* svg.c - see svg.h. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "svg.h"

/*
 * The length of the character, or 0 if it is none that XML 1.0 (2.2) allows: RFC 3629's forms, no
 * longer ones than need be, no surrogates, no control characters.
 */
static size_t character(const unsigned char *text)
{
    size_t length = text[0] < 0x80 ? 1 : text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
    static const uint32_t least[] = {0, 0x20, 0x80, 0x800, 0x10000};
    uint32_t code = length == 1 ? text[0] : text[0] & (0x7fU >> length);
    if (text[0] >= 0x80 && (text[0] < 0xc0 || text[0] >= 0xf8))
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (text[i] & 0x3f);
    }
    bool none = code < least[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ||
                code == 0xfffe || code == 0xffff;
    return none ? 0 : length;
}

void svg_escaped(const char *text)
{
    for (size_t length; *text; text += length ? length : 1) {
        length = character((const unsigned char *)text);
        if (length == 0)
            putchar('?');
        else if (*text == '&')
            fputs("&amp;", stdout);
        else if (*text == '<')
            fputs("&lt;", stdout);
        else if (*text == '>')
            fputs("&gt;", stdout);
        else
            fwrite(text, 1, length, stdout);
    }
}

void svg_text(double x, double y, const char *attributes, const char *text)
{
    printf("<text x=\"%.1f\" y=\"%.1f\"%s%s>", x, y, *attributes ? " " : "", attributes);
    svg_escaped(text);
    puts("</text>");
}

static void draw(struct pen *pen, double x, double y)
{
    if (pen->steps && y == pen->y)
        printf("H%.1f", x);
    else if (pen->steps)
        printf("H%.1fV%.1f", x, y);
    else
        printf("L%.1f %.1f", x, y);
    pen->x = x;
    pen->y = y;
}

static void flush(struct pen *pen)
{
    if (pen->waiting)
        draw(pen, pen->next_x, pen->next_y);
    pen->waiting = false;
}

struct pen pen_begin(const char *attributes, bool steps, double x, double y)
{
    printf("<path %s d=\"M%.1f %.1f", attributes, x, y);
    return (struct pen){.steps = steps, .x = x, .y = y};
}

void pen_to(struct pen *pen, double x, double y)
{
    static const double near = 0.5;
    if (pen->waiting && x - pen->next_x < near) {
        pen->next_y = y;
        return;
    }
    flush(pen);
    pen->next_x = x;
    pen->next_y = y;
    pen->waiting = true;
}

void pen_end(struct pen *pen, const char *fill)
{
    flush(pen);
    printf("%s\"/>\n", fill);
}
