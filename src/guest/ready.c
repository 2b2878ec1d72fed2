/* ready.c - see ready.h. By raw system calls: poll is a point at which a thread can be cancelled,
 * and not all calls that ask here are; ioctl is intercepted. */
#include <poll.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

#include "raw.h"
#include "ready.h"

short ready_now(int fd, short events)
{
    struct pollfd p = {.fd = fd, .events = events};
#ifdef SYS_poll
    long count = raw_call(SYS_poll, (long)&p, 1, 0, 0, 0);
#else /* newer architectures do without, and libc as well */
    struct timespec at_once = {0};
    long count = raw_call(SYS_ppoll, (long)&p, 1, (long)&at_once, 0, 0);
#endif
    return count < 0 ? READY_UNKNOWN : p.revents;
}

size_t unread_now(int fd)
{
    int unread = 0;
    long error = raw_call(SYS_ioctl, fd, FIONREAD, (long)&unread, 0, 0);
    return error == 0 && unread > 0 ? (size_t)unread : 0;
}

bool is_at_mark_now(int fd)
{
    int mark = 0;
    return raw_call(SYS_ioctl, fd, SIOCATMARK, (long)&mark, 0, 0) == 0 && mark;
}
