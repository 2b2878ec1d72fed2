/* find.c - see find.h: what trees and names have in common. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "definition.h"
#include "find.h"
#include "members.h"
#include "system.h"
#include "timens.h"
#include "wait.h"

/* So that limits last, whatever the clock has counted by now. Not rl_now, which is looked for
 * first: most programs that start never need it. */
static uint64_t now_ns(void)
{
    struct timespec now = {0};
    raw_call(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&now, 0, 0, 0);
    return (uint64_t)now.tv_sec * RL_SECOND + (uint64_t)now.tv_nsec - (uint64_t)rl_clock_ahead_ns;
}

uint64_t find_whole_seconds(void)
{
    return now_ns() / RL_SECOND * RL_SECOND;
}

bool find_is_of_now(const struct segment *segment)
{
    return segment->epoch_ns <= find_whole_seconds() + RL_SECOND;
}

unsigned find_open(const struct finding *finding, enum scope scope)
{
    unsigned limits = 0;
    for (unsigned i = 0; i < finding->config->count; i++)
        if (finding->config->limits[i].scope == scope && !finding->shares[i].limit)
            limits |= 1U << i;
    return limits;
}

void find_attach(struct finding *finding, unsigned limit, struct segment *segment, unsigned i)
{
    finding->shares[limit] = (struct share){
        .limit = &segment->shared[i],
        .segment = segment,
        .epoch_ns = segment->epoch_ns,
        .first_rule = segment->private ? finding->config->limits[limit].first_rule
                                       : segment->limits[i].first_rule,
    };
    if (!segment->private)
        definition_rate(segment, i, &finding->config->limits[limit]);
    if (finding->config->summary)
        __atomic_store_n(&segment->summary, 1, __ATOMIC_RELAXED);
}

void find_attach_all(struct finding *finding, unsigned limits, struct segment *segment)
{
    for (unsigned i = 0; limits; limits &= limits - 1, i++)
        find_attach(finding, (unsigned)__builtin_ctz(limits), segment, i);
}

/* FNV-1a; never 0. */
uint64_t find_path_hash(const struct config *config)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (const char *c = config->file; *c; c++)
        hash = (hash ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
    return hash | 1;
}

bool find_is_edited(const struct finding *finding, unsigned limit, const struct segment *segment,
                    unsigned i)
{
    const struct config *config = finding->config;
    const struct limit *ours = &config->limits[limit];
    const struct segment_limit *theirs = &segment->limits[i];
    return limit - config->first_of_file < config->of_file &&
           segment->file_path == find_path_hash(config) && theirs->algo == ours->algo &&
           theirs->mode == ours->mode && theirs->nonblock == ours->nonblock &&
           theirs->timeout_ns == ours->timeout_ns && definition_counts(segment, i, config, ours);
}

void find_begin(struct segment *segment, const struct config *config)
{
    segment->told_ns = now_ns();
    segment->epoch_ns = segment->told_ns / RL_SECOND * RL_SECOND;
    if (config->of_file) {
        segment->file_path = find_path_hash(config);
        segment->file_stamp = config->file_stamp;
    }
    segment->pid = (uint32_t)raw_call(SYS_getpid, 0, 0, 0, 0, 0);
    strncpy(segment->program, program_invocation_short_name, sizeof segment->program - 1);
}

int find_fill(struct segment *segment, const void *argument)
{
    const struct making *making = argument;
    unsigned i = 0;
    if (making->config->rule_count && !segment_has_room_for_rules(segment))
        return ENOSPC;
    for (unsigned rest = making->limits; rest; rest &= rest - 1)
        if (making->config->limits[__builtin_ctz(rest)].reads &&
            !segment_has_room_for_providers(segment))
            return ENOSPC;
    segment->made_at = (struct whereabouts){
        .distance_ns = timens_distance(),
        .proc = members_proc(),
        .namespace = members_namespace(),
    };
    find_begin(segment, making->config);
    for (unsigned rest = making->limits; rest; rest &= rest - 1, i++)
        definition_write(segment, i, making->config, &making->config->limits[__builtin_ctz(rest)]);
    return 0;
}

void find_notice(struct finding *finding, const char *form, ...)
{
    size_t used = strlen(finding->notice);
    va_list arguments;
    va_start(arguments, form);
    vsnprintf(finding->notice + used, sizeof finding->notice - used, form, arguments);
    va_end(arguments);
}

bool find_fail(struct finding *finding, const char *form, ...)
{
    va_list arguments;
    va_start(arguments, form);
    vsnprintf(finding->error->text, sizeof finding->error->text, form, arguments);
    va_end(arguments);
    return false;
}
