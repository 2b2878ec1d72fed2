/* text.c - see text.h. */
#include "rl.h"
#include "text.h"

static void put(struct text *text, char c)
{
    if (text->length < sizeof text->bytes - (c != '\n'))
        text->bytes[text->length++] = c;
}

void text_string(struct text *text, const char *string)
{
    while (*string)
        put(text, *string++);
}

void text_name(struct text *text, const char *name, size_t most)
{
    for (size_t i = 0; i < most && name[i]; i++)
        put(text, name[i] >= ' ' && name[i] <= '~' ? name[i] : '?');
}

/* With leading zeros up to a width. */
static void put_digits(struct text *text, uint64_t number, int width)
{
    char digits[20];
    int n = 0;
    do {
        digits[n++] = (char)('0' + number % 10);
        number /= 10;
    } while (number || n < width);
    while (n > 0)
        put(text, digits[--n]);
}

void text_number(struct text *text, uint64_t number)
{
    put_digits(text, number, 1);
}

void text_seconds(struct text *text, uint64_t ns)
{
    put_digits(text, ns / RL_SECOND, 1);
    put(text, '.');
    put_digits(text, ns % RL_SECOND, 9);
}
