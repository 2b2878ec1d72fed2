/* libc.h - what musl, at least of some age, has not, as glibc has it. For twins and tests of held calls. */
#ifndef TWIN_LIBC_H
#define TWIN_LIBC_H

/* One of which musl has nothing; in front of another in TWINS(...). */
#ifdef __GLIBC__
#define GLIBC_TWIN(function) TWIN(function),
#else
#define GLIBC_TWIN(function)

#include <sys/syscall.h>

/* One by one; errno is that of the message at which it stopped. */
static inline int twin_sendmmsg(int fd, struct mmsghdr *messages, unsigned count, unsigned flags)
{
    int saved_errno = errno;
    int sent = sendmmsg(fd, messages, count, flags);
    if (sent >= 0)
        errno = saved_errno;
    return sent;
}

#define strerrorname_np  strerror
#define sigabbrev_np     strsignal
#define sendmmsg         twin_sendmmsg
#define preadv2          twin_preadv2
#define pwritev2         twin_pwritev2
#define close_range      twin_close_range
#define closefrom(first) close_range((unsigned)(first), ~0u, 0)

static inline ssize_t twin_preadv2(int fd, const struct iovec *iov, int count, off_t offset,
                                   int flags)
{
    return syscall(SYS_preadv2, fd, iov, count, offset, 0, flags);
}

static inline ssize_t twin_pwritev2(int fd, const struct iovec *iov, int count, off_t offset,
                                    int flags)
{
    return syscall(SYS_pwritev2, fd, iov, count, offset, 0, flags);
}

static inline int twin_close_range(unsigned first, unsigned last, int flags)
{
    return (int)syscall(SYS_close_range, first, last, flags);
}

#endif

/* In fewer headers than glibc's. */
#ifndef RWF_HIPRI
#define RWF_HIPRI  0x01
#define RWF_NOWAIT 0x08
#define RWF_APPEND 0x10
#endif
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_UNSHARE 0x02
#define CLOSE_RANGE_CLOEXEC 0x04
#endif

#endif
