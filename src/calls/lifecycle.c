/*
 * lifecycle.c - calls after which a descriptor number means something else.
 *
 * They only make the table forget it. What closes a number forgets it before: afterwards it may be
 * another thread's already. What opens one forgets it too: libc can close without being seen (in
 * freopen(3), or in its resolver), and another thread may have looked while it was being closed.
 */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>

#include "fd.h"
#include "lifecycle.h"
#include "real.h"
#include "shim.h"

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC 4 /* linux/close_range.h */
#endif

static void forget(int fd)
{
    if (!shim.inert)
        fd_forget(fd);
}

int lifecycle_opened(int fd)
{
    if (fd >= 0)
        forget(fd);
    return fd;
}

pid_t lifecycle_forked(long pid)
{
    if (pid == 0 && !shim.inert)
        fd_own_table();
    return (pid_t)pid;
}

/* fork(3) without the handlers of pthread_atfork(3). */
pid_t _Fork(void)
{
    return lifecycle_forked(REAL(_Fork)());
}

int close(int fd)
{
    forget(fd);
    return REAL(close)(fd);
}

int close_range(unsigned first, unsigned last, int flags)
{
    if (!shim.inert && !((unsigned)flags & CLOSE_RANGE_CLOEXEC))
        fd_forget_range(first, last);
    return REAL(close_range)(first, last, flags);
}

void closefrom(int first)
{
    if (!shim.inert)
        fd_forget_range(first < 0 ? 0 : (unsigned)first, UINT_MAX);
    REAL(closefrom)(first);
}

/* Of a stream that fdopen(3) made of a socket, too. libc closes the number itself. */
int fclose(FILE *stream)
{
    int saved_errno = errno;
    if (!shim.inert)
        fd_forget(fileno(stream));
    errno = saved_errno; /* a stream need not have a descriptor */
    return REAL(fclose)(stream);
}

int dup(int fd)
{
    return lifecycle_opened(REAL(dup)(fd));
}

int dup2(int fd, int to)
{
    return lifecycle_opened(REAL(dup2)(fd, to));
}

int dup3(int fd, int to, int flags)
{
    return lifecycle_opened(REAL(dup3)(fd, to, flags));
}

/* The third argument, an int or a pointer if there is one, goes on as it came. */
int fcntl(int fd, int command, ...)
{
    va_list arguments;
    va_start(arguments, command);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);

    int result = REAL(fcntl)(fd, command, argument);
    if (command == F_DUPFD || command == F_DUPFD_CLOEXEC)
        return lifecycle_opened(result);
    return result;
}

int socket(int domain, int type, int protocol)
{
    return lifecycle_opened(REAL(socket)(domain, type, protocol));
}

int socketpair(int domain, int type, int protocol, int fds[2])
{
    int result = REAL(socketpair)(domain, type, protocol, fds);
    if (result == 0) {
        forget(fds[0]);
        forget(fds[1]);
    }
    return result;
}

void lifecycle_received(struct msghdr *message)
{
    if (shim.inert || message->msg_controllen == 0)
        return;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        const int *fds = (const int *)(const void *)CMSG_DATA(c);
        size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++)
            forget(fds[i]);
    }
}

int pidfd_getfd(int pidfd, int fd, unsigned flags)
{
    return lifecycle_opened(REAL(pidfd_getfd)(pidfd, fd, flags));
}

ALIAS_OF(__close, close);
ALIAS_OF(_IO_fclose, fclose);
ALIAS_OF(__dup2, dup2);
ALIAS_OF(__fcntl, fcntl);
ALIAS_OF(fcntl64, fcntl);
