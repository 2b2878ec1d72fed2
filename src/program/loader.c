/*
 * loader.c - which dynamic loader is ours.
 *
 * The one that this process was started with: it is what loaded this code, be it the library or
 * the launcher that was built together with it. As `ld.so PROGRAM`, a process may not know; then
 * it is the one that this was built for.
 */
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stddef.h>
#include <string.h>
#include <sys/auxv.h>
#ifdef __GLIBC__
#include <gnu/lib-names.h>
#endif

#include "file.h"
#include "loader.h"

/* Of musl, with the name of the architecture behind it. */
#define MUSL_LOADER "ld-musl-"

const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

bool loader_by_name(const char *path)
{
    return strncmp(last_part(path), MUSL_LOADER, sizeof MUSL_LOADER - 1) == 0;
}

/* PT_INTERP as it lies in memory, where loaders read it as well; NULL if there is none. */
static const char *own_interpreter(void)
{
    int saved_errno = errno;
    // NOLINTNEXTLINE(performance-no-int-to-ptr)
    const ElfW(Phdr) *headers = (const void *)getauxval(AT_PHDR);
    size_t count = headers ? getauxval(AT_PHNUM) : 0;
    errno = saved_errno;
    const ElfW(Phdr) *itself = NULL, *interpreter = NULL;
    for (size_t i = 0; i < count; i++) {
        if (headers[i].p_type == PT_PHDR)
            itself = &headers[i];
        else if (headers[i].p_type == PT_INTERP)
            interpreter = &headers[i];
    }
    /* The one tells how far from where it was linked for the program has been loaded. */
    if (!itself || !interpreter)
        return NULL;
    return (const char *)headers - itself->p_vaddr + interpreter->p_vaddr;
}

static bool built_for(const char *name)
{
#ifdef __GLIBC__
    return strcmp(last_part(name), LD_SO) == 0;
#else
    return loader_by_name(name);
#endif
}

/* Two loaders are of a kind if they are one file, or have one name, as of another glibc. */
bool loader_is_ours(const char *name)
{
    const char *ours = own_interpreter();
    if (!ours)
        return built_for(name);
    if (strcmp(last_part(name), last_part(ours)) == 0)
        return true;
    struct stat one, other;
    return file_status(AT_FDCWD, name, 0, &one) == 0 &&
           file_status(AT_FDCWD, ours, 0, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}
