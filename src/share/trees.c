/*
 * trees.c - the segments of the scope `tree`.
 *
 * RL_TREE names those that this process is in, outermost first. Each limit of theirs is one of the
 * configuration, which came down to this process with the environment, or is added to it. What the
 * configuration has more, whoever started this process has added, as a launcher within a launcher
 * does: another tree begins here, within the others.
 */
#include <stdlib.h>
#include <string.h>

#include "definition.h"
#include "digits.h"
#include "find.h"
#include "members.h"
#include "place.h"

/* The limit of the configuration that is the i-th of a segment, or has become it. -1: it cannot be,
 * and *why says so. */
static int limit_of(struct finding *finding, struct segment *segment, unsigned i, const char **why)
{
    for (unsigned rest = find_open(finding, SCOPE_TREE); rest; rest &= rest - 1) {
        int limit = __builtin_ctz(rest);
        if (definition_is(segment, i, finding->config, &finding->config->limits[limit]))
            return limit;
    }
    for (unsigned rest = find_open(finding, SCOPE_TREE); rest; rest &= rest - 1)
        if (find_is_edited(finding, (unsigned)__builtin_ctz(rest), segment, i))
            return __builtin_ctz(rest);
    return definition_read(segment, i, finding->config, why) ? (int)finding->config->count - 1 : -1;
}

static bool join(struct finding *finding, const char *name, const struct placed *placed)
{
    if (!find_is_of_now(placed->segment))
        return find_fail(finding,
                         "cannot join the limits of this tree, %s: they are of before the last "
                         "boot, or of another clock\n"
                         "  RL_SCOPE=process limits each process by itself\n",
                         name);
    for (unsigned i = 0; i < placed->count; i++) {
        const char *why = NULL;
        int limit = limit_of(finding, placed->segment, i, &why);
        if (limit < 0)
            return find_fail(finding,
                             "cannot join the limits of this tree, %s: %s\n"
                             "  RL_SCOPE=process limits each process by itself\n",
                             name, why ? why : "with those of the environment they are too many");
        find_attach(finding, (unsigned)limit, placed->segment, i);
    }
    return true;
}

static void name_tree(char name[MAX_SEGMENT_NAME], const char *id)
{
    memcpy(name, TREE_PREFIX, sizeof TREE_PREFIX - 1);
    memcpy(name + sizeof TREE_PREFIX - 1, id, ID_LETTERS + 1);
}

static void add_id(struct finding *finding, const char *id)
{
    char *end = strchr(finding->tree, '\0');
    if (end == finding->tree)
        end = digits_hexadecimal(stpcpy(end, "RL_TREE="), NAMESPACE_LETTERS, members_namespace());
    *end++ = ',';
    memcpy(end, id, ID_LETTERS + 1);
}

/* The next item of a list, if it has so many letters. */
static bool take_item(const char **list, size_t letters, char *item)
{
    bool fits = strchrnul(*list, ',') == *list + letters;
    if (fits) {
        memcpy(item, *list, letters);
        item[letters] = '\0';
        *list += letters + ((*list)[letters] == ',');
    }
    return fits;
}

static bool join_one(struct finding *finding, const char *id, char lost[ID_LETTERS + 1])
{
    char name[MAX_SEGMENT_NAME];
    struct placed placed;
    name_tree(name, id);
    switch (place_find(name, &placed, finding->error)) {
    case PLACE_FOUND:
        add_id(finding, id);
        return join(finding, name, &placed);
    case PLACE_NONE:
        memcpy(lost, id, ID_LETTERS + 1);
        return true;
    case PLACE_MADE:
    case PLACE_FAILED:
        break;
    }
    return false;
}

/* Not strtoul(3): from glibc 2.38 on that is a new function, which older ones do not have. */
static uint32_t number_of(const char *letters)
{
    uint32_t number = 0;
    for (; *letters; letters++)
        number = number << 4 | ((*letters & 0xfU) + (*letters > '9' ? 9 : 0));
    return number;
}

/* lost: the last one that is not there, or "". */
static bool join_all(struct finding *finding, char lost[ID_LETTERS + 1])
{
    const char *list = finding->config->trees;
    char namespace[NAMESPACE_LETTERS + 1], id[ID_LETTERS + 1];
    bool good = !list || take_item(&list, NAMESPACE_LETTERS, namespace);
    if (good && list)
        members_is_in(number_of(namespace));
    for (int trees = 0; good && list && *list; trees++) {
        /* Not twice: who waits twice in one line waits for himself. */
        good = trees < MAX_TREES && take_item(&list, ID_LETTERS, id) && !strstr(finding->tree, id);
        if (good && !join_one(finding, id, lost))
            return false;
    }
    return good || find_fail(finding, "RL_TREE=%.80s: not what rlshim made of it: unset it\n",
                             finding->config->trees);
}

/* One that is lost gets its name again: then those of its members that start later meet there. */
static bool begin(struct finding *finding, unsigned limits, const char *lost)
{
    struct making making = {finding->config, limits};
    struct placed placed = {.count = (uint32_t)__builtin_popcount(limits)};
    char id[ID_LETTERS + 1], name[MAX_SEGMENT_NAME];
    segment_invent(id);
    name_tree(name, *lost ? lost : id);
    switch (place_make(name, &placed, find_fill, &making, finding->error)) {
    case PLACE_MADE:
        find_attach_all(finding, limits, placed.segment);
        break;
    case PLACE_FOUND:
        if (!join(finding, name, &placed))
            return false;
        break;
    case PLACE_NONE:
    case PLACE_FAILED:
        return false;
    }
    add_id(finding, *lost ? lost : id);
    return true;
}

bool find_trees(struct finding *finding)
{
    char lost[ID_LETTERS + 1] = "";
    if (!join_all(finding, lost))
        return false;
    unsigned open = find_open(finding, SCOPE_TREE);
    if (*lost)
        find_notice(finding,
                    "rlshim: the limits of this tree are not to be found any more (" TREE_PREFIX
                    "%s): their file was deleted, or it is another user's, or out of sight. %s\n",
                    lost,
                    open ? "They begin anew here, beside those of processes that still have them"
                         : "Here they end");
    return !open || begin(finding, open, lost);
}
