/*
 * segment.h - the memory that holds the limits of a scope: its layout.
 *
 * It may hold anything: a file can be damaged, and members of other builds write to it. So widths
 * are fixed, what is read is bounded and copied before it is checked (definition.c), and the lines
 * of limits are advice, but for a word, which can hold up nobody longer than its limit and burst
 * (limiter.c), unless somebody has written a change of the rate, with all that makes it one.
 * Written before the file gets its name, and then never again: all but what says so.
 *
 * Most of it is never needed, and each page of it would delay the start of a tree, and the cleaning
 * up after it, by 2 us: so room for it is asked for when it is (pages.h). What stands first in it,
 * up to FIRST_MEMBERS of its members, and the beginning of each of `shared`, as far as LINE_TOUCHED
 * of its line, has room from the start.
 */
#ifndef SEGMENT_H
#define SEGMENT_H

#include "line.h"
#include "share.h"

/* "rlshim", and behind it the version, of which the sizes of the layout are a part. Files of others
 * are not touched. */
#define SEGMENT_NAME    UINT64_C(0x6d6968736c72)
#define SEGMENT_VERSION (3 + sizeof(struct segment) + sizeof(struct shared_limit) / 64)
#define SEGMENT_MAGIC   (SEGMENT_NAME | (uint64_t)SEGMENT_VERSION << 48)

enum {
    MEMBERS = 1024,
    MEMBER_GROUP = MEMBERS / 32, /* in `used_groups` a bit each */
    FIRST_MEMBERS = 128,
};

/* A process that has it mapped, or is about to. So that it can be told whether one is alive: see
 * members.h. Written by members. */
struct member {
    uint64_t id;       /* number and namespace; 0: nobody */
    uint64_t since_ns; /* CLOCK_BOOTTIME; 0: not known yet */
};

/* A struct limit, as it was configured. */
struct segment_limit {
    uint64_t capacity, period_ns, burst, timeout_ns;
    uint32_t calls;
    uint8_t unit, algo, mode, nonblock;
    uint8_t counted, reads, only_models, cached_is_free;
    uint32_t unused;
    uint16_t first_rule, rules, first_local, locals;
    char label[MAX_LABEL];
};

/* A struct to_rule. */
struct segment_rule {
    uint8_t kind, exclude, loopback, prefix;
    uint16_t port, name_at; /* in `names` */
    uint8_t address[16];
};

/* An address of a host name. Written by members. */
enum { LEARNT = 512 };
struct learnt {
    uint32_t rule; /* of `rules`, the index + 1; written last, 0: not yet */
    uint8_t address[16];
};

/* A program that was started and could not be limited. Written by members. */
enum { ESCAPES = 16 };
struct escaped {
    uint64_t hash; /* of its path; 0: none */
    char name[ESCAPE_NAME];
};

/* What is known of a provider's model, and until when a host wants no requests: by hashes of their
 * names. Written by members; either part may be of another than the key says. */
enum { MODELS = 64, CLOSED_HOSTS = 16 };
struct known_model {
    uint64_t key; /* 0: none */
    uint32_t ratio, output;
};
struct closed_host {
    uint64_t host; /* 0: none */
    uint64_t until_ns;
};

/* Where its maker was. To find it out takes long; but who comes after him is mostly where he was,
 * which is soon seen. */
struct whereabouts {
    int64_t distance_ns; /* of clocks: see timens.h */
    uint64_t proc;       /* which /proc he saw, and */
    uint32_t namespace;  /* what his number is of: see members.h */
    uint32_t unused;
};

struct segment {
    uint64_t magic;
    uint64_t epoch_ns;     /* what the ticks of all its limits count from, ns of CLOCK_MONOTONIC */
    uint32_t count;        /* limits */
    uint32_t pid;          /* of who made it */
    uint32_t escaped;      /* how often a program was; written by members */
    uint32_t private;      /* it has no file */
    uint32_t used_groups;  /* of members: the others never had one; written by members */
    uint32_t learnt_count; /* places of `learnt` that are given away; written by members */
    struct whereabouts made_at;
    uint32_t summary; /* whether a member wants to be told; written by members */
    uint32_t told;    /* that the last member has gone; written by members */
    char program[PROGRAM_NAME];
    uint64_t file_path;  /* of the RL_CONFIG that its limits are of, a hash; 0: of none */
    uint64_t file_stamp; /* of that as it was read last, and */
    uint64_t told_ns;    /* when a summary was told; written by members */
    uint64_t unused[1];
    struct segment_limit limits[MAX_LIMITS];
    struct escaped escapes[ESCAPES];
    /* Each group in one page. */
    struct member members[MEMBERS] __attribute__((aligned(MEMBER_GROUP * sizeof(struct member))));
    struct segment_rule rules[MAX_RULES];
    char names[NAME_SPACE + 8]; /* each behind a zero, and one more at the end */
    struct learnt learnt[LEARNT];
    struct known_model models[MODELS];
    struct closed_host closed[CLOSED_HOSTS]; /* directly behind */
    struct shared_limit shared[];            /* `count` of them; written by members */
};

_Static_assert(sizeof(struct segment_limit) == 104 && sizeof(struct segment_rule) == 24 &&
                   sizeof(struct member) == 16 && sizeof(struct shared_limit) == 36864 &&
                   offsetof(struct segment, members) == 2048 && sizeof(struct segment) == 45056,
               "builds of all kinds share it; else the version is another one");

_Static_assert(offsetof(struct segment, members[FIRST_MEMBERS]) <= SHARED_ALIGNMENT &&
                   offsetof(struct shared_limit, line) + LINE_TOUCHED <= SHARED_ALIGNMENT,
               "a page each");

static inline size_t segment_size(uint32_t count)
{
    return sizeof(struct segment) + count * sizeof(struct shared_limit);
}

/* share_outermost - the first one of this process. */
struct segment *share_outermost(void);

/* segment_invent - a number that names no other one, in hexadecimal digits. */
enum { ID_LETTERS = 16 };
void segment_invent(char digits[ID_LETTERS + 1]);

/* What their names begin with; and that of one that is not complete yet. */
#define TREE_PREFIX   "tree-"
#define SHARED_PREFIX "shared-"
#define NEW_PREFIX    ".new-"

/* segment_private - one without a file, all zeroes, for a process and its forks; NULL: there is no
 * memory. */
struct segment *segment_private(uint32_t count);

/* segment_open - map the one of that name in a directory. Returns it, with how many limits it has
 * room for; or NULL with *why: NULL if there is none, else what is wrong with it, static memory. */
struct segment *segment_open(int directory, const char *name, uint32_t *count, const char **why);

/* segment_make - make one, map it, let `fill` write to it, which returns 0 or an errno value, and
 * only then give it the name. NULL with *error, an errno value; EEXIST: there is one by now. */
struct segment *segment_make(int directory, const char *name, uint32_t count,
                             int (*fill)(struct segment *segment, const void *argument),
                             const void *argument, int *error);

/* segment_map - likewise of an open file. */
struct segment *segment_map(int fd, uint32_t *count, const char **why);

/* segment_has_room_for_rules - and for the names in them. segment_has_room_for_providers - for what
 * is known of them, which who has a limit that reads looks at. */
bool segment_has_room_for_rules(const struct segment *segment);
bool segment_has_room_for_providers(const struct segment *segment);

/* segment_is_foreign - whether another version has written such a magic. */
bool segment_is_foreign(uint64_t magic);

void segment_unmap(struct segment *segment, uint32_t count);

#endif
