/* hosts.h - the host names in the `to` lists of limits. */
#ifndef HOSTS_H
#define HOSTS_H

#include <stdbool.h>

#include "peer.h"
#include "span.h"

/* Rules of `to` lists, by their place in the configuration, a bit each. */
struct host_rules {
    uint64_t bits[MAX_RULES / 64];
};

/* hosts_learn - this is an address of the host. If a limit names that, it may apply to sockets from
 * now on that it did not apply to before. */
void hosts_learn(struct span host, const struct peer *peer);

/* hosts_rules - add the rules that name that port of the host. */
void hosts_rules(struct span host, uint16_t port, struct host_rules *rules);

/* hosts_matter - whether any limit names a host. */
bool hosts_matter(void);

/* hosts_tell_of_unknown - a limit has not been found to apply to a peer, nor to any before: told
 * once, if that may be since its name is not known. */
void hosts_tell_of_unknown(const struct limit *limit, const struct peer *peer);

#endif
