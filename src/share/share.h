/*
 * share.h - what those who share a limit have in common, and where it lives.
 *
 * Of a scope of several processes that is a segment: a file in a directory of the user's own, which
 * each of them, its members, has mapped (segment.h). Nobody keeps a descriptor of it, and there is
 * no daemon. A tree is found by its name in the environment, RL_TREE, which the library of its
 * first process makes; `shared:NAME` by its name. Of the scope `process` it is memory without a
 * file, which forks have in common.
 *
 * All of it is started once, before main; the rest may be called from any call path.
 */
#ifndef SHARE_H
#define SHARE_H

#include "config.h"
#include "rl.h"

enum { SHARED_ALIGNMENT = 4096 };

/* The part of a limit that is shared; in a file, at the beginning of a page. */
struct shared_limit {
    uint64_t calls, units;  /* what passed, but for what is in line.own: see share_pass; */
    uint64_t held, held_ns; /* what of it had to wait, and for how long in all, */
    uint64_t refused;       /* and what did not pass */
    uint64_t estimated;     /* of the units, those that were told from the size alone */
    uint32_t met;           /* whether anybody was met whom it applies to */
    uint32_t unused;
    uint64_t changing_ns;      /* since when somebody changes it: see changing.h */
    char labels[2][MAX_LABEL]; /* what it is called since its n-th change, in n % 2 */
    struct rl_line line;
} __attribute__((aligned(SHARED_ALIGNMENT)));

/* share_limit_of - the one that a line is of. */
static inline struct shared_limit *share_limit_of(struct rl_line *line)
{
    return (struct shared_limit *)((char *)line - offsetof(struct shared_limit, line));
}

/*
 * What passed is counted in one word, so that a call that passes pays for one atomic addition and
 * no more: line.own has calls in its upper 24 bits, and units in its lower 40. Long before either
 * is full, whoever sees that carries both over. (Who is killed between the two steps of that takes
 * with him what was in there.)
 */
enum { PASSED_UNITS = 40, MOST_PASSED = 31 };
#define PASSED_FULL (UINT64_C(1) << 63 | UINT64_C(1) << (PASSED_UNITS - 1))

/* share_carry - of line.own, which is nearly full. */
void share_carry(struct shared_limit *limit);

/* share_pass - units of a limit passed, fewer than 2^MOST_PASSED, and whether a call began with
 * them. share_pass_many - any number. */
static inline void share_pass(struct shared_limit *limit, bool call, uint64_t units)
{
    uint64_t passed = (uint64_t)call << PASSED_UNITS | units;
    if (__builtin_expect(
            __atomic_add_fetch(&limit->line.own, passed, __ATOMIC_RELAXED) & PASSED_FULL, 0))
        share_carry(limit);
}
void share_pass_many(struct shared_limit *limit, bool call, uint64_t units);

/* share_estimate - of the units that pass, beside share_pass, so many were told from the size of
 * what was sent, since the connection cannot be read. Any number. */
static inline void share_estimate(struct shared_limit *limit, uint64_t units)
{
    __atomic_fetch_add(&limit->estimated, units, __ATOMIC_RELAXED);
}

/* share_correct - what was counted as so many units was so many. */
static inline void share_correct(struct shared_limit *limit, uint64_t counted, uint64_t was)
{
    __atomic_fetch_add(&limit->units, was - counted, __ATOMIC_RELAXED);
}

/* share_passed - how much did, in all. */
struct passed {
    uint64_t calls, units;
};
struct passed share_passed(const struct shared_limit *limit);

struct share {
    struct shared_limit *limit;
    struct segment *segment; /* that it lies in */
    uint64_t epoch_ns;       /* what its ticks count from */
    unsigned first_rule;     /* which rule of the segment is the first of its `to` list */
};

enum { PROGRAM_NAME = 24 };

/* What is told of a limit when all its members have gone. */
struct account {
    char label[MAX_LABEL];
    enum unit unit;
    bool whole;          /* of all processes of a tree, or of a name */
    bool selective;      /* it has a `to` or `local` list */
    const char *program; /* that began it, at most PROGRAM_NAME - 1 bytes of any kind, */
    unsigned pid;        /* and the number that it had */
    const struct shared_limit *limit;
};

