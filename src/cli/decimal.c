/* decimal.c - see decimal.h. */
#include <stdbool.h>
#include <string.h>

#include "decimal.h"

enum { PLACES = 9 };

const char *read_whole(const char *word, uint64_t *value)
{
    *value = 0;
    if (!*word || word[strspn(word, "0123456789")])
        return "is not a whole number";
    for (; *word; word++)
        if (__builtin_mul_overflow(*value, UINT64_C(10), value) ||
            __builtin_add_overflow(*value, (uint64_t)(*word - '0'), value))
            return "is too large";
    return NULL;
}

const char *read_seconds(const char *word, uint64_t *ns)
{
    static const char digits[] = "0123456789";
    size_t whole = strspn(word, digits);
    bool point = word[whole] == '.';
    size_t places = point ? strspn(word + whole + 1, digits) : 0;
    if (whole + places == 0 || word[whole + point + places])
        return "is not a time in seconds";
    if (places > PLACES)
        return "has more than 9 places: a nanosecond is the finest";

    *ns = 0;
    for (size_t i = 0; i < whole + PLACES; i++) {
        size_t at = i < whole ? i : i + 1;
        unsigned digit = i < whole + places ? (unsigned)(word[at] - '0') : 0;
        *ns = *ns * 10 + digit;
        if (*ns > LAST_INSTANT)
            return "is later than ten years";
    }
    return NULL;
}
