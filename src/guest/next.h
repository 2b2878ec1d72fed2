/* next.h - this library among those that are loaded, and the functions of those behind it. */
#ifndef NEXT_H
#define NEXT_H

#include <link.h>
#include <stdbool.h>
#include <stddef.h>

/* Of this library, as ld(1) gives it. glibc's link.h declares it, too, and musl's does not. */
extern ElfW(Dyn) _DYNAMIC[] __attribute__((visibility("hidden")));

/*
 * next_functions - of those that are NULL, what dlsym(RTLD_NEXT, name) would return, but for ones
 * that are chosen when they are bound. They stay NULL if there are none. names: one behind the
 * other, each with its zero; an array of pointers to them would have to be relocated at each start.
 * Allocates nothing: for calls from inside malloc itself.
 */
void next_functions(const char *names, void **functions, int count);

/*
 * next_anywhere - that function of the first library that has it, this one left out; NULL if there
 * is none. For when this one was loaded by dlopen(3): then libc, which it needs, stands before it.
 */
void *next_anywhere(const char *name);

/*
 * next_quietly - the next function of that name; if there is none, that of the first library that
 * has it, this one left out. Calls nothing of libc's but getauxval(3): for whoever asks before
 * libc's functions work, as the runtime of a sanitizer does, which has its own of their names, and
 * looks up what these are to call. Takes no lock, so it is for a time when nothing is loaded.
 */
void *next_quietly(const char *name);

/* next_own - the function of that name that this library exports, NULL if there is none. */
void *next_own(const char *name);

/* next_is_own - whether it is this library that dl_iterate_phdr(3) tells of; next_covers - whether
 * the address lies in what it tells of. */
bool next_is_own(const struct dl_phdr_info *info);
bool next_covers(const struct dl_phdr_info *info, const void *address);

/*
 * next_together - the functions of the first library, be it the program, that has all of them;
 * also of one that was loaded for somebody only (RTLD_LOCAL). False if there is none. Allocates
 * nothing, and leaves errno alone.
 * next_unloaded - how often one was unloaded so far: while that stays the same, what was found
 * since is there.
 */
bool next_together(const char *names, void **functions, int count);
unsigned long long next_unloaded(void);

/* next_is_first - whether no other copy of this library, as of another build, was loaded before it:
 * each call passes that one first. */
bool next_is_first(void);

/* next_own_name - what the loader calls this library: the name by which it was opened, relative or
 * not. It is the loader's own string. Allocates nothing, and leaves errno alone. */
const char *next_own_name(void);

/*
 * next_relocated - of the library that `address` lies in, what is only read once it has been
 * relocated (PT_GNU_RELRO), with pages that ld.so has made so. False if there is none. Allocates
 * nothing.
 */
struct relocated {
    void **begin, **end;
    char *pages;
    size_t pages_length;
};
bool next_relocated(const void *address, struct relocated *relocated);

#endif
