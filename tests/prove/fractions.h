/*
 * fractions.h - the arithmetic behind rl_cost, included before all that is proved.
 *
 * Predicates are defined by axioms, not by `=`: so the prover takes a lemma to hand where a name
 * occurs, instead of getting lost in products.
 */
#ifndef FRACTIONS_H
#define FRACTIONS_H

#include <stdint.h>

/*@ axiomatic Fractions {
    // floor(2^64 * rest / parts)
    predicate inverse_of(integer inverse, integer rest, integer parts) reads \nothing;
    axiom inverse_of: \forall integer inverse, rest, parts;
        inverse_of(inverse, rest, parts) <==>
            inverse * parts <= rest * 0x10000000000000000 < (inverse + 1) * parts;

    // the upper half of the 128 bits of a product
    predicate upper_half(integer half, integer a, integer b) reads \nothing;
    axiom upper_half: \forall integer half, a, b;
        upper_half(half, a, b) <==>
            half * 0x10000000000000000 <= a * b < (half + 1) * 0x10000000000000000;

    // ceil(n * rest / parts)
    predicate is_ceiling(integer q, integer n, integer rest, integer parts) reads \nothing;
    axiom is_ceiling: \forall integer q, n, rest, parts;
        is_ceiling(q, n, rest, parts) <==> 0 <= q * parts - n * rest < parts;
    logic integer ceiling(integer n, integer rest, integer parts) reads \nothing;
    axiom ceiling: \forall integer n, rest, parts;
        0 < parts ==> is_ceiling(ceiling(n, rest, parts), n, rest, parts);
    }

    lemma one_ceiling: \forall integer p, q, n, rest, parts;
        is_ceiling(p, n, rest, parts) && is_ceiling(q, n, rest, parts) ==> p == q;

    lemma estimate_is_near: \forall integer n, rest, parts, inverse, estimate;
        inverse_of(inverse, rest, parts) && upper_half(estimate, n, inverse) &&
        0 <= n < 0x10000000000000000 && 0 < parts ==>
            n * rest - estimate * parts < 2 * parts;

    lemma estimate_is_below: \forall integer n, rest, parts, inverse, estimate;
        inverse_of(inverse, rest, parts) && upper_half(estimate, n, inverse) &&
        0 <= n < 0x10000000000000000 && 0 < parts ==>
            0 <= n * rest - estimate * parts;

    // What unsigned arithmetic is: modulo 2^64. This is taken for granted.
    admit lemma modulo: \forall integer a, b, difference;
        difference == (uint64_t)a - (uint64_t)b && 0 <= a - b < 0x10000000000000000 ==>
            (uint64_t)difference == a - b;
*/

#endif
