/*
 * spawn.c - posix_spawn and its relatives. libc makes the child, and in it the exec, by itself.
 *
 * Gates stay closed, as they are the parent's: the child that comes in between opens none.
 */
#include <errno.h>

#include "child.h"
#include "real.h"

static int spawn(__typeof__(posix_spawn) *real, bool searched, int *id, const char *path,
                 const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes,
                 char *const argv[], char *const envp[])
{
    struct child child = {.directory = AT_FDCWD, .path = path, .searched = searched};
    int saved_errno = errno;
    if (!child_may(&child)) {
        int error = errno;
        errno = saved_errno;
        return error;
    }
    // cppcheck-suppress allocaCalled ; see child.h
    return real(id, path, actions, attributes, argv, CHILD_ENVIRONMENT(&child, envp));
}

/* The number of the child is needed also where the program does not ask for it. */
static int spawn_process(__typeof__(posix_spawn) *real, bool searched, pid_t *pid, const char *path,
                         const posix_spawn_file_actions_t *actions,
                         const posix_spawnattr_t *attributes, char *const argv[],
                         char *const envp[])
{
    pid_t number = 0;
    int error = spawn(real, searched, &number, path, actions, attributes, argv, envp);
    if (error)
        return error;
    child_spawned(number);
    if (pid)
        *pid = number;
    return 0;
}

int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
    return spawn_process(REAL(posix_spawn), false, pid, path, actions, attributes, argv, envp);
}

int posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
                 const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
    return spawn_process(REAL(posix_spawnp), true, pid, file, actions, attributes, argv, envp);
}

int pidfd_spawn(int *pidfd, const char *path, const posix_spawn_file_actions_t *actions,
                const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
    return spawn(REAL(pidfd_spawn), false, pidfd, path, actions, attributes, argv, envp);
}

int pidfd_spawnp(int *pidfd, const char *file, const posix_spawn_file_actions_t *actions,
                 const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
    return spawn(REAL(pidfd_spawnp), true, pidfd, file, actions, attributes, argv, envp);
}
