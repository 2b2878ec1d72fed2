/*
 * attempt.h - to begin to connect, and not to wait for the end of it.
 *
 * connect(2) does that only if the descriptor has O_NONBLOCK, which is not ours to set, since
 * whoever shares the socket would have it, too. A fast open of no bytes is a connect with a flag of
 * its own (tcp(7)). On the wire it differs from another in that it asks for a cookie; if that is
 * dropped, it does not ask when it is sent again.
 */
#ifndef ATTEMPT_H
#define ATTEMPT_H

#include <stdbool.h>
#include <sys/socket.h>

/* attempt_can_begin - whether a socket knows the flag: to other protocols than TCP and MPTCP it
 * means nothing. In a sandbox: false. */
bool attempt_can_begin(int fd);

/* attempt_begin - send the SYN. Returns whether the attempt goes on; if not, errno says why. */
bool attempt_begin(int fd, const struct sockaddr *to, socklen_t length);

#endif
