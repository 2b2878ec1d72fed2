/* ready.c - see ready.h. */
#include <errno.h>
#include <poll.h>

#include "ready.h"

short ready_now(int fd, short events)
{
    struct pollfd p = {.fd = fd, .events = events};
    int saved_errno = errno;
    int count = poll(&p, 1, 0);
    errno = saved_errno;
    return count < 0 ? READY_UNKNOWN : p.revents;
}
