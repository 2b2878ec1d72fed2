/* at_work.c - see at_work.h. */
#include <stdlib.h>
#include <string.h>

#include "at_work.h"
#include "cli.h"
#include "definition.h"
#include "directory.h"
#include "system.h"
#include "timens.h"

static int add_limits(struct all_at_work *all, const struct seen *seen, struct segment *segment,
                      uint32_t count)
{
    for (unsigned i = 0; i < count; i++) {
        struct account account;
        struct at_work *limit = &all->limits[all->count];
        if (all->count == MOST_AT_WORK)
            return say("'%s' means more than %d limits", seen->name, MOST_AT_WORK);
        if (!definition_account(segment, i, &account) ||
            !definition_limiter(segment, i, &limit->limiter))
            return say("%s is damaged", seen->name);
        limit->limiter.mends = true;
        limit->seen = seen;
        limit->segment = segment;
        limit->index = i;
        memcpy(limit->label, account.label, MAX_LABEL);
        all->count++;
    }
    return 0;
}

static int open_limits(struct all_at_work *all, const struct seen *seen)
{
    const char *why;
    uint32_t count;
    int directory = directory_open(seen->place, false, &why);
    if (directory < 0)
        return say("cannot change %s: %s", seen->name, why);
    char *file = format("%s%s", seen->named ? SHARED_PREFIX : TREE_PREFIX, seen->name);
    struct segment *segment = segment_open(directory, file, &count, &why);
    free(file);
    sys_close(directory);
    if (!segment)
        return say("cannot change %s: %s", seen->name, why ? why : "it has gone");
    timens_agree(segment->made_at.distance_ns, false);
    return add_limits(all, seen, segment, count);
}

int at_work_find(struct all_at_work *all, const char *what)
{
    all->count = 0;
    int status = look_at_all(&all->view, what);
    for (size_t i = 0; i < all->view.count && status == 0; i++)
        status = open_limits(all, &all->view.seen[i]);
    return status;
}

void at_work_done(struct all_at_work *all)
{
    look_away(&all->view);
}

const struct segment_limit *at_work_first(const struct at_work *limit)
{
    return &limit->segment->limits[limit->index];
}

bool at_work_is_called(const struct at_work *limit, const char *what)
{
    size_t length = strlen(what);
    return strncmp(limit->label, what, length) == 0 &&
           (limit->label[length] == '\0' || limit->label[length] == ' ');
}

void at_work_print_scope(FILE *out, const struct at_work *limit)
{
    fprintf(out, "%s%s", limit->seen->named ? "shared:" : "tree ", limit->seen->name);
}

void at_work_list(const struct all_at_work *all)
{
    for (unsigned i = 0; i < all->count; i++) {
        fputs("  ", stderr);
        at_work_print_scope(stderr, &all->limits[i]);
        fprintf(stderr, ": %s\n", all->limits[i].label);
    }
}
