/*
 * numbers.h - records of descriptor numbers, an array that is there where it is used.
 *
 * The first 1,024 have a level of it, and so have those from each 2^k to 2^(k+1) - 1. A level is
 * mapped, as zeroes, when the first record of it is taken, and stays: a look-up costs the same
 * whatever the number, and a record that was found is there for ever.
 */
#ifndef NUMBERS_H
#define NUMBERS_H

#include <stddef.h>

enum { NUMBERS_LEVELS = 22 };

struct numbers {
    size_t size; /* of a record, bytes */
    void *levels[NUMBERS_LEVELS];
};

/* numbers_find - the record of a number; NULL if it never had one. numbers_take - make one, of
 * zeroes; NULL if there is no memory, or the number is negative. From any call path. */
void *numbers_find(const struct numbers *numbers, int fd);
void *numbers_take(struct numbers *numbers, int fd);

#endif
