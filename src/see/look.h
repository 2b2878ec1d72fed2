/*
 * look.h - what the limits of trees and names are at, for those who look at it from outside.
 *
 * A segment is copied as a whole, and the copy is checked before anything of it is believed: what
 * is told here is plain numbers, and text of printable ASCII. It is open for no longer than that
 * takes, since while it is, nobody can tell whether it is in use (clean.c), and nobody who looks
 * becomes a member. What has no file cannot be seen: limits of the scope `process`.
 *
 * By processes only what /proc has is told: a limit does not know which of its members sent what.
 *
 * For programs of their own, from one thread: it allocates memory.
 */
#ifndef LOOK_H
#define LOOK_H

#include "segment.h"

/* A limit at work. */
struct seen_limit {
    char label[MAX_LABEL];
    enum unit unit;
    bool selective; /* it has a `to` or `local` list */
    bool paused;    /* nothing passes until it is resumed */
    uint64_t capacity, period_ns, burst;
    struct passed passed;
    uint64_t held, held_ns, refused, estimated;
    uint64_t level;   /* units that would conform at once */
    unsigned waiting; /* how many stand in line */
};

/* A member that lives. */
enum { COMMAND_SHOWN = 128 };
struct seen_process {
    unsigned pid;
    uint64_t since_ns;           /* as of struct seen: when it became one; 0: not known */
    char command[COMMAND_SHOWN]; /* its arguments, or its name; "" if that is not to be had */
};

/* A tree, or a name. */
struct seen {
    int place;                      /* which directory it is in, of directory.h */
    bool named;                     /* shared:NAME */
    char name[MAX_SHARED_NAME + 1]; /* that, or the number of the tree */
    char program[PROGRAM_NAME];     /* who began it, */
    unsigned pid;
    uint64_t since_ns;  /* and when: CLOCK_REALTIME, to a second */
    uint64_t looked_ns; /* when this was so, CLOCK_MONOTONIC */
    unsigned escapes;   /* programs that were started and could not be limited */
    unsigned elsewhere; /* members in other namespaces of pids, which may live */
    unsigned limit_count, process_count;
    struct seen_limit limits[MAX_LIMITS];
    struct seen_process *processes; /* in the order of their numbers */
};

struct view {
    struct seen *seen; /* oldest first */
    size_t count, unread;
    char why[128]; /* of the last file that could not be read, what is wrong with it */
};

/* look - at all trees and names of the user. To be given back with look_away, also before a new
 * look. Returns false if there is no memory. */
bool look(struct view *view);
void look_away(struct view *view);

/* look_only - leave out all that are not meant: by a name, as it is or behind `shared:`; the number
 * of a tree, or how that begins; the number of a process that began it, or is a member. NULL: all
 * are. Returns how many are left. */
size_t look_only(struct view *view, const char *what);

/* look_is_member - whether it has that one among its processes. */
bool look_is_member(const struct seen *seen, unsigned pid);

/* look_total - members of all, each once as of each, and those who wait. */
struct look_total {
    size_t trees, names;
    unsigned processes, waiting, escapes;
};
struct look_total look_total(const struct view *view);

#endif
