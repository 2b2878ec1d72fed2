/* peer.h - whom a limit applies to: RL_TO, `to=`; `local=`. */
#ifndef PEER_H
#define PEER_H

#include <stdbool.h>
#include <sys/socket.h>

/* peer_limits - which of the selective limits apply to a socket whose peer has that address, a bit
 * each. What is not known of the near end, in a sandbox, is taken to be as listed. */
unsigned peer_limits(int fd, const struct sockaddr *address, socklen_t length);

/* peer_limits_to - likewise for an address that a call on this socket names as its destination. */
unsigned peer_limits_to(int fd, const struct sockaddr *address, socklen_t length);

/* peer_learn - the program looked a host name up, and this is one of its addresses. */
void peer_learn(const char *host, const struct sockaddr *address, socklen_t length);

/* peer_names_matter - whether any limit names a host. */
bool peer_names_matter(void);

#endif
