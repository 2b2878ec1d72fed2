/*
 * line.c - what follows from the contract that all five algorithms meet: the bound holds for what
 * departs, and a refund is exact. Each function here plays a history of any length; nobody runs
 * it, its contract is a theorem, and a loop invariant is the induction.
 *
 * A departure is charged as of an instant shortly before, since who was held wakes up late, and the
 * bucket went on draining meanwhile. It departs only if it conforms at that instant.
 */
#include "algo.h"

struct departure {
    uint64_t at;      /* when it departs */
    uint64_t charged; /* as of when it is charged */
    uint64_t cost;
};

/* One of the five, whichever: nothing is known of it but the contract. */
/*@ requires \valid_read(rate);
    assigns \nothing;
    ensures decided(rate->tau, word, now, cost, \result); */
struct rl_decision decide(const struct rl_rate *rate, uint64_t word, uint64_t now, uint64_t cost);

/*@ ensures \result <==> is.conforming <= now && is.word < UINT64_MAX;
    assigns \nothing; */
static bool conforms(struct rl_decision is, uint64_t now)
{
    return is.conforming <= now && is.word < UINT64_MAX;
}

/*
 * The bound: what departs in a window of length w costs at most tau + w + lateness, whatever the
 * word was before, and in whatever order the clocks were read.
 *
 * Why: the first in the window leaves the word no earlier than where the window opens, less the
 * lateness, plus its cost; each one moves the word on by at least its cost; and the last leaves it
 * no later than the end of the window plus tau, or it would not have conformed.
 */
/*@ requires \valid_read(rate) && \valid_read(d + (0 .. count - 1)) && opens <= closes;
    requires \forall integer i; 0 <= i < count ==>
        d[i].charged <= d[i].at <= d[i].charged + lateness && d[i].cost <= rate->tau;
    assigns \nothing;
    ensures \result <= rate->tau + (closes - opens) + lateness; */
uint64_t departed(const struct rl_rate *rate, uint64_t word, const struct departure *d,
                  size_t count, uint64_t lateness, uint64_t opens, uint64_t closes)
{
    uint64_t sum = 0;
    /*@ loop invariant i <= count;
        loop invariant sum == 0 || \max(opens - lateness, 0) + sum <= word;
        loop invariant sum <= rate->tau + (closes - opens) + lateness;
        loop assigns i, word, sum;
        loop variant count - i; */
    for (size_t i = 0; i < count; i++) {
        struct rl_decision is = decide(rate, word, d[i].charged, d[i].cost);
        if (!conforms(is, d[i].charged))
            continue;
        word = is.word;
        if (opens <= d[i].at && d[i].at <= closes)
            sum += d[i].cost;
    }
    return sum;
}

/*
 * The refund: d[0] departed, then others, and then it turns out that `unused` of its cost was not
 * used. If the word that it left is still ahead of the present by as much, the bucket was never at
 * rest meanwhile. So to take `unused` off the present word gives the word of the history in which
 * it cost so much less; all that departed conforms in that history, too, and so the bound holds.
 * Returned is how far the two words are apart.
 */
/*@ requires \valid_read(rate) && \valid_read(d + (0 .. count - 1)) && count > 0;
    requires unused <= d[0].cost && now + unused <= \max(word, d[0].charged) + d[0].cost;
    requires \forall integer i; 0 <= i < count ==> d[i].charged <= now;
    assigns \nothing;
    ensures \result == unused; */
uint64_t refund(const struct rl_rate *rate, uint64_t word, const struct departure *d, size_t count,
                uint64_t unused, uint64_t now)
{
    uint64_t other = word;
    /*@ loop invariant i <= count;
        loop invariant i == 0 ==> word == other == \at(word, Pre);
        loop invariant i > 0 ==> word - unused == other >= now;
        loop assigns i, word, other;
        loop variant count - i; */
    for (size_t i = 0; i < count; i++) {
        uint64_t less = d[i].cost - (i ? 0 : unused);
        struct rl_decision is = decide(rate, word, d[i].charged, d[i].cost);
        struct rl_decision would_be = decide(rate, other, d[i].charged, less);
        if (!conforms(is, d[i].charged))
            return unused; // they did not all depart: there is no such history
        //@ assert would_be.conforming <= d[i].charged && would_be.word < UINT64_MAX;
        word = is.word;
        other = would_be.word;
    }
    return word - other;
}
