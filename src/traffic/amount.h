/* amount.h - sums and products that end at UINT64_MAX, and do not wrap. */
#ifndef AMOUNT_H
#define AMOUNT_H

#include <stdint.h>

static inline uint64_t add(uint64_t a, uint64_t b)
{
    uint64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

static inline uint64_t multiply(uint64_t a, uint64_t b)
{
    uint64_t product;
    return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

#endif
