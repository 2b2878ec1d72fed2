/*
 * compiler.h - what the compiler knows and Frama-C does not, included before all that is proved:
 * this is taken for granted.
 */
#ifndef COMPILER_H
#define COMPILER_H

#include <stdbool.h>
#include <stdint.h>

#define __builtin_add_overflow add_overflow
#define __builtin_mul_overflow mul_overflow

/* To be read at all: what needs the 128 bits is admitted, where it stands. */
#define __int128 long

/* Of the result of an overflow nothing need be known: it is not used. */
/*@ requires \valid(sum);
    assigns \result, *sum \from a, b;
    ensures \result <==> a + b > UINT64_MAX;
    ensures !\result ==> *sum == a + b; */
bool add_overflow(uint64_t a, uint64_t b, uint64_t *sum);

/*@ requires \valid(product);
    assigns \result, *product \from a, b;
    ensures \result <==> a * b > UINT64_MAX;
    ensures !\result ==> *product == a * b; */
bool mul_overflow(uint64_t a, uint64_t b, uint64_t *product);

#endif
