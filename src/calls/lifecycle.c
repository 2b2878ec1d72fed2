/*
 * lifecycle.c - calls after which a descriptor number means something else, and those that fork.
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
#include "loop.h"
#include "real.h"
#include "sandbox.h"
#include "shim.h"
#include "streams.h"
#include "talk.h"
#include "ticket.h"

void lifecycle_closing(int fd)
{
    if (shim.inert)
        return;
    loop_closing(fd);
    if (talk_limits && fd_table_is_own())
        talk_closing(fd);
    fd_forget(fd);
}

void lifecycle_closing_range(unsigned first, unsigned last)
{
    if (shim.inert)
        return;
    loop_closing_range(first, last);
    fd_forget_range(first, last);
}

int lifecycle_opened(int fd)
{
    if (fd >= 0 && !shim.inert) {
        loop_opened(fd);
        fd_forget(fd);
        streams_see();
    }
    return fd;
}

int lifecycle_duplicated(int fd, int duplicate)
{
    lifecycle_opened(duplicate);
    if (duplicate >= 0 && duplicate != fd && loop_on && !in_sandbox())
        loop_duplicated(fd, duplicate);
    return duplicate;
}

/* Noted by its parent as well, which may end before the child has come to note itself: else each
 * would take itself for the last. */
static pid_t note_child(long pid)
{
    if (pid > 0 && shim.config.summary && !shim.inert && !in_sandbox())
        share_child((int)pid);
    return (pid_t)pid;
}

pid_t lifecycle_forked(long pid)
{
    if (pid == 0 && !shim.inert)
        shim_forked();
    return note_child(pid);
}

/* In the child the handlers of pthread_atfork(3) have been called. */
pid_t fork(void)
{
    return note_child(REAL(fork)());
}

/* fork(3) without the handlers of pthread_atfork(3). */
pid_t _Fork(void)
{
    if (loop_any_closed() && getpid() == fd_owner)
        gate_before_fork();
    return lifecycle_forked(REAL(_Fork)());
}

int close(int fd)
{
    lifecycle_closing(fd);
    return REAL(close)(fd);
}

int close_range(unsigned first, unsigned last, int flags)
{
    if (!((unsigned)flags & CLOSE_RANGE_CLOEXEC))
        lifecycle_closing_range(first, last);
    return REAL(close_range)(first, last, flags);
}

void closefrom(int first)
{
    lifecycle_closing_range(first < 0 ? 0 : (unsigned)first, UINT_MAX);
    REAL(closefrom)(first);
}

/* Of a stream that fdopen(3) made of a socket, too. libc closes the number itself, which is seen
 * when it does (streams.c); or else it is forgotten before. */
int fclose(FILE *stream)
{
    int saved_errno = errno;
    if (!shim.inert && !streams_seen)
        lifecycle_closing(fileno(stream));
    errno = saved_errno; /* a stream need not have a descriptor */
    return REAL(fclose)(stream);
}

/* To the new file libc gives the number of the old one, by a dup3 that is not seen. */
FILE *freopen(const char *path, const char *mode, FILE *stream)
{
    int saved_errno = errno, before = shim.inert ? -1 : fileno(stream);
    errno = saved_errno;
    FILE *opened = REAL(freopen)(path, mode, stream);
    lifecycle_opened(before);
    if (opened && !shim.inert)
        lifecycle_opened(fileno(opened));
    return opened;
}

int dup(int fd)
{
    return lifecycle_duplicated(fd, REAL(dup)(fd));
}

/* If there is something to take its place. */
void lifecycle_replacing(int to, int fd)
{
    int saved_errno = errno;
    if (fd != to && !shim.inert && (in_sandbox() || REAL(fcntl)(fd, F_GETFD) >= 0))
        lifecycle_closing(to);
    errno = saved_errno;
}

int dup2(int fd, int to)
{
    if (fd == to) /* which changes nothing */
        return REAL(dup2)(fd, to);
    lifecycle_replacing(to, fd);
    return lifecycle_duplicated(fd, REAL(dup2)(fd, to));
}

int dup3(int fd, int to, int flags)
{
    lifecycle_replacing(to, fd);
    return lifecycle_duplicated(fd, REAL(dup3)(fd, to, flags));
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
        return lifecycle_duplicated(fd, result);
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
        lifecycle_opened(fds[0]);
        lifecycle_opened(fds[1]);
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
            lifecycle_opened(fds[i]);
    }
}

int pidfd_getfd(int pidfd, int fd, unsigned flags)
{
    return lifecycle_opened(REAL(pidfd_getfd)(pidfd, fd, flags));
}

ALIAS_OF(__fork, fork);
ALIAS_OF(__close, close);
ALIAS_OF(_IO_fclose, fclose);
ALIAS_OF(freopen64, freopen);
ALIAS_OF(__dup2, dup2);
ALIAS_OF(__fcntl, fcntl);
ALIAS_OF(fcntl64, fcntl);
