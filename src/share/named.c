/*
 * named.c - the segments of the scope `shared:NAME`.
 *
 * All limits that a process has under one name are one segment. Who comes later has to mean the
 * same ones.
 */
#include <stdio.h>
#include <string.h>

#include "definition.h"
#include "directory.h"
#include "find.h"
#include "place.h"

/* "out 1MB/s (1000000 bytes per 1.000000000 s, burst 1000000, token-bucket)", or
 * "tokens 9k/m (9000 tokens per 60.000000000 s, burst 9000, token-bucket, count=input)" */
static void describe(char *text, size_t size, const struct limit *limits, unsigned count)
{
    static const char units[][sizeof "requests"] = {"calls", "bytes", "tokens", "requests"};
    static const char counts[][sizeof ", count=output"] = {"", ", count=input", ", count=output"};
    size_t used = 0;
    for (unsigned i = 0; i < count && used < size; i++) {
        const struct limit *limit = &limits[i];
        int written =
            snprintf(text + used, size - used, "%s%s (%llu %s per %llu.%09llu s, burst %llu, %s",
                     i ? "; " : "", limit->label, (unsigned long long)limit->capacity,
                     units[limit->unit], (unsigned long long)(limit->period_ns / RL_SECOND),
                     (unsigned long long)(limit->period_ns % RL_SECOND),
                     (unsigned long long)limit->burst, rl_algo_name(limit->algo));
        used += (size_t)written;
        if (used < size && limit->reads)
            used += (size_t)snprintf(text + used, size - used, "%s%s%s", counts[limit->counted],
                                     limit->only_models ? ", count=models" : "",
                                     limit->cached_is_free ? ", cached=free" : "");
        if (used < size && limit->unit == UNIT_TOKENS && !limit->reads)
            used += (size_t)snprintf(text + used, size - used, ", by size");
        if (used < size && limit->rules)
            used += (size_t)snprintf(text + used, size - used, ", to %u", limit->rules);
        if (used < size)
            used += (size_t)snprintf(text + used, size - used, ")");
    }
}

static unsigned limits_named(const struct finding *finding, const char *name)
{
    unsigned limits = 0;
    for (unsigned rest = find_open(finding, SCOPE_SHARED); rest; rest &= rest - 1) {
        int limit = __builtin_ctz(rest);
        if (strcmp(finding->config->limits[limit].shared_name, name) == 0)
            limits |= 1U << limit;
    }
    return limits;
}

/* The first one that nobody has claimed; `count` if there is none. */
static unsigned equal_limit(const struct finding *finding, unsigned limit,
                            const struct placed *placed, unsigned claimed, bool edited)
{
    unsigned i = 0;
    while (i < placed->count &&
           ((claimed >> i & 1) || !(edited ? find_is_edited(finding, limit, placed->segment, i)
                                           : definition_is(placed->segment, i, finding->config,
                                                           &finding->config->limits[limit]))))
        i++;
    return i;
}

static bool attach_equal(struct finding *finding, unsigned limits, const struct placed *placed)
{
    unsigned claimed = 0, edited = 0;
    for (int pass = 0; pass < 2; pass++)
        for (unsigned rest = pass ? edited : limits; rest; rest &= rest - 1) {
            unsigned limit = (unsigned)__builtin_ctz(rest);
            unsigned i = equal_limit(finding, limit, placed, claimed, pass);
            if (i == placed->count && pass)
                return false;
            if (i == placed->count) {
                edited |= 1U << limit;
                continue;
            }
            claimed |= 1U << i;
            find_attach(finding, limit, placed->segment, i);
        }
    return (unsigned)__builtin_popcount(limits) == placed->count;
}

/* It is the end: so the configuration can be used for theirs. */
static bool tell_both(struct finding *finding, unsigned limits, const char *name,
                      const struct placed *placed)
{
    struct config *config = finding->config;
    struct limit ours[MAX_LIMITS];
    char their_text[700], our_text[700];
    unsigned count = 0;
    const char *why = NULL;
    for (; limits; limits &= limits - 1)
        ours[count++] = config->limits[__builtin_ctz(limits)];
    config->count = config->rule_count = 0;
    config->names_used = 0;
    for (unsigned i = 0; i < placed->count; i++)
        if (!definition_read(placed->segment, i, config, &why))
            return find_fail(finding,
                             "shared:%s: %s\n"
                             "  delete %s/" SHARED_PREFIX
                             "%s, if nobody uses it, and another one will be made\n",
                             name, why ? why : "it is too much", directory_path(placed->directory),
                             name);
    describe(their_text, sizeof their_text, config->limits, config->count);
    describe(our_text, sizeof our_text, ours, count);
    return find_fail(finding,
                     "shared:%s means other limits here than for those who share it already%s\n"
                     "  they: %s\n  here: %s\n  give these another name, or wait until the others "
                     "have ended and their bucket is full again\n",
                     name, strcmp(their_text, our_text) == 0 ? ": to whom they apply" : "",
                     their_text, our_text);
}

static bool find_name(struct finding *finding, unsigned limits, const char *shared)
{
    const struct making making = {finding->config, limits};
    struct placed placed = {.count = (uint32_t)__builtin_popcount(limits)};
    char name[MAX_SEGMENT_NAME];
    snprintf(name, sizeof name, SHARED_PREFIX "%s", shared);

    enum place place = place_find(name, &placed, finding->error);
    if (place == PLACE_FOUND &&
        !(find_is_of_now(placed.segment) && attach_equal(finding, limits, &placed))) {
        /* Those whose it was may all have gone. */
        segment_unmap(placed.segment, placed.count);
        place_clean();
        place = place_find(name, &placed, finding->error);
    }
    if (place == PLACE_NONE) {
        placed.count = (uint32_t)__builtin_popcount(limits);
        place = place_make(name, &placed, find_fill, &making, finding->error);
    }
    if (place == PLACE_FAILED)
        return false;
    if (!find_is_of_now(placed.segment))
        return find_fail(finding,
                         "shared:%s is of before the last boot, or of another clock\n"
                         "  delete %s/%s, if nobody uses it\n",
                         shared, directory_path(placed.directory), name);
    if (place == PLACE_MADE && place_has_deleted(name))
        find_notice(finding,
                    "rlshim: shared:%s begins anew: its file was deleted, but there are processes "
                    "that still have it; until they end, the limit is theirs and this one's\n",
                    shared);
    return attach_equal(finding, limits, &placed) || tell_both(finding, limits, shared, &placed);
}

bool find_named(struct finding *finding)
{
    unsigned open;
    while ((open = find_open(finding, SCOPE_SHARED)) != 0) {
        const char *name = finding->config->limits[__builtin_ctz(open)].shared_name;
        if (!find_name(finding, limits_named(finding, name), name))
            return false;
    }
    return true;
}
