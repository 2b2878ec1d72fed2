/*
 * inherit.h - what children get of this process's environment, however it was cleaned: LD_PRELOAD
 * with this library in it, and all RL_ variables.
 *
 * Kept since the start; later it is too late to ask: programs overwrite the strings that they were
 * started with by a title of theirs, point environ elsewhere, or have a getenv of their own.
 *
 * A child's environment is completed in memory of the caller's, in two steps, as alloca(3) wants
 * it: inherit_room, and, unless that is 0, inherit_complete. Its own entries are kept as they are,
 * and in their order: duplicates, those without `=`, bytes that are no text. But
 *   LD_PRELOAD   if this library is not in the list it is put in front; if there is no list, one is
 *                added, which is that of the start, if this library was in it;
 *   RL_...       each variable of the start that is missing is added; one that is there is the
 *                child's own business;
 *   RL_TREE      is what inherit_tree was given, if it was.
 * Both from any call path, a vfork child included: nothing that lasts is written, and errno is left
 * alone.
 */
#ifndef INHERIT_H
#define INHERIT_H

#include <stdbool.h>
#include <stddef.h>

/* inherit_save - once, at the start, before another thread can see that it is over; without it
 * nothing is ever missing. False if there is no memory. Allocates nothing. */
bool inherit_save(void);

/* inherit_tree - the entry `RL_TREE=...` that each child gets, whatever it has itself; NULL: none.
 * The string must stay. Before the start is over. */
void inherit_tree(const char *entry);

/* inherit_library - the name of this library that children get; NULL: none. */
const char *inherit_library(void);

/* What is done about LD_PRELOAD. */
enum inherit {
    INHERIT_PRELOAD,    /* this library is in the list */
    INHERIT_NO_PRELOAD, /* it is not: for a program that it does not fit into */
};

/*
 * inherit_room - how many bytes the completed environment takes, pointers and new strings; 0: it
 * lacks nothing, or is none that the kernel takes, and is to go as it is. envp: NULL is an empty
 * one, as in execve(2).
 */
size_t inherit_room(char *const envp[], enum inherit how);

/* inherit_complete - put it together in so many bytes, aligned for pointers. Should another thread
 * change the environment meanwhile, what does not fit any more is left out. Returns memory. */
char **inherit_complete(void *memory, size_t room, char *const envp[], enum inherit how);

#endif
