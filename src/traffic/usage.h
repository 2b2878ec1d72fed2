/*
 * usage.h - what an answer says that it cost, in tokens, in any format: a document of JSON, or each
 * of a stream.
 *
 * Of each count the last that is a number holds: streams repeat them, growing. Details (cached,
 * reasoning) are parts of others and not added; but where a provider counts beside each other what
 * others count in one (Anthropic's cached input, Gemini's thoughts), it is.
 */
#ifndef USAGE_H
#define USAGE_H

#include "json.h"

/* In the order of words.def. */
enum count {
    COUNT_PROMPT,
    COUNT_INPUT,
    COUNT_CACHE_WRITES,
    COUNT_CACHE_READS,
    COUNT_TOOL_USE,
    COUNT_CACHED,
    COUNT_OUTPUT,
    COUNT_THOUGHTS,
    COUNT_TOTAL,
    COUNTS
};

struct usage {
    uint64_t text;           /* bytes of what was generated, for where no counts come */
    uint64_t retry_ns;       /* of an error: when to ask again; RETRY_UNSAID */
    uint64_t counts[COUNTS]; /* as they were given; see usage_tokens */
    uint16_t given;          /* which, a bit each */
    bool billed;             /* they are Cohere's billed ones, which the others go before */
    bool error;              /* the answer has an error in it */
    unsigned char delay_length;
    char delay[24];
};

struct tokens {
    uint64_t input;  /* with what was cached */
    uint64_t cached; /* of it, what was read from a cache */
    uint64_t output;
    uint64_t total;
    bool known; /* whether any of these was given */
};

/* usage_begin - of an answer that begins. */
void usage_begin(struct usage *usage);

/*
 * usage_take - the next bytes of a document, or of several (NDJSON), which `json` reads. Returns
 * false if it is lost.
 */
bool usage_take(struct usage *usage, struct json *json, struct span bytes);

/* usage_tokens - what it cost. Sums saturate. */
struct tokens usage_tokens(const struct usage *usage);

#endif
