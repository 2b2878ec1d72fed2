/* span.h - a piece of text that is somebody else's; ASCII, whatever the locale. */
#ifndef SPAN_H
#define SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "amount.h"

struct span {
    const char *at;
    size_t length;
};

static inline bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static inline char lower_case(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* span_cut - what is left without so many bytes at the front; at most all. An empty one may be of
 * nothing, to which nothing can be added. */
static inline struct span span_cut(struct span span, size_t bytes)
{
    return bytes ? (struct span){span.at + bytes, span.length - bytes} : span;
}

bool span_is(struct span span, const char *text);
bool span_is_in_any_case(struct span span, const char *text);
bool span_ends(struct span span, const char *text);

/* span_skip - whether it begins so; then it is what follows. */
bool span_skip(struct span *span, const char *text);

/* span_number - whether it begins with digits; then what they say, at most UINT64_MAX, and what
 * follows. */
bool span_number(struct span *span, uint64_t *number);

/* span_trim - without spaces and tabs around it. */
struct span span_trim(struct span span);

/* span_to - what comes before the first of that byte; all, if there is none. */
struct span span_to(struct span span, char byte);

/* span_hash - of names, to be compared by it only (FNV-1a); `hash` of what came before, or 0. */
uint64_t span_hash(uint64_t hash, struct span span);

#endif
