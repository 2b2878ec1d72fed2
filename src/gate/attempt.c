/* attempt.c - see attempt.h. */
#include <errno.h>

#include "attempt.h"
#include "ready.h"
#include "real.h"
#include "sandbox.h"

bool attempt_can_begin(int fd)
{
    int protocol = in_sandbox() ? 0 : protocol_now(fd);
    return protocol == IPPROTO_TCP || protocol == IPPROTO_MPTCP;
}

bool attempt_begin(int fd, const struct sockaddr *to, socklen_t length)
{
    return REAL(sendto)(fd, NULL, 0, MSG_FASTOPEN | MSG_DONTWAIT | MSG_NOSIGNAL, to, length) == 0 ||
           errno == EINPROGRESS || errno == EALREADY;
}
