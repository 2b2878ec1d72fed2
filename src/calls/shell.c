/*
 * shell.c - system, popen, wordexp: what libc has run by the shell.
 *
 * It gives the shell `environ`, by functions of its own that nobody can intercept. So if that lacks
 * something, it is put back into environ itself, where the program then sees it. That is an array
 * that stays, since whoever has a copy of environ may look at it whenever he likes; it is made once
 * for each time that a program cleans its environment.
 */
#include <errno.h>
#include <paths.h>
#include <string.h>

#include "child.h"
#include "real.h"
#include "zeroes.h"

/* The array that was made last. A program that cleans its environment again and again gets that
 * again; unless it has changed it, as setenv(3) does. */
static char **last;
static size_t last_room;

/* Both have so many bytes; what stands behind the pointers is looked at only where it is ours. */
static bool is_same(char **one, char **other, size_t room)
{
    char **a = one, **b = other;
    for (; *a && *b; a++, b++) {
        size_t at = (size_t)(*a - (char *)one);
        bool ours = at < room && at == (size_t)(*b - (char *)other);
        if (*a != *b && !(ours && strcmp(*a, *b) == 0))
            return false;
    }
    return !*a && !*b;
}

/* False with errno set: there is no memory, or the shell is refused. */
static bool complete_environ(void)
{
    struct child shell = {.directory = AT_FDCWD, .path = _PATH_BSHELL};
    if (!child_may(&shell))
        return false;
    size_t room = inherit_room(environ, shell.how);
    if (room == 0)
        return true;
    void *memory = zeroes_map(room);
    if (!memory) {
        errno = ENOMEM;
        return false;
    }
    char **completed = inherit_complete(memory, room, environ, shell.how);
    char **before = __atomic_load_n(&last, __ATOMIC_ACQUIRE);
    if (before && last_room == room && is_same(before, completed, room)) {
        zeroes_unmap(memory, room);
        completed = before;
    }
    last_room = room;
    __atomic_store_n(&last, completed, __ATOMIC_RELEASE);
    __atomic_store_n(&environ, completed, __ATOMIC_RELEASE);
    return true;
}

/* Of no command it only asks whether there is a shell. */
int system(const char *command)
{
    if (command && !complete_environ())
        return -1;
    return REAL(system)(command);
}

FILE *popen(const char *command, const char *mode)
{
    return complete_environ() ? REAL(popen)(command, mode) : NULL;
}

int wordexp(const char *words, wordexp_t *expansion, int flags)
{
    return complete_environ() ? REAL(wordexp)(words, expansion, flags) : WRDE_NOSPACE;
}

ALIAS_OF(_IO_popen, popen);
