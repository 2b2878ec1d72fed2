/*
 * resolved.h - what a program is told that resolves names by itself, or by a library that does:
 * the answers that it receives from port 53, over UDP and TCP (dns.h).
 *
 * Only while a limit names a host (LISTENS). Of a message that is received in pieces, or scattered
 * over several buffers, it is what the first of them holds that is told.
 */
#ifndef RESOLVED_H
#define RESOLVED_H

#include <sys/socket.h>
#include <sys/uio.h>

/* resolved_received - so many bytes came in, to these buffers as far as there was room. from: whom
 * from, as far as the call has told it; or NULL. */
void resolved_received(int fd, const struct iovec *iov, size_t count, size_t bytes,
                       const struct sockaddr *from, socklen_t from_length);

#endif
