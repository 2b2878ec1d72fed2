/*
 * libc.h - what musl, or glibc of some age, has not, as glibc has it now. For the twins and the
 * tests of held calls.
 */
#ifndef LIBC_H
#define LIBC_H

#include <errno.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* GLIBC_TWIN: one of which musl has nothing; in front of another in TWINS(...). */
#ifdef __GLIBC__
#define GLIBC_HAS(minor)     __GLIBC_PREREQ(2, minor)
#define GLIBC_TWIN(function) TWIN(function),
#else
#define GLIBC_HAS(minor) 0
#define GLIBC_TWIN(function)
#endif

/* In fewer headers than those of a new glibc; the same on all architectures. */
#ifndef RWF_HIPRI
#define RWF_HIPRI  0x01
#define RWF_NOWAIT 0x08
#define RWF_APPEND 0x10
#endif
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_UNSHARE 0x02
#define CLOSE_RANGE_CLOEXEC 0x04
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

#if !GLIBC_HAS(26)
/* One by one; errno is that of the message at which it stopped. */
static inline int libc_sendmmsg(int fd, struct mmsghdr *messages, unsigned count, unsigned flags)
{
    int saved_errno = errno;
    int sent = sendmmsg(fd, messages, count, flags);
    if (sent >= 0)
        errno = saved_errno;
    return sent;
}

static inline ssize_t libc_preadv2(int fd, const struct iovec *iov, int count, off_t offset,
                                   int flags)
{
    return syscall(SYS_preadv2, fd, iov, count, offset, 0, flags);
}

static inline ssize_t libc_pwritev2(int fd, const struct iovec *iov, int count, off_t offset,
                                    int flags)
{
    return syscall(SYS_pwritev2, fd, iov, count, offset, 0, flags);
}

#define sendmmsg libc_sendmmsg
#define preadv2  libc_preadv2
#define pwritev2 libc_pwritev2
#endif

#if !GLIBC_HAS(32)
#define strerrorname_np strerror
#define sigabbrev_np    strsignal
#endif

#if !GLIBC_HAS(33)
#define mallinfo2 mallinfo
#endif

#if !GLIBC_HAS(34)
static inline int libc_close_range(unsigned first, unsigned last, int flags)
{
    return (int)syscall(SYS_close_range, first, last, flags);
}

#define close_range      libc_close_range
#define closefrom(first) close_range((unsigned)(first), ~0u, 0)
#endif

#if GLIBC_HAS(36)
#include <sys/pidfd.h>
#else
static inline int pidfd_open(pid_t process, unsigned flags)
{
    return (int)syscall(SYS_pidfd_open, process, flags);
}

static inline int pidfd_getfd(int pidfd, int fd, unsigned flags)
{
    return (int)syscall(SYS_pidfd_getfd, pidfd, fd, flags);
}
#endif

#endif
