/* numbers.c - see numbers.h. */
#include "numbers.h"
#include "zeroes.h"

enum { LOWEST = 10 }; /* the first level has 2^10 records */

static unsigned level_of(unsigned fd)
{
    unsigned level = NUMBERS_LEVELS - 1 - (unsigned)__builtin_clz(fd | 1);
    return level < LOWEST ? LOWEST - 1 : level;
}

static unsigned first_of(unsigned level)
{
    return level < LOWEST ? 0 : 1u << level;
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
    size_t bytes = ((size_t)1 << (level < LOWEST ? LOWEST : level)) * numbers->size;
    return zeroes_publish(&numbers->levels[level], bytes) ? numbers_find(numbers, fd) : NULL;
}
