/*
 * estimate.h - tokens before they are known, and after. Integers, rounded against the sender;
 * sums saturate at UINT64_MAX.
 */
#ifndef ESTIMATE_H
#define ESTIMATE_H

#include "answer.h"
#include "counted.h"
#include "prompt.h"

/* A byte may be worth less than a token, and more: so the ratio is of 1024 tokens. */
#define ESTIMATE_TOKENS 1024
#define ESTIMATE_RATIO  (4 * ESTIMATE_TOKENS) /* English; to begin with */

/* What no answer shows less or more of: bytes for so many tokens, and tokens of an answer. */
#define ESTIMATE_LEAST_RATIO (ESTIMATE_TOKENS / 4)
#define ESTIMATE_MOST_RATIO  (64 * ESTIMATE_TOKENS)
#define ESTIMATE_MOST_OUTPUT (1 << 17)

struct estimate {
    uint32_t ratio;  /* bytes of text that are ESTIMATE_TOKENS tokens, at least 1 */
    uint32_t media;  /* tokens for each item of media */
    uint64_t output; /* tokens of an answer to a request that sets no bound */
    enum counted counted;
    bool cached_is_free; /* what was read from a cache does not count */
};

/*
 * estimate_body - of a request whose body is so many bytes long, none of which is known, or cannot
 * be read: as if all of it were text. has_output: endpoint_has_output.
 */
uint64_t estimate_body(const struct estimate *estimate, uint64_t bytes, bool has_output);

/* estimate_prompt - of a request that was read; if it is `lost`, estimate_body knows better. */
uint64_t estimate_prompt(const struct estimate *estimate, const struct prompt *prompt,
                         bool has_output);

/*
 * estimate_answer - what it cost: as the answer says, or else, if that is not said, the prompt as
 * it was estimated and the text that came. An error without a usage has cost nothing that is known:
 * ask the limit's provider, not this.
 */
uint64_t estimate_answer(const struct estimate *estimate, const struct prompt *prompt,
                         const struct answer *answer);

/*
 * estimate_learn - the ratio, a quarter of the way towards what this answer shows; unchanged if it
 * shows none, as where there were media in the prompt, or little text (below 256 bytes).
 */
uint32_t estimate_learn(uint32_t ratio, const struct prompt *prompt, const struct answer *answer);

#endif
