/* names.c - names in tables, and what to say of one that is in none. */
#include <stdio.h>
#include <string.h>

#include "parse.h"

enum { MOST_LETTERS = 32, MOST_EDITS = 2 };

static const void *row(const void *rows, size_t size, size_t index)
{
    return (const char *)rows + index * size;
}

static const char *name_of(const void *row)
{
    return row;
}

const void *find_row(struct piece word, const void *rows, size_t size, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (equals(word, name_of(row(rows, size, i))))
            return row(rows, size, i);
    return NULL;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool same_letter(char a, char b)
{
    return lower_case(a) == lower_case(b);
}

/*
 * The number of letters to insert, delete, replace, or exchange with their neighbour (optimal
 * string alignment); upper and lower case are the same. edits[i % 3][j]: from the first i letters
 * of a to the first j of b.
 */
static size_t distance(struct piece a, const char *b)
{
    size_t letters = strlen(b), edits[3][MOST_LETTERS + 1];

    if (length(a) > MOST_LETTERS || letters > MOST_LETTERS)
        return SIZE_MAX;
    for (size_t i = 0; i <= length(a); i++) {
        size_t *now = edits[i % 3], *one_back = edits[(i + 2) % 3], *two_back = edits[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= letters; j++) {
            if (i == 0) {
                now[j] = j;
                continue;
            }
            const char *letter = a.at + i - 1, *other = b + j - 1;
            size_t replaced = one_back[j - 1] + !same_letter(*letter, *other);
            now[j] = smaller(replaced, smaller(one_back[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && same_letter(*letter, other[-1]) &&
                same_letter(letter[-1], *other))
                now[j] = smaller(now[j], two_back[j - 2] + 1);
        }
    }
    return edits[length(a) % 3][letters];
}

/* About a third of a word may be wrong: RL_HOME is not a slip for RL_MODE, nor `x` one for `B`. */
const void *nearest_row(struct piece word, const void *rows, size_t size, size_t count)
{
    size_t least = smaller(MOST_EDITS, (length(word) + 1) / 3) + 1;
    const void *nearest = NULL;
    for (size_t i = 0; i < count; i++) {
        size_t edits = distance(word, name_of(row(rows, size, i)));
        if (edits < least) {
            least = edits;
            nearest = row(rows, size, i);
        }
    }
    return nearest;
}

struct list {
    char text[200];
};

static struct list list_of_names(const void *rows, size_t size, size_t count)
{
    struct list list = {""};
    size_t used = 0;
    for (size_t i = 0; i < count && used < sizeof list.text; i++)
        used += (size_t)snprintf(list.text + used, sizeof list.text - used, "%s%s", i ? ", " : "",
                                 name_of(row(rows, size, i)));
    return list;
}

const void *look_up(struct piece word, const char *kind, const void *rows, size_t size,
                    size_t count)
{
    const void *found = find_row(word, rows, size, count);
    if (found)
        return found;

    const void *nearest = nearest_row(word, rows, size, count);
    if (nearest)
        complain(word, "unknown %s %s; did you mean '%s'?", kind, quote(word).text,
                 name_of(nearest));
    else
        complain(word, "unknown %s %s; there are: %s", kind, quote(word).text,
                 list_of_names(rows, size, count).text);
    return NULL;
}
