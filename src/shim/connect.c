/* connect.c - connect: an attempt counts once, whatever becomes of it. */
#include <errno.h>
#include <poll.h>

#include "gate.h"
#include "real.h"

/*
 * Whether a connect would begin an attempt. A socket that is connected, that is connecting, or
 * whose attempt failed and has not told so yet, is only asked again. A fresh TCP socket is in state
 * CLOSE, for which tcp_poll() sets POLLHUP; a failed one has POLLERR as well.
 */
static bool begins_attempt(int fd)
{
    struct pollfd p = {.fd = fd, .events = 0};
    struct timespec at_once = {0};
    int saved_errno = errno;
    bool known = ppoll(&p, 1, &at_once, NULL) >= 0;
    errno = saved_errno;
    return !known || ((p.revents & POLLHUP) && !(p.revents & POLLERR));
}

/* Whether a segment was sent; all else the kernel refuses before. */
static bool was_attempt(int result)
{
    if (result == 0)
        return true;
    switch (errno) {
    case EINPROGRESS:
    case EINTR:
    case ECONNREFUSED:
    case ECONNRESET:
    case ETIMEDOUT:
    case EHOSTUNREACH:
        return true;
    default:
        return false;
    }
}

int connect(int fd, const struct sockaddr *address, socklen_t length)
{
    bool to_someone =
        address && length >= sizeof address->sa_family && address->sa_family != AF_UNSPEC;
    bool counts = to_someone && !gate_passes(CALL_CONNECT, fd) &&
                  fd_class(fd_look(fd)) == FD_STREAM && begins_attempt(fd);
    const struct passage passage = {
        .call = "connect",
        .family = CALL_CONNECT,
        .fd = fd,
        .to = address,
        .to_length = length,
    };
    struct gate gate;
    int error = !counts || gate_enter(&gate, &passage) ? 0 : gate_wait(&gate);
    if (error) {
        /* As the kernel says it of a connect: connect(2), and socket(7) on SO_SNDTIMEO. */
        errno = gate.policed ? ECONNREFUSED : error == EAGAIN ? EINPROGRESS : error;
        return -1;
    }

    int result = REAL(connect)(fd, address, length);
    if (counts)
        gate_settle(&gate, 0, was_attempt(result));
    if (shim_selective)
        fd_forget_peers();
    return result;
}

ALIAS_OF(__connect, connect);
