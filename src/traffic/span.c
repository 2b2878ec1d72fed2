/* span.c - comparing pieces of text. By loops: they call nothing, and so need next to no stack. */
#include "span.h"

bool span_is(struct span span, const char *text)
{
    return span_skip(&span, text) && !span.length;
}

bool span_is_in_any_case(struct span span, const char *text)
{
    size_t i = 0;
    while (i < span.length && text[i] && lower_case(span.at[i]) == text[i])
        i++;
    return !text[i] && i == span.length;
}

bool span_ends(struct span span, const char *text)
{
    size_t length = strlen(text);
    return span.length >= length && span_is(span_cut(span, span.length - length), text);
}

bool span_skip(struct span *span, const char *text)
{
    size_t i = 0;
    while (i < span->length && text[i] && span->at[i] == text[i])
        i++;
    if (text[i])
        return false;
    *span = span_cut(*span, i);
    return true;
}

bool span_number(struct span *span, uint64_t *number)
{
    size_t digits = 0;
    *number = 0;
    for (; digits < span->length && is_digit(span->at[digits]); digits++)
        *number = add(multiply(*number, 10), (uint64_t)(span->at[digits] - '0'));
    *span = span_cut(*span, digits);
    return digits > 0;
}

struct span span_trim(struct span span)
{
    while (span.length && is_blank(span.at[span.length - 1]))
        span.length--;
    while (span.length && is_blank(*span.at))
        span = span_cut(span, 1);
    return span;
}

struct span span_to(struct span span, char byte)
{
    const char *found = span.length ? memchr(span.at, byte, span.length) : NULL;
    return found ? (struct span){span.at, (size_t)(found - span.at)} : span;
}

uint64_t span_hash(uint64_t hash, struct span span)
{
    if (!hash)
        hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < span.length; i++)
        hash = (hash ^ (unsigned char)span.at[i]) * UINT64_C(0x100000001b3);
    return hash;
}
