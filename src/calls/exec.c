/*
 * exec.c - the exec family: what runs then may have the same epoll sets, and knows of no gates; and
 * it is to have the same limits, however its environment was cleaned (inherit.h).
 *
 * So all gates are opened before. A vfork child has none of its own; a parent goes on with its.
 */
#include <alloca.h>
#include <stdarg.h>
#include <unistd.h>

#include "child.h"
#include "fd.h"
#include "loop.h"
#include "real.h"
#include "ticket.h"

/* Linux 6.14. */
#ifndef AT_EXECVE_CHECK
#define AT_EXECVE_CHECK 0x10000
#endif

static void leave_loops(void)
{
    if (loop_any_closed() && getpid() == fd_owner)
        gate_open_all();
}

/* Before it, and after it, which is only when it failed. */
static bool begin(struct child *child)
{
    leave_loops();
    if (!child_may(child))
        return false;
    child_execs(child);
    return true;
}

static int failed(const struct child *child)
{
    child_failed(child);
    return -1;
}

int execve(const char *path, char *const argv[], char *const envp[])
{
    struct child child = {.directory = AT_FDCWD, .path = path};
    if (!begin(&child))
        return -1;
    // cppcheck-suppress allocaCalled ; see child.h
    REAL(execve)(path, argv, CHILD_ENVIRONMENT(&child, envp));
    return failed(&child);
}

int execv(const char *path, char *const argv[])
{
    return execve(path, argv, environ);
}

/* The search is libc's. */
int execvpe(const char *file, char *const argv[], char *const envp[])
{
    struct child child = {.directory = AT_FDCWD, .path = file, .searched = true};
    if (!begin(&child))
        return -1;
    // cppcheck-suppress allocaCalled ; see child.h
    REAL(execvpe)(file, argv, CHILD_ENVIRONMENT(&child, envp));
    return failed(&child);
}

int execvp(const char *file, char *const argv[])
{
    return execvpe(file, argv, environ);
}

int fexecve(int fd, char *const argv[], char *const envp[])
{
    struct child child = {.directory = fd, .path = "", .flags = AT_EMPTY_PATH};
#ifdef __GLIBC__
    if (!envp) /* which it refuses (EINVAL) */
        return REAL(fexecve)(fd, argv, envp);
#endif
    if (!begin(&child))
        return -1;
    // cppcheck-suppress allocaCalled ; see child.h
    REAL(fexecve)(fd, argv, CHILD_ENVIRONMENT(&child, envp));
    return failed(&child);
}

int execveat(int fd, const char *path, char *const argv[], char *const envp[], int flags)
{
    if (flags & AT_EXECVE_CHECK) /* which starts nothing */
        return REAL(execveat)(fd, path, argv, envp, flags);
    struct child child = {.directory = fd, .path = path, .flags = flags};
    if (!begin(&child))
        return -1;
    // cppcheck-suppress allocaCalled ; see child.h
    REAL(execveat)(fd, path, argv, CHILD_ENVIRONMENT(&child, envp), flags);
    return failed(&child);
}

/* With the NULL at their end. That may be the first, whatever the headers say. */
static size_t count_arguments(const char *first, va_list arguments)
{
    size_t count = 1;
    __asm__("" : "+r"(first));
    for (const char *argument = first; argument; argument = va_arg(arguments, char *))
        count++;
    return count;
}

/* The arguments of a list, on the stack of the caller, as in libc. The list stands behind them
 * then. */
#define ARGUMENTS(argv, first, arguments)                                                          \
    do {                                                                                           \
        va_start(arguments, first);                                                                \
        size_t count = count_arguments(first, arguments);                                          \
        va_end(arguments);                                                                         \
        (argv) = alloca(count * sizeof *(argv));                                                   \
        (argv)[0] = (char *)(first);                                                               \
        va_start(arguments, first);                                                                \
        for (size_t i = 1; i < count; i++)                                                         \
            (argv)[i] = va_arg(arguments, char *);                                                 \
    } while (0)

int execl(const char *path, const char *first, ...)
{
    va_list arguments;
    char **argv;
    // cppcheck-suppress allocaCalled ; as libc does: it may be a vfork child
    ARGUMENTS(argv, first, arguments);
    va_end(arguments);
    return execv(path, argv);
}

int execlp(const char *file, const char *first, ...)
{
    va_list arguments;
    char **argv;
    // cppcheck-suppress allocaCalled ; as libc does: it may be a vfork child
    ARGUMENTS(argv, first, arguments);
    va_end(arguments);
    return execvp(file, argv);
}

int execle(const char *path, const char *first, ...)
{
    va_list arguments;
    char **argv;
    // cppcheck-suppress allocaCalled ; as libc does: it may be a vfork child
    ARGUMENTS(argv, first, arguments);
    char *const *envp = va_arg(arguments, char *const *);
    va_end(arguments);
    return execve(path, argv, envp);
}
