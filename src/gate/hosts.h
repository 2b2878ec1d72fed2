/* hosts.h - the host names in the `to` lists of limits. */
#ifndef HOSTS_H
#define HOSTS_H

#include <stdbool.h>
#include <sys/socket.h>

#include "peer.h"

/* hosts_learn - the program looked a host name up, and this is one of its addresses. */
void hosts_learn(const char *host, const struct sockaddr *address, socklen_t length);

/* hosts_matter - whether any limit names a host. */
bool hosts_matter(void);

/* hosts_tell_of_unknown - a limit has not been found to apply to a peer, nor to any before: told
 * once, if that may be since its name is not known. */
void hosts_tell_of_unknown(const struct limit *limit, const struct peer *peer);

#endif
