/*
 * change.h - a rate that changes while it is in use.
 *
 * All who share a line must go by the new rate at the same instant: the one in which the word is
 * sealed. Who changes the rate writes down which one, and what the word is to be then, in the half
 * of the line that nobody reads; and then he swaps the word for the seal of that change, a number
 * that no word can be. A killed one has changed nothing, or all: whoever finds the seal ends it,
 * counts one generation more, and breaks the seal. Until then nothing conforms; in a pause, which
 * is a change as well, the seal stays.
 *
 * Who takes units reads the word, then the generation, and swaps: if the rate was changed since, he
 * fails, as the word was. That it has come to be the same one again meanwhile is one chance in 2^60
 * or so; then he takes once at the old rate. (All rates of a line count in the ticks of the first
 * one: else that word would be another instant.)
 */
#ifndef CHANGE_H
#define CHANGE_H

#include "algo.h"

/* From there on words are seals, with the generation in their lower half. */
#define SEALS (UINT64_MAX << 32)

static inline bool is_sealed(uint64_t word)
{
    return word >= SEALS;
}

/* limiter_rate - the rate, as this user of the line knows it. In line, as some compilers would not
 * have it, where stacks are at their deepest. */
__attribute__((always_inline)) static inline const struct rl_rate *
limiter_rate(const struct rl_limiter *limiter)
{
    const struct rl_rate *changed = __atomic_load_n(&limiter->changed, __ATOMIC_ACQUIRE);
    return changed ? changed : &limiter->rate;
}

/* limiter_is_outdated - whether somebody changed it. After the word was read. */
static inline bool limiter_is_outdated(const struct rl_limiter *limiter, const struct rl_rate *rate)
{
    return __atomic_load_n(&limiter->line->generation, __ATOMIC_ACQUIRE) !=
           __atomic_load_n(&rate->generation, __ATOMIC_ACQUIRE);
}

/* limiter_learn - learn of a change, if there was one: all else that does so takes more of a stack
 * that is small. */
void limiter_learn_now(struct rl_limiter *limiter);

__attribute__((always_inline)) static inline void limiter_learn(struct rl_limiter *limiter)
{
    if (__builtin_expect(limiter_is_outdated(limiter, limiter_rate(limiter)), 0))
        limiter_learn_now(limiter);
}

/* limiter_keep_up - learn of a change, and end one that somebody began. Returns the word, which is
 * sealed only in a pause, and the rate that it goes by. */
uint64_t limiter_keep_up(struct rl_limiter *limiter, const struct rl_rate **rate);

/* limiter_missing - what is missing from the bucket of a word, ticks, at an instant; and in a pause
 * whenever. */
uint64_t limiter_missing(const struct rl_limiter *limiter, uint64_t word, uint64_t now);

#endif