/*
 * share_start - find, or make, what each limit of a configuration shares.
 * Limits of outer trees that the configuration does not have are added to it: nobody leaves a tree
 * by changing the environment. shares: one for each limit of the configuration as it is then.
 * notice: NULL, or what the user should be told, lines each with a newline; static memory.
 * tell: called for each limit of which members were to have a summary, and were all killed; but if
 * this process is to have none, they are left for one that is, or for the launcher.
 * Returns true, or false with *error filled in. Not from several threads at once.
 */
bool share_start(struct config *config, struct share shares[MAX_LIMITS],
                 void (*tell)(const struct account *account), const char **notice,
                 struct config_error *error);

/* share_tree - the variable for what this process starts, "RL_TREE=...", which leads to its trees,
 * if it is in any. Static memory. share_is_first - nobody who has limits has started it. */
const char *share_tree(void);
bool share_is_first(void);

/* share_forked - in a child: it is a member as well. */
void share_forked(void);

/* share_execs - a member becomes another program, which is to find its trees again: it is noted
 * anew, so that they stay until then. What only forks have in common it leaves. share_exec_failed -
 * it stays what it was. */
void share_execs(void);
void share_exec_failed(void);

/*
 * share_child - in the parent: a process of this number was forked, or started as a program, and is
 * about to become a member. The parent may end before that, and would tell the summary. Not if it
 * has another number in a namespace of its own.
 * share_child_self - so is the caller itself, as a child which has its parent's memory, or which
 * came without share_forked; false if it cannot be noted.
 */
void share_child(int pid);
bool share_child_self(void);

/*
 * share_escaped - a program is started that cannot be limited. path: any pointer to a string.
 * Returns false if one of that name has been before, of all members.
 */
bool share_escaped(const char *path);

/* share_escapes - how many there were, of all members of the outermost segment; and the i-th name
 * of them, NULL: there is none. name: where a copy of it goes. */
enum { ESCAPE_NAME = 56 };
unsigned share_escapes(void);
bool share_escape_name(unsigned i, char name[ESCAPE_NAME]);

/*
 * share_leave - the process ends, or is no member after all.
 * share_last - after that: the limits, a bit each, that nobody is left to tell of: their last
 * member has gone, and nobody has been told so. *outermost: those of the outermost segment are
 * among them.
 */
void share_leave(void);
unsigned share_last(bool *outermost);

/* share_account - what there is to tell of the i-th limit. It lasts as long as the configuration.
 */
struct account share_account(unsigned i);

/*
 * share_due - the limits, a bit each, of which a summary is due, if it is told each each_ns: then
 * the caller is to do that. *next_ns: when the next one is.
 */
unsigned share_due(uint64_t now_ns, uint64_t each_ns, uint64_t *next_ns);

/* share_is_edited - whether the file of RL_CONFIG, as this process has read it, is another one than
 * that of the i-th limit, of the same path. share_has_read - whether a member has read the
 * configuration file of that stamp and made the i-th limit what it says. share_note_read - one has.
 */
bool share_is_edited(unsigned i);
bool share_has_read(unsigned i, uint64_t stamp);
void share_note_read(unsigned i, uint64_t stamp);

/*
 * share_learn - an address belongs to a host name: to the n-th rule of the limit's `to` list. All
 * members know then. False: there is no room for it. share_is_learnt - whether one does.
 */
bool share_learn(const struct share *share, unsigned n, const unsigned char address[16]);
bool share_is_learnt(const struct share *share, unsigned n, const unsigned char address[16]);

/*
 * What members have learnt of a provider of models, under a hash of names, not 0. It is advice: of
 * many names at once some are forgotten.
 *
 * share_model - what its answers have shown: false, nothing so far. share_learn_model - they do.
 * share_close - a host wants no requests until that instant. share_closed_until - until when; 0, or
 * past: it takes them. Never further ahead than MOST_CLOSED_NS.
 */
struct model {
    uint32_t ratio;  /* bytes of text that are 1024 tokens */
    uint32_t output; /* tokens of an answer, to a request that sets no bound */
};
#define MOST_CLOSED_NS (3600 * RL_SECOND)
bool share_model(const struct share *share, uint64_t key, struct model *model);
void share_learn_model(const struct share *share, uint64_t key, const struct model *model);
uint64_t share_closed_until(const struct share *share, uint64_t host, uint64_t now_ns);
void share_close(const struct share *share, uint64_t host, uint64_t until_ns);

#endif
