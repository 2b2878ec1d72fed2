/* retry.c - see retry.h. */
#include "retry.h"

#include "instant.h"

void retry_begin(struct retry *retry)
{
    *retry = (struct retry){.wait_ns = RETRY_UNSAID};
    for (unsigned i = 0; i < QUOTAS; i++) {
        retry->quotas[i].limit = RETRY_UNSAID;
        retry->quotas[i].remaining = RETRY_UNSAID;
        retry->quotas[i].reset_ns = RETRY_UNSAID;
    }
}

static void take_wait(struct span text, uint64_t now_ns, uint64_t *ns)
{
    uint64_t wait;
    if (duration_ns(text, NS_PER_S, &wait) || instant_ns(text, now_ns, &wait))
        *ns = wait;
}

static void take_count(struct span text, uint64_t *count)
{
    uint64_t number;
    if (span_number(&text, &number) && !text.length)
        *count = number;
}

static bool is_pair(struct span name, const char *first, const char *second)
{
    return span_skip(&name, first) && span_skip(&name, "-") && span_is(name, second);
}

enum part { LIMIT, REMAINING, RESET, PARTS };

static bool quota_field(struct span name, enum part *part, enum quota *quota)
{
    static const char parts[][10] = {"limit", "remaining", "reset"};
    static const char whats[][14] = {"requests", "tokens", "input-tokens", "output-tokens"};
    bool part_first = span_skip(&name, "x-ratelimit-");
    if (!part_first && !span_skip(&name, "anthropic-ratelimit-"))
        return false;
    for (*part = LIMIT; *part < PARTS; ++*part)
        for (*quota = QUOTA_REQUESTS; *quota < QUOTAS; ++*quota)
            if (part_first ? is_pair(name, parts[*part], whats[*quota])
                           : is_pair(name, whats[*quota], parts[*part]))
                return true;
    return false;
}

void retry_field(struct retry *retry, struct span name, struct span value, uint64_t now_ns)
{
    enum part part;
    enum quota quota;
    if (span_is(name, "retry-after-ms"))
        retry->in_ms = duration_ns(value, NS_PER_MS, &retry->wait_ns);
    else if (span_is(name, "retry-after") && !retry->in_ms)
        take_wait(value, now_ns, &retry->wait_ns);
    else if (span_is(name, "x-should-retry")) {
        retry->retry = span_is_in_any_case(value, "true");
        retry->no = span_is_in_any_case(value, "false");
    } else if (quota_field(name, &part, &quota)) {
        if (part == RESET)
            take_wait(value, now_ns, &retry->quotas[quota].reset_ns);
        else
            take_count(value, part == LIMIT ? &retry->quotas[quota].limit
                                            : &retry->quotas[quota].remaining);
    }
}
