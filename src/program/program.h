/*
 * program.h - which program a file is, and whether LD_PRELOAD reaches it.
 *
 * What counts is the program that in the end makes the calls: of a script, its interpreter.
 *
 * All functions here may be called from anywhere, as in a signal handler, a vfork child or between
 * fork and exec of a program with threads, and by many threads at once: they have no state, take
 * no lock, allocate nothing, and leave errno alone. A judgement needs less than 2 KiB of stack and
 * some 50 system calls; descriptors are close-on-exec, and closed again. Where a process has shut
 * itself in with seccomp(2), it may be killed for these: openat, newfstatat, pread64 and close; of
 * users but root, fgetxattr; of files with privileges, fstatfs and prctl.
 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

#include "elf_file.h"
#include "script.h"

/* Why a program cannot be limited; the one that explains most comes first. */
enum reason {
    DAMAGED,       /* not a valid program */
    OTHER_MACHINE, /* another architecture or word size */
    STATIC,        /* no dynamic loader, which would read LD_PRELOAD */
    OTHER_LIBC,    /* another kind of dynamic loader than ours */
    GO_PROGRAM,    /* makes its system calls itself */
    SET_USER_ID,   /* these four: the loader runs in secure mode, ld.so(8) */
    SET_GROUP_ID,
    CAPABILITIES,
    CALLER_IDS,
    NO_LIBRARY,    /* of where it is started, not of the program: for who starts it to add */
    NO_DESCRIPTOR, /* is left to look at it with */
    REASONS        /* how many there are */
};

enum { LONGEST_WORDS = 320 /* of a reason, bytes */ };

struct judgement {
    unsigned reasons; /* a bit each, 1 << enum reason */
    /*
     * The file is not there, not readable, no regular one, or not executable to anybody: nothing is
     * known of it but, perhaps, its privileges.
     */
    bool unreadable;
    struct elf elf;
    unsigned owner, group; /* of the file */
};

/*
 * program_judge - judge the program that execveat(2) with these arguments (execve: AT_FDCWD, path,
 * 0) would in the end run, through all first lines of scripts; what the kernel does not know is for
 * /bin/sh, as with execvp(3). path may be any pointer at all, as to the kernel.
 */
void program_judge(int directory, const char *path, int flags, struct judgement *judgement);

/*
 * program_look - the same, but a single step. Returns true if the file is not what would be run,
 * but a script for another, who is in *script then, and whose path is relative to the working
 * directory; path may be the interpreter of the same *script.
 */
bool program_look(int directory, const char *path, int flags, struct judgement *judgement,
                  struct script *script);

/*
 * program_search - find a command as execvp(3) does: one with a slash is a path, else it is
 * searched for in list, the value of PATH; NULL: where libc searches without.
 * path: where what is found is written, of that size; PATH_MAX is always enough.
 * Returns 0; EACCES if what was found may not be run (path has the first of it); ENAMETOOLONG if
 * the path would have to be longer; another errno value, ENOENT mostly, if nothing was found.
 */
int program_search(const char *list, const char *command, char *path, size_t size);

/*
 * program_is - what it is for that reason: "statically linked". words: of LONGEST_WORDS, or a size
 * that cuts it off; always terminated.
 */
void program_is(const struct judgement *judgement, enum reason reason, char *words, size_t size);

/* reason_consequence - why that matters; reason_advice - what to do: a line or two. */
const char *reason_consequence(enum reason reason);
const char *reason_advice(enum reason reason);

/*
 * program_would_complain - whether the loader of a program with these reasons would print something
 * of an LD_PRELOAD with librlshim.so, which does not fit into it, or is not there. Without a loader
 * nobody does, nor one in secure mode, which ignores paths in silence (ld.so(8)).
 */
bool program_would_complain(unsigned reasons);

#endif
