/* scan.c - pieces of text, words, and decimal numbers. ASCII only, whatever the locale. */
#include <string.h>

#include "parse.h"

struct piece whole(const struct source *source)
{
    return (struct piece){source, source->text, source->end};
}

size_t length(struct piece piece)
{
    return (size_t)(piece.end - piece.at);
}

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

char lower_case(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Line ends too: a file may have CRLF, and a value that comes from YAML ends with one. */
static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool equals(struct piece piece, const char *text)
{
    return length(piece) == strlen(text) && starts_with(piece, text);
}

struct piece as_piece(const char *text)
{
    return (struct piece){NULL, text, text + strlen(text)};
}

static bool same_in_any_case(struct piece a, struct piece b)
{
    if (length(a) != length(b))
        return false;
    for (; a.at < a.end; a.at++, b.at++)
        if (lower_case(*a.at) != lower_case(*b.at))
            return false;
    return true;
}

bool equals_in_any_case(struct piece piece, const char *text)
{
    return same_in_any_case(piece, as_piece(text));
}

bool starts_with(struct piece piece, const char *text)
{
    size_t wanted = strlen(text);
    return length(piece) >= wanted && memcmp(piece.at, text, wanted) == 0;
}

struct piece trimmed(struct piece piece)
{
    while (piece.at < piece.end && is_blank(piece.end[-1]))
        piece.end--;
    while (piece.at < piece.end && is_blank(*piece.at))
        piece.at++;
    return piece;
}

struct piece next_word(struct piece *rest)
{
    *rest = trimmed(*rest);
    struct piece word = *rest;
    while (rest->at < rest->end && !is_blank(*rest->at))
        rest->at++;
    word.end = rest->at;
    return word;
}

bool is_one_of(struct piece piece, const char *list)
{
    struct piece words = as_piece(list);
    for (struct piece word = next_word(&words); length(word); word = next_word(&words))
        if (same_in_any_case(piece, word))
            return true;
    return false;
}

bool cut(struct piece *rest, char separator, struct piece *before)
{
    *before = *rest;
    while (rest->at < rest->end && *rest->at != separator)
        rest->at++;
    before->end = rest->at;
    if (rest->at == rest->end)
        return false;
    rest->at++;
    return true;
}

static bool push_digit(struct decimal *number, char digit)
{
    return !__builtin_mul_overflow(number->digits, UINT64_C(10), &number->digits) &&
           !__builtin_add_overflow(number->digits, (uint64_t)(digit - '0'), &number->digits);
}

/* The zeros at the end of a fraction mean nothing, so any number of them is harmless. */
static const char *end_of_fraction(const char *at, const char *end)
{
    const char *significant = at;
    for (; at < end && is_digit(*at); at++)
        if (*at != '0')
            significant = at + 1;
    return significant;
}

/* A unit has none of these: with them it is another way to write a number, as 0x10 or 1e6. */
static bool looks_like_number(struct piece unit)
{
    for (; unit.at < unit.end; unit.at++)
        if (is_digit(*unit.at) || strchr("+-.,", *unit.at))
            return true;
    return false;
}

bool scan_decimal(struct piece *word, struct decimal *number)
{
    const struct piece all = *word;
    const char *at = all.at;
    *number = (struct decimal){0};

    if (length(all) == 0)
        return complain(all, "a number is missing");
    if (*at == '-' && length(all) > 1 && is_digit(at[1]))
        return complain(all, "%s is negative", quote(all).text);

    for (; at < all.end && is_digit(*at); at++)
        if (!push_digit(number, *at))
            return complain(all, "%s is too large", quote(all).text);
    if (at > all.at && at + 1 < all.end && *at == '.' && is_digit(at[1])) {
        const char *end = end_of_fraction(++at, all.end);
        for (; at < end; at++, number->decimals++)
            if (!push_digit(number, *at))
                return complain(all, "%s has too many digits", quote(all).text);
        while (at < all.end && is_digit(*at))
            at++;
    }

    word->at = at;
    if (at == all.at || looks_like_number(*word))
        return complain(all, "%s is not a number; write it as 10 or 1.5, with the unit after it",
                        quote(all).text);
    return true;
}
