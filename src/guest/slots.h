/*
 * slots.h - by which stdio(3) reaches the kernel.
 *
 * glibc calls no function that could be intercepted: each FILE has a table of functions, and those
 * that read, write, seek and close stand side by side in it (struct _IO_jump_t, libioP.h). There
 * are some eight tables, for bytes, wide characters, mapped files and pipes, and they are read-only
 * once libc has been relocated.
 */
#ifndef SLOTS_H
#define SLOTS_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

struct slots {
    ssize_t (*read)(FILE *stream, void *bytes, ssize_t length);
    ssize_t (*write)(FILE *stream, const void *bytes, ssize_t length);
    int (*close)(FILE *stream);
};

/*
 * slots_take - put `ours` in the place of libc's own functions, which *libc then has. Once, before
 * main. False, and nothing is changed, where that cannot be: no table holds the functions that this
 * libc exports under the names of those (musl has neither), or they cannot be written.
 */
bool slots_take(const struct slots *ours, struct slots *libc);

#endif
