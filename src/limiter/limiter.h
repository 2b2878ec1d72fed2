/* limiter.h - what the files of this room share: time in ticks, and the word. */
#ifndef LIMITER_H
#define LIMITER_H

#include "algo.h"
#include "rl.h"

/* An instant, ns, in the ticks of a limiter; and back, rounded up. */
static inline uint64_t limiter_ticks(const struct rl_limiter *limiter, uint64_t ns)
{
    return rl_ticks(&limiter->rate, rl_less(ns, limiter->epoch_ns));
}

static inline uint64_t limiter_ns(const struct rl_limiter *limiter, uint64_t ticks)
{
    if (ticks == UINT64_MAX)
        return RL_FOREVER;
    return rl_add(rl_ns(&limiter->rate, ticks), limiter->epoch_ns);
}

/* What is promised and owed is written before the word that is so far ahead for it: who sees that
 * word has to see the reason, or he takes it back. */
static inline uint64_t word_load(const struct rl_limiter *limiter)
{
    return __atomic_load_n(&limiter->line->word, __ATOMIC_ACQUIRE);
}

/* On failure, *expected becomes the word as it is. */
static inline bool word_swap(struct rl_limiter *limiter, uint64_t *expected, uint64_t desired)
{
    return __atomic_compare_exchange_n(&limiter->line->word, expected, desired, true,
                                       __ATOMIC_RELEASE, __ATOMIC_ACQUIRE);
}

/* Raise a number that others raise too. */
static inline void raise_to(uint64_t *number, uint64_t value)
{
    uint64_t is = __atomic_load_n(number, __ATOMIC_RELAXED);
    while (is < value && !__atomic_compare_exchange_n(number, &is, value, true, __ATOMIC_RELAXED,
                                                      __ATOMIC_RELAXED))
        ;
}

/* limiter_word - the word, put right if need be: see struct rl_limiter. now: ticks, not later than
 * the present. */
uint64_t limiter_mended_word(struct rl_limiter *limiter, uint64_t word);

static inline uint64_t limiter_word(struct rl_limiter *limiter, uint64_t now)
{
    uint64_t word = word_load(limiter);
    bool is_far = limiter->mends && word > rl_add(now, limiter->rate.tau);
    return __builtin_expect(is_far, 0) ? limiter_mended_word(limiter, word) : word;
}

#endif
