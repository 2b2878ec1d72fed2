/* random.h - numbers that look random and are the same in every run with the same seed. */
#ifndef RANDOM_H
#define RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
    uint64_t state;
};

/* splitmix64 (Steele, Lea, Flood, OOPSLA 2014): any seed is a good one, 0 and 1 too. */
static inline uint64_t random_next(struct random *r)
{
    uint64_t z = r->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* 0 to most, evenly but for a bias that no test here can notice. */
static inline uint64_t random_upto(struct random *r, uint64_t most)
{
    return most == UINT64_MAX ? random_next(r) : random_next(r) % (most + 1);
}

/* 1 to most (at least 1), small ones as often as large ones: of even orders of magnitude. */
static inline uint64_t random_size(struct random *r, uint64_t most)
{
    unsigned bits = 64 - (unsigned)__builtin_clzll(most);
    uint64_t size = random_next(r) >> (64 - 1 - random_upto(r, bits - 1));
    return size < 1 ? 1 : size > most ? most : size;
}

static inline bool random_one_in(struct random *r, uint64_t n)
{
    return random_next(r) % n == 0;
}

#endif
