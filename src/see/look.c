/* look.c - see look.h: from files to numbers. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "copy.h"
#include "definition.h"
#include "directory.h"
#include "look.h"
#include "members.h"
#include "proc.h"
#include "system.h"
#include "timens.h"

static uint64_t read_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * RL_SECOND + (uint64_t)now.tv_nsec;
}

/* An instant of another clock. */
static uint64_t as_of_day(uint64_t then_ns, uint64_t now_ns)
{
    uint64_t today_ns = read_clock(CLOCK_REALTIME);
    uint64_t ago_ns = now_ns > then_ns ? now_ns - then_ns : 0;
    return today_ns > ago_ns ? today_ns - ago_ns : 0;
}

static bool see_limit(struct segment *segment, unsigned i, uint64_t now_ns, struct seen_limit *seen)
{
    struct account account;
    struct rl_limiter limiter;
    if (!definition_account(segment, i, &account) || !definition_limiter(segment, i, &limiter))
        return false;
    const struct rl_rate *rate = rl_current(&limiter);
    memcpy(seen->label, account.label, sizeof seen->label);
    seen->unit = account.unit;
    seen->selective = account.selective;
    seen->capacity = rate->capacity;
    seen->period_ns = rate->period_ns;
    seen->burst = rate->burst;
    seen->paused = rl_is_paused(&limiter);
    seen->passed = share_passed(account.limit);
    seen->held = account.limit->held;
    seen->held_ns = account.limit->held_ns;
    seen->refused = account.limit->refused;
    seen->estimated = account.limit->estimated;
    seen->level = rl_level_at(&limiter, now_ns);
    seen->waiting = rl_waiting(&limiter, now_ns);
    return true;
}

static int by_number(const void *a, const void *b)
{
    const struct seen_process *one = a, *other = b;
    return (one->pid > other->pid) - (one->pid < other->pid);
}

/* Who is noted twice is told once. */
static void drop_twins(struct seen *seen)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < seen->process_count; i++)
        if (!kept || seen->processes[i].pid != seen->processes[kept - 1].pid)
            seen->processes[kept++] = seen->processes[i];
    seen->process_count = kept;
}

static bool see_members(const struct segment *segment, struct seen *seen)
{
    uint64_t now_ns = read_clock(CLOCK_BOOTTIME);
    for (unsigned i = 0; i < MEMBERS; i++) {
        const struct member *member = &segment->members[i];
        if (!member->id || !members_lives(member, true))
            continue;
        if (member->id >> 32 != members_namespace()) {
            seen->elsewhere++;
            continue;
        }
        if (!seen->processes && !(seen->processes = calloc(MEMBERS, sizeof *seen->processes)))
            return false;
        struct seen_process *process = &seen->processes[seen->process_count++];
        process->pid = (uint32_t)member->id;
        process->since_ns = member->since_ns ? as_of_day(member->since_ns, now_ns) : 0;
        process_command(process->pid, process->command);
    }
    if (seen->process_count)
        qsort(seen->processes, seen->process_count, sizeof *seen->processes, by_number);
    drop_twins(seen);
    return true;
}

static void forget(struct seen *seen)
{
    free(seen->processes);
}

/* NULL, or what is wrong with it. */
static const char *see(struct segment *segment, uint32_t count, struct seen *seen)
{
    uint64_t now_ns;
    timens_agree(segment->made_at.distance_ns, false);
    now_ns = rl_now();
    if (segment->epoch_ns > now_ns + RL_SECOND)
        return "it is of before the last boot, or of another clock";
    seen->looked_ns = now_ns;
    seen->since_ns = as_of_day(segment->epoch_ns, now_ns) / RL_SECOND * RL_SECOND;
    seen->pid = segment->pid;
    seen->escapes = segment->escaped;
    seen->limit_count = count;
    memcpy(seen->program, segment->program, PROGRAM_NAME);
    printable(seen->program, PROGRAM_NAME);
    for (unsigned i = 0; i < count; i++)
        if (!see_limit(segment, i, now_ns, &seen->limits[i]))
            return "it is damaged";
    return see_members(segment, seen) ? NULL : "there is no memory for it";
}

