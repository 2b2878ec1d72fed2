/* attempt.c - see attempt.h. */
#include <errno.h>
#include <netinet/in.h>

#include "attempt.h"
#include "real.h"
#include "sandbox.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262 /* linux/in.h */
#endif

bool attempt_can_begin(int fd)
{
    int protocol = 0;
    socklen_t size = sizeof protocol;
    return !in_sandbox() && REAL(getsockopt)(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0 &&
           (protocol == IPPROTO_TCP || protocol == IPPROTO_MPTCP);
}

bool attempt_begin(int fd, const struct sockaddr *to, socklen_t length)
{
    return REAL(sendto)(fd, NULL, 0, MSG_FASTOPEN | MSG_DONTWAIT | MSG_NOSIGNAL, to, length) == 0 ||
           errno == EINPROGRESS || errno == EALREADY;
}
