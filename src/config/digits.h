/* digits.h - numbers in names, without printf(3): the pages of libc that it needs are most of what
 * a name costs a process that starts. */
#ifndef DIGITS_H
#define DIGITS_H

#include <stdint.h>

/* digits_decimal - write the digits of a number, from right to left; returns where they begin. */
static inline char *digits_decimal(char *end, unsigned number)
{
    do
        *--end = (char)('0' + number % 10);
    while (number /= 10);
    return end;
}

/* digits_hexadecimal - write so many digits of a number; returns their end. */
static inline char *digits_hexadecimal(char *at, unsigned digits, uint64_t number)
{
    while (digits-- > 0)
        *at++ = "0123456789abcdef"[number >> 4 * digits & 15];
    return at;
}

#endif
