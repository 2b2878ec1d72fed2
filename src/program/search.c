/* search.c - a command along PATH, as execvp(3) finds it. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "file.h"
#include "program.h"

/* confstr(3), _CS_PATH; what musl has stands in its execvp. */
#ifdef __GLIBC__
#define DEFAULT_PATH "/bin:/usr/bin"
#else
#define DEFAULT_PATH "/usr/local/bin:/bin:/usr/bin"
#endif

/*
 * A command below a part of the list, which may be empty: the current directory. Returns 0, or
 * ENAMETOOLONG.
 */
static int join(const char *part, size_t length, const char *command, char *path, size_t size)
{
    size_t command_length = strlen(command);
    if (length == 0)
        part = ".", length = 1;
    if (length + 1 + command_length >= size)
        return ENAMETOOLONG;
    memcpy(path, part, length);
    path[length] = '/';
    memcpy(path + length + 1, command, command_length + 1);
    return 0;
}

/* Where execvp looks further; with any other error it ends, in glibc as in musl. */
static bool goes_on_after(int error)
{
    return error == ENOENT || error == ENOTDIR || error == EACCES || error == ESTALE ||
           error == ENODEV || error == ETIMEDOUT;
}

static int search(const char *list, const char *command, char *path, size_t size)
{
    const char *forbidden = NULL; /* the first part of the list with one that may not be run */
    for (const char *part = list;; part++) {
        size_t length = strcspn(part, ":");
        bool possible = length + strlen(command) + 2 <= PATH_MAX; /* or else passed over */
        int error = possible ? join(part, length, command, path, size) : ENOENT;
        if (!error)
            error = file_executable(path);
        if (!goes_on_after(error))
            return error;
        if (error == EACCES && !forbidden)
            forbidden = part;
        part += length;
        if (!*part)
            break;
    }
    if (!forbidden)
        return ENOENT;
    join(forbidden, strcspn(forbidden, ":"), command, path, size);
    return EACCES;
}

int program_search(const char *list, const char *command, char *path, size_t size)
{
    size_t length = strlen(command);
    if (length == 0)
        return ENOENT;
    if (!memchr(command, '/', length))
        return length > NAME_MAX ? ENAMETOOLONG
                                 : search(list ? list : DEFAULT_PATH, command, path, size);
    if (length >= size)
        return ENAMETOOLONG;
    memcpy(path, command, length + 1);
    return file_executable(path);
}
