/*
 * retry.h - what the head of an answer says of its provider's limits, and of when to ask again.
 *
 * retry-after (seconds, or a date), retry-after-ms, x-should-retry;
 * x-ratelimit-{limit,remaining,reset}-{requests,tokens} of OpenAI, Azure and many more;
 * anthropic-ratelimit-{requests,tokens,input-tokens,output-tokens}-{limit,remaining,reset}.
 */
#ifndef RETRY_H
#define RETRY_H

#include "span.h"

/* That was not said, or in no way that we know. */
#define RETRY_UNSAID UINT64_MAX

enum quota { QUOTA_REQUESTS, QUOTA_TOKENS, QUOTA_INPUT, QUOTA_OUTPUT, QUOTAS };

struct retry {
    uint64_t wait_ns; /* to wait from now on, before asking again */
    struct {
        uint64_t limit, remaining; /* requests or tokens */
        uint64_t reset_ns;         /* from now on, until it is full: no time to wait */
    } quotas[QUOTAS];
    bool in_ms;     /* wait_ns is what retry-after-ms said, which goes before retry-after */
    bool retry, no; /* x-should-retry */
};

/* retry_begin - of an answer that begins: nothing is said yet. */
void retry_begin(struct retry *retry);

/*
 * retry_field - a field of the head; its name in lower case. now_ns: what the wall clock says,
 * since 1970, for where there are dates. Other fields are none of ours; nor are such as -1.
 */
void retry_field(struct retry *retry, struct span name, struct span value, uint64_t now_ns);

#endif
