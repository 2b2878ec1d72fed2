/* limiter.h - what the files of this room share: time in ticks, and the word. */
#ifndef LIMITER_H
#define LIMITER_H

#include "algo.h"
#include "change.h"
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

/* When nothing conforms: never, or, in a pause, who knows. */
static inline uint64_t limiter_never(uint64_t word)
{
    return is_sealed(word) ? RL_FOREVER - 1 : RL_FOREVER;
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

/*
 * limiter_word - the word, put right if need be (see struct rl_limiter), and the rate that it goes
 * by. now: ticks, not later than the present. Sealed only in a pause.
 * limiter_unusual_word - likewise, of one that is far ahead, or of a rate that was changed.
 */
uint64_t limiter_unusual_word(struct rl_limiter *limiter, const struct rl_rate **rate);

static inline uint64_t limiter_word(struct rl_limiter *limiter, uint64_t now,
                                    const struct rl_rate **rate)
{
    *rate = limiter_rate(limiter);
    uint64_t word = word_load(limiter);
    bool usual = word <= rl_add(now, (*rate)->tau) && !limiter_is_outdated(limiter, *rate);
    return __builtin_expect(usual, 1) ? word : limiter_unusual_word(limiter, rate);
}

/* limiter_note_owed - that the word will be so far ahead, before it is. */
void limiter_note_owed(struct rl_line *line, uint64_t word);

#endif
