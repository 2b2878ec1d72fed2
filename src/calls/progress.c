/* progress.c - getsockname, shutdown: of a socket whose connect is deferred they would tell that
 * there is none. So that is made first; before getpeername, if it is time. See deferred.h. */
#include "deferred.h"
#include "loop.h"
#include "real.h"

static void make_progress(int fd)
{
    if (loop_on && deferred_is(fd))
        deferred_await(fd, RL_NO_CANCEL);
}

int getpeername(int fd, struct sockaddr *address, socklen_t *length)
{
    if (deferred_is(fd))
        loop_pass_time(rl_now());
    return REAL(getpeername)(fd, address, length);
}

int getsockname(int fd, struct sockaddr *address, socklen_t *length)
{
    make_progress(fd);
    return REAL(getsockname)(fd, address, length);
}

int shutdown(int fd, int how)
{
    make_progress(fd);
    return REAL(shutdown)(fd, how);
}
