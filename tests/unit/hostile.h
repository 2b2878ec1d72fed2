/*
 * hostile.h - what is done with a segment whose bytes are not to be trusted: all that a member
 * does, and what is read is either refused or a limit that can be worked with.
 */
#ifndef HOSTILE_H
#define HOSTILE_H

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "definition.h"
#include "members.h"
#include "segment.h"

#define MUST(condition) ((condition) ? (void)0 : abort())

static inline void check_read(const struct config *config, const struct limit *limit)
{
    struct rl_rate rate;
    MUST(rl_rate_init(&rate, limit->capacity, limit->period_ns, limit->burst) == 0);
    MUST(limit->calls && limit->calls < CALL_READ << 1 && limit->algo < RL_ALGOS);
    MUST(limit->unit <= UNIT_REQUESTS && limit->mode <= RL_POLICE);
    MUST(limit->reads ? limit->unit >= UNIT_TOKENS : limit->unit <= UNIT_TOKENS);
    MUST(limit->counted <= COUNTED_OUTPUT);
    MUST(limit->nonblock <= NONBLOCK_BLOCK && limit->scope == SCOPE_TREE);
    MUST(*limit->label && strlen(limit->label) < MAX_LABEL);
    MUST(limit->first_rule + limit->rules <= config->rule_count);
    for (unsigned i = 0; i < limit->rules; i++) {
        const struct to_rule *rule = &config->rules[limit->first_rule + i];
        MUST(rule->kind <= TO_NAME && rule->prefix <= 128);
        if (rule->kind == TO_NAME)
            MUST(*rule->name && strlen(rule->name) < MAX_HOST_NAME);
    }
}

/* definitions_hold - reads all of them, and compares them to those of a configuration. */
static inline void definitions_hold(struct segment *segment, uint32_t count,
                                    const struct config *like)
{
    static struct config read;
    memset(&read, 0, sizeof read);
    read.bytes_per_token = 4;
    for (uint32_t i = 0; i < count; i++) {
        const char *why = "";
        struct rl_limiter limiter;
        unsigned before = read.count;
        for (unsigned k = 0; k < like->count; k++)
            definition_is(segment, i, like, &like->limits[k]);
        if (definition_read(segment, i, &read, &why)) {
            check_read(&read, &read.limits[before]);
            MUST(definition_limiter(segment, i, &limiter));
            MUST(definition_is(segment, i, &read, &read.limits[before]));
        } else {
            MUST(read.count == before);
            MUST(!why || *why);
        }
        if (!definition_limiter(segment, i, &limiter))
            continue;
        limiter.mends = true;
        rl_level(&limiter);
        rl_waiting(&limiter, rl_now());
        rl_try_acquire(&limiter, 1, NULL);
    }
}

static inline void members_hold(struct segment *segment)
{
    members_any(segment, false);
    members_any(segment, true);
    members_enter(segment, getpid());
    members_leave(segment, getpid());
}

/* survive - all of it, of a file of such bytes. */
static inline void survive(int fd, const struct config *like)
{
    const char *why = "";
    uint32_t count;
    struct segment *segment = segment_map(fd, &count, &why);
    MUST(segment || (why && *why));
    if (!segment)
        return;
    MUST(count >= 1 && count <= MAX_LIMITS && segment->count == count);
    /* Where a sanitizer sees each byte that is read beyond. */
    size_t size = segment_size(count);
    struct segment *exact = aligned_alloc(SHARED_ALIGNMENT, size);
    MUST(exact != NULL);
    memcpy(exact, segment, size);
    definitions_hold(exact, count, like);
    members_hold(exact);
    free(exact);
    segment_unmap(segment, count);
}

#endif
