/*
 * slots.h - by which stdio(3) reaches the kernel.
 *
 * glibc calls no function there that could be intercepted: each FILE has a table of functions, and
 * those that read, write, seek and close stand side by side in it (struct _IO_jump_t, libioP.h).
 * There are some eight tables, for bytes, wide characters, mapped files and pipes, and they are
 * read-only once libc has been relocated.
 */
#ifndef SLOTS_H
#define SLOTS_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

/* In the order of the tables. */
struct slots {
    ssize_t (*read)(FILE *stream, void *bytes, ssize_t length);
    ssize_t (*write)(FILE *stream, const void *bytes, ssize_t length);
    off64_t (*seek)(FILE *stream, off64_t offset, int whence);
    int (*close)(FILE *stream);
};

/*
 * slots_find - libc's own functions, by the names under which it exports them, and the tables that
 * hold them. Before main. False where there are none: with musl, and with a glibc whose tables are
 * not as they have been so far.
 */
bool slots_find(struct slots *libc);

/*
 * slots_take - put `ours` in the place of those that slots_find found; but for seek, and for close
 * where a table has one of its own. From any call path, but once. It makes two system calls, by
 * number: that the program's memory is written is no business of other preloads. False, and nothing
 * is changed, if the kernel refuses the first.
 */
bool slots_take(const struct slots *libc, const struct slots *ours);

#endif
