/*
 * directory.h - where segments have names: a directory of the user's own, of mode 700.
 *
 * In /dev/shm, or where that cannot be used, in /tmp. Another user may have been there first: then
 * it is not ours, and not used.
 */
#ifndef DIRECTORY_H
#define DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>

enum { DIRECTORIES = 2 };

/*
 * directory_open - open the i-th one. make: make it, if need be.
 * Returns a descriptor; or, with *why, a phrase in static memory: -1, it cannot be used; or
 * DIRECTORY_SPOILT, and no other one is to be, since there may be members who do use it.
 */
enum { DIRECTORY_SPOILT = -2 };
int directory_open(int i, bool make, const char **why);

/* directory_path - for messages: "/dev/shm/rlshim-1000". Static memory. */
const char *directory_path(int i);

/* directory_each - look at each name in an open directory. */
void directory_each(int directory, void (*look)(int directory, const char *name, void *argument),
                    void *argument);

#endif