static struct seen *add(struct view *view)
{
    struct seen *more = realloc(view->seen, (view->count + 1) * sizeof *more);
    if (more) {
        view->seen = more;
        more[view->count] = (struct seen){0};
    }
    return more ? &more[view->count] : NULL;
}

struct search {
    struct view *view;
    bool failed;
    int place;
};

/* TREE_PREFIX or SHARED_PREFIX, and a name behind it. */
static bool read_name(const char *file, struct seen *seen)
{
    static const char *const prefixes[] = {TREE_PREFIX, SHARED_PREFIX};
    for (unsigned i = 0; i < 2; i++) {
        size_t length = strlen(prefixes[i]);
        if (strncmp(file, prefixes[i], length) != 0 || strlen(file + length) > MAX_SHARED_NAME)
            continue;
        seen->named = i;
        memcpy(seen->name, file + length, strlen(file + length) + 1);
        printable(seen->name, sizeof seen->name);
        return true;
    }
    return false;
}

static void look_at(int directory, const char *name, void *argument)
{
    struct search *search = argument;
    struct view *view = search->view;
    struct seen *seen = add(view);
    uint32_t count;
    const char *why;
    search->failed |= !seen;
    if (!seen || !read_name(name, seen))
        return;
    seen->place = search->place;
    struct segment *segment = copy_segment(directory, name, &count, &why);
    if (segment)
        why = see(segment, count, seen);
    if (segment && !why) {
        view->count++;
    } else if (why) { /* else it has gone meanwhile */
        forget(seen);
        view->unread++;
        snprintf(view->why, sizeof view->why, "%s/%.80s: %s", directory_path(search->place), name,
                 why);
    }
    free(segment);
}

static int by_age(const void *a, const void *b)
{
    const struct seen *one = a, *other = b;
    if (one->since_ns / RL_SECOND != other->since_ns / RL_SECOND)
        return one->since_ns < other->since_ns ? -1 : 1;
    return strcmp(one->name, other->name);
}

bool look(struct view *view)
{
    struct search search = {.view = view};
    *view = (struct view){0};
    for (search.place = 0; search.place < DIRECTORIES; search.place++) {
        const char *why;
        int directory = directory_open(search.place, false, &why);
        if (directory < 0)
            continue;
        directory_each(directory, look_at, &search);
        sys_close(directory);
    }
    if (view->count)
        qsort(view->seen, view->count, sizeof *view->seen, by_age);
    return !search.failed;
}

void look_away(struct view *view)
{
    for (size_t i = 0; i < view->count; i++)
        forget(&view->seen[i]);
    free(view->seen);
    *view = (struct view){0};
}

bool look_is_member(const struct seen *seen, unsigned pid)
{
    for (unsigned i = 0; i < seen->process_count; i++)
        if (seen->processes[i].pid == pid)
            return true;
    return false;
}

static bool is_meant(const struct seen *seen, const char *what)
{
    static const char shared[] = "shared:";
    unsigned pid = process_number(what);
    if (strncmp(what, shared, strlen(shared)) == 0)
        return seen->named && strcmp(what + strlen(shared), seen->name) == 0;
    if (strcmp(what, seen->name) == 0)
        return true;
    if (pid && (seen->pid == pid || look_is_member(seen, pid)))
        return true;
    return !seen->named && strlen(what) >= 4 && strncmp(what, seen->name, strlen(what)) == 0;
}

size_t look_only(struct view *view, const char *what)
{
    size_t kept = 0;
    for (size_t i = 0; i < view->count; i++) {
        if (!what || is_meant(&view->seen[i], what))
            view->seen[kept++] = view->seen[i];
        else
            forget(&view->seen[i]);
    }
    view->count = kept;
    return kept;
}

struct look_total look_total(const struct view *view)
{
    struct look_total total = {0};
    for (size_t i = 0; i < view->count; i++) {
        const struct seen *seen = &view->seen[i];
        total.trees += !seen->named;
        total.names += seen->named;
        total.processes += seen->process_count + seen->elsewhere;
        total.escapes += seen->escapes;
        for (unsigned k = 0; k < seen->limit_count; k++)
            total.waiting += seen->limits[k].waiting;
    }
    return total;
}
