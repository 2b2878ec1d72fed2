/*
 * cuts.h - what a scanner tells of bytes is the same however they are cut. Each piece is in memory
 * of its own, so that a sanitizer sees who reads past its end.
 */
#ifndef CUTS_H
#define CUTS_H

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "random.h"
#include "span.h"

/* What was told, as text. */
static struct told {
    char text[1 << 16];
    size_t length;
} told;

static inline void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));
static inline void tell(const char *format, ...)
{
    size_t room = sizeof told.text - told.length;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(told.text + told.length, room, format, arguments);
    va_end(arguments);
    if (length > 0)
        told.length += (size_t)length < room ? (size_t)length : room - 1;
}

static inline void tell_piece(struct span piece)
{
    tell("%.*s", (int)piece.length, piece.at);
}

static inline struct span text_span(const char *text)
{
    return (struct span){text, strlen(text)};
}

/* A scanner: begin anew; take the next piece; all was given. Each tells what it finds. */
struct scanner {
    void (*begin)(void);
    void (*take)(struct span piece);
    void (*end)(void);
};

static inline void take_copy(const struct scanner *scanner, struct span piece)
{
    char *copy = malloc(piece.length ? piece.length : 1);
    memcpy(copy, piece.at, piece.length);
    scanner->take((struct span){copy, piece.length});
    free(copy);
}

/* Cut after so many bytes each; 0: at random. */
static inline const char *told_in_pieces(const struct scanner *scanner, struct span text,
                                         size_t size, struct random *random)
{
    told = (struct told){.length = 0};
    scanner->begin();
    while (text.length) {
        size_t piece = size ? size : random_size(random, text.length);
        piece = piece < text.length ? piece : text.length;
        take_copy(scanner, (struct span){text.at, piece});
        text = span_cut(text, piece);
    }
    scanner->end();
    return told.text;
}

/* Cut once, there. */
static inline const char *told_in_two(const struct scanner *scanner, struct span text, size_t cut)
{
    told = (struct told){.length = 0};
    scanner->begin();
    take_copy(scanner, (struct span){text.at, cut});
    take_copy(scanner, span_cut(text, cut));
    scanner->end();
    return told.text;
}

/* Whether that is told, in one piece, byte by byte, cut once anywhere, and in random pieces. */
static inline bool told_however_cut(const struct scanner *scanner, struct span text,
                                    const char *expected)
{
    enum { PIECES = 20 };
    struct random random = {text.length};
    const char *is = told_in_pieces(scanner, text, text.length, NULL);
    bool same = strcmp(is, expected) == 0;
    if (same)
        same = strcmp(is = told_in_pieces(scanner, text, 1, NULL), expected) == 0;
    for (size_t cut = 0; same && cut <= text.length; cut++)
        same = strcmp(is = told_in_two(scanner, text, cut), expected) == 0;
    for (unsigned i = 0; same && i < PIECES; i++)
        same = strcmp(is = told_in_pieces(scanner, text, 0, &random), expected) == 0;
    if (!same)
        fprintf(stderr, "of %.200s\n  is told:  %s\n  expected: %s\n", text.at, is, expected);
    return same;
}

#endif
