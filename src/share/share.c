/* share.c - see share.h: which segments a process is a member of, and when it comes and goes. */
#include <string.h>

#include "clean.h"
#include "definition.h"
#include "find.h"
#include "members.h"
#include "system.h"
#include "timens.h"

/* Each has a limit of this process at least. */
static struct segment *segments[MAX_LIMITS];
static unsigned segment_count;
static struct finding finding; /* how they were found */

static int own_number(void)
{
    return (int)raw_call(SYS_getpid, 0, 0, 0, 0, 0);
}

static void enter_all(int pid)
{
    for (unsigned i = 0; i < segment_count; i++)
        members_enter(segments[i], pid);
}

/* Of another program, which finds those that have a file. */
static void enter_files(int pid)
{
    for (unsigned i = 0; i < segment_count; i++)
        if (!segments[i]->private)
            members_enter(segments[i], pid);
}

static void list_segments(void)
{
    for (unsigned i = 0; i < finding.config->count; i++) {
        bool listed = false;
        for (unsigned k = 0; k < segment_count; k++)
            listed |= segments[k] == finding.shares[i].segment;
        if (!listed)
            segments[segment_count++] = finding.shares[i].segment;
    }
}

/* Forks share what has no file. */
static bool find_private(void)
{
    unsigned limits = find_open(&finding, SCOPE_PROCESS);
    struct segment *segment = limits ? segment_private((uint32_t)__builtin_popcount(limits)) : NULL;
    if (!limits)
        return true;
    if (!segment)
        return find_fail(&finding, "cannot map shared memory for the limits: out of memory\n");
    find_begin(segment, finding.config);
    find_attach_all(&finding, limits, segment);
    return true;
}

bool share_start(struct config *config, struct share shares[MAX_LIMITS],
                 void (*tell)(const struct account *account), const char **notice,
                 struct config_error *error)
{
    finding = (struct finding){.config = config, .shares = shares, .error = error};
    clean_tell = config->summary ? tell : NULL;
    if (!find_trees(&finding) || !find_named(&finding) || !find_private())
        return false;
    list_segments();
    if (!*finding.tree) /* in no tree; but they are not the first ones */
        strcpy(finding.tree, "RL_TREE=" NO_NAMESPACE);
    enter_all(own_number());
    *notice = *finding.notice ? finding.notice : NULL;
    return true;
}

const char *share_tree(void)
{
    return finding.tree;
}

bool share_is_first(void)
{
    return !finding.config->trees;
}

struct segment *share_outermost(void)
{
    return segments[0];
}

void share_forked(void)
{
    for (unsigned i = 0; i < segment_count; i++)
        if (!segments[i]->private)
            timens_agree(segments[i]->made_at.distance_ns, true);
    members_look_anew();
    enter_all(own_number());
}

void share_execs(void)
{
    int self = own_number();
    enter_files(self);
    for (unsigned i = 0; i < segment_count; i++)
        if (segments[i]->private)
            members_leave(segments[i], self);
}

void share_exec_failed(void)
{
    enter_all(own_number());
}

/* Not in what only forks share: it may have run another program by now, and would be there still.
 */
void share_child(int pid)
{
    if (members_has_children())
        enter_files(pid);
}

/* In a namespace that is new, it is known here by another number. */
bool share_child_self(void)
{
    if (raw_call(SYS_getppid, 0, 0, 0, 0, 0) == 0)
        return false;
    enter_files(own_number());
    return true;
}

void share_leave(void)
{
    for (unsigned i = 0; i < segment_count; i++)
        members_leave(segments[i], own_number());
}

/* The last two may go at once: then both see that nobody is left, and one of them is first. */
static bool is_last(struct segment *segment)
{
    return !members_any(segment, true) &&
           __atomic_exchange_n(&segment->told, 1, __ATOMIC_SEQ_CST) == 0;
}

static unsigned limits_of(const struct segment *segment)
{
    unsigned limits = 0;
    for (unsigned k = 0; k < finding.config->count; k++)
        if (finding.shares[k].segment == segment)
            limits |= 1U << k;
    return limits;
}

unsigned share_last(bool *outermost)
{
    unsigned limits = 0;
    *outermost = false;
    for (unsigned i = 0; i < segment_count; i++) {
        if (!is_last(segments[i]))
            continue;
        *outermost |= i == 0;
        limits |= limits_of(segments[i]);
    }
    return limits;
}

/* One member in each turn. What is of a time to come, nobody wrote. */
unsigned share_due(uint64_t now_ns, uint64_t each_ns, uint64_t *next_ns)
{
    unsigned limits = 0;
    *next_ns = now_ns + each_ns;
    for (unsigned i = 0; i < segment_count; i++) {
        uint64_t told_ns = __atomic_load_n(&segments[i]->told_ns, __ATOMIC_RELAXED);
        bool due = told_ns > now_ns || now_ns - told_ns >= each_ns;
        if (due && __atomic_compare_exchange_n(&segments[i]->told_ns, &told_ns, now_ns, false,
                                               __ATOMIC_RELAXED, __ATOMIC_RELAXED))
            limits |= limits_of(segments[i]);
        else if (!due && told_ns + each_ns < *next_ns)
            *next_ns = told_ns + each_ns;
    }
    return limits;
}

bool share_is_edited(unsigned i)
{
    return finding.shares[i].segment->file_path == find_path_hash(finding.config) &&
           !share_has_read(i, finding.config->file_stamp);
}

bool share_has_read(unsigned i, uint64_t stamp)
{
    return __atomic_load_n(&finding.shares[i].segment->file_stamp, __ATOMIC_RELAXED) == stamp;
}

void share_note_read(unsigned i, uint64_t stamp)
{
    __atomic_store_n(&finding.shares[i].segment->file_stamp, stamp, __ATOMIC_RELAXED);
}

struct account share_account(unsigned i)
{
    const struct limit *limit = &finding.config->limits[i];
    const struct share *share = &finding.shares[i];
    struct account account = {
        .unit = limit->unit,
        .whole = !share->segment->private,
        .selective = limit->rules || limit->locals,
        .program = share->segment->program,
        .pid = share->segment->pid,
        .limit = share->limit,
    };
    definition_label(share->limit, limit->label, account.label);
    return account;
}
