/* peer.h - whom a limit applies to: RL_TO, `to=`; `local=`. */
#ifndef PEER_H
#define PEER_H

#include <stdbool.h>
#include <sys/socket.h>

#include "shim.h"

/* An end of a connection; IPv4 as ::ffff:a.b.c.d. */
struct peer {
    unsigned char address[16];
    uint16_t port;
};

/* peer_read - it, of an address of a socket. False if it is of another family. */
bool peer_read(const struct sockaddr *address, socklen_t length, struct peer *peer);

/* peer_of - that of a connected socket. False: it has none, or of another family. errno is left
 * alone. */
bool peer_of(int fd, struct peer *peer);

/* peer_limits - which of the selective limits apply to a socket with that peer, a bit each. What is
 * not known of the near end, in a sandbox, is taken to be as listed. */
unsigned peer_limits(int fd, const struct peer *peer);

/* peer_limits_to - likewise for an address that a call on this socket names as its destination. */
unsigned peer_limits_to(int fd, const struct sockaddr *address, socklen_t length);

#endif
