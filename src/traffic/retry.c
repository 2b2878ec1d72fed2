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
    if (!duration_ns(text, NS_PER_S, ns))
        instant_ns(text, now_ns, ns);
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

/* Which part of which quota, the latter times PARTS; -1: none. On its own, so that its
 * stack is free again when times are read. */
__attribute__((noinline)) static int quota_field(struct span name)
{
    static const char parts[][10] = {"limit", "remaining", "reset"};
    static const char whats[][14] = {"requests", "tokens", "input-tokens", "output-tokens"};
    bool part_first = span_skip(&name, "x-ratelimit-");
    if (!part_first && !span_skip(&name, "anthropic-ratelimit-"))
        return -1;
    for (int quota = 0; quota < QUOTAS; quota++)
        for (int part = 0; part < PARTS; part++)
            if (part_first ? is_pair(name, parts[part], whats[quota])
                           : is_pair(name, whats[quota], parts[part]))
                return quota * PARTS + part;
    return -1;
}

void retry_field(struct retry *retry, struct span name, struct span value, uint64_t now_ns)
{
    if (span_is(name, "retry-after-ms")) {
        retry->in_ms = duration_ns(value, NS_PER_MS, &retry->wait_ns);
    } else if (span_is(name, "retry-after")) {
        if (!retry->in_ms)
            take_wait(value, now_ns, &retry->wait_ns);
    } else if (span_is(name, "x-should-retry")) {
        retry->retry = span_is_in_any_case(value, "true");
        retry->no = span_is_in_any_case(value, "false");
    } else {
        int found = quota_field(name);
        enum part part = (unsigned)found % PARTS;
        if (found < 0)
            return;
        if (part == RESET)
            take_wait(value, now_ns, &retry->quotas[found / PARTS].reset_ns);
        else
            take_count(value, part == LIMIT ? &retry->quotas[found / PARTS].limit
                                            : &retry->quotas[found / PARTS].remaining);
    }
}
