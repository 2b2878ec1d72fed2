/* preload.c - where librlshim.so is, and LD_PRELOAD with it in front. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "cli.h"
#include "file.h"

#define LIBRARY "librlshim.so"

enum { MOST_PLACES = 3 };

/*
 * The directory of this program, symbolic links resolved; NULL if it is unknown. Without /proc, as
 * in a bare chroot(2), by the path that execve(2) was given, be it one that was found along PATH.
 */
static char *own_directory(void)
{
    char *path = realpath("/proc/self/exe", NULL);
    // NOLINTNEXTLINE(performance-no-int-to-ptr)
    const char *executed = (const char *)getauxval(AT_EXECFN);
    if (!path && executed)
        path = realpath(executed, NULL);
    if (path)
        *strrchr(path, '/') = '\0';
    return path;
}

/*
 * Beside the program (a build tree), in ../lib, where `make install` put it. The directory is
 * resolved already, so its parent is what stands before the last slash.
 */
static size_t list_places(char *places[MOST_PLACES])
{
    size_t count = 0;
    char *directory = own_directory();
    if (directory) {
        places[count++] = format("%s/" LIBRARY, directory);
        char *slash = strrchr(directory, '/');
        if (slash)
            *slash = '\0';
        places[count++] = format("%s/lib/" LIBRARY, directory);
        free(directory);
    }
#ifdef RL_LIBDIR
    places[count++] = format("%s/" LIBRARY, RL_LIBDIR);
#endif
    return count;
}

static char *find_library(void)
{
    char *places[MOST_PLACES];
    size_t count = list_places(places);
    char *found = NULL;
    for (size_t i = 0; i < count && !found; i++)
        if (access(places[i], R_OK) == 0)
            found = format("%s", places[i]);
    if (!found) {
        say("cannot find " LIBRARY ", without which nothing is limited; looked at:");
        for (size_t i = 0; i < count; i++)
            fprintf(stderr, "  %s\n", places[i]);
        char *known = own_directory();
        if (!known)
            fputs("Where rlshim is itself is not known, since /proc is not mounted: mount it, or "
                  "run rlshim by its path.\n",
                  stderr);
        free(known);
        fputs("Keep rlshim and " LIBRARY " together, as make and make install do.\n", stderr);
    }
    for (size_t i = 0; i < count; i++)
        free(places[i]);
    return found;
}

static bool same_file(const char *a, const char *b)
{
    struct stat one, other;
    return file_status(AT_FDCWD, a, 0, &one) == 0 && file_status(AT_FDCWD, b, 0, &other) == 0 &&
           one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

/* Separators are those of ld.so(8). */
static bool is_listed(const char *list, const char *library)
{
    while (*(list += strspn(list, " :"))) {
        size_t length = strcspn(list, " :");
        char *item = strndup(list, length);
        bool same = item && same_file(item, library);
        free(item);
        if (same)
            return true;
        list += length;
    }
    return false;
}

/* In another root directory the same path must lead to a library; absolute symbolic links that
 * lead there otherwise are not followed. */
static bool is_below(const char *root, const char *library)
{
    char *path = format("%s/%s", root, library);
    bool is_there = access(path, R_OK) == 0;
    free(path);
    return is_there;
}

bool make_preload(const char *root)
{
    char *library = find_library();
    if (!library)
        return false;

    bool made = false;
    const char *before = getenv("LD_PRELOAD");
    /* ld.so(8) splits the list at spaces and colons, expands $ORIGIN, and knows no quoting. */
    if (library[strcspn(library, " :$")]) {
        say("cannot preload %s: LD_PRELOAD cannot hold a path with a space, ':' or '$' in it\n"
            "Install rlshim, or build it, below a directory without these.",
            library);
    } else if (root && !is_below(root, library)) {
        say("cannot limit what runs in %s: there is no %s in it\n"
            "Run rlshim inside, as in 'chroot %s rlshim -u 1MB COMMAND'; or put the library there.",
            root, library, root);
    } else if (before && is_listed(before, library)) {
        made = true;
    } else {
        char *list = before && *before ? format("%s:%s", library, before) : format("%s", library);
        made = setenv("LD_PRELOAD", list, true) == 0;
        if (!made)
            say("cannot set LD_PRELOAD: %s", strerror(errno));
        free(list);
    }
    free(library);
    return made;
}
