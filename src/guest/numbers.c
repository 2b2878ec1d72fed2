/* numbers.c - see numbers.h. */
#include "numbers.h"
#include "zeroes.h"

enum { FIRST_BITS = 10, INT_BITS = 31 };

_Static_assert(NUMBERS_LEVELS == INT_BITS - FIRST_BITS + 1, "the last one ends with INT_MAX");

static unsigned level_of(unsigned fd)
{
    return INT_BITS - FIRST_BITS + 1 - (unsigned)__builtin_clz(fd | ((1u << FIRST_BITS) - 1));
}

static unsigned first_of(unsigned level)
{
    return level ? 1u << (level + FIRST_BITS - 1) : 0;
}

static size_t count_of(unsigned level)
{
    return (size_t)1 << (level ? level + FIRST_BITS - 1 : FIRST_BITS);
}

void *numbers_find(const struct numbers *numbers, int fd)
{
    if (fd < 0)
        return NULL;
    unsigned level = level_of((unsigned)fd);
    char *records = __atomic_load_n(&numbers->levels[level], __ATOMIC_ACQUIRE);
    return records ? records + ((unsigned)fd - first_of(level)) * numbers->size : NULL;
}

void *numbers_take(struct numbers *numbers, int fd)
{
    void *record = numbers_find(numbers, fd);
    if (record || fd < 0)
        return record;
    unsigned level = level_of((unsigned)fd);
    size_t bytes = count_of(level) * numbers->size;
    return zeroes_publish(&numbers->levels[level], bytes) ? numbers_find(numbers, fd) : NULL;
}
