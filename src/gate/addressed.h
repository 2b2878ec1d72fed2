/*
 * addressed.h - hosts that a program names to its peer: what it says first on a stream (see
 * addressee.h) tells whom it means, before anything of that departs.
 *
 * That the peer itself is the host teaches its address (hosts.h). Through a proxy it is only that
 * of this connection: the limits that name the host count that, and nothing else to the proxy.
 *
 * Known by number, as long as that means the same. Only while a limit names a host (LISTENS).
 */
#ifndef ADDRESSED_H
#define ADDRESSED_H

#include "hosts.h"
#include "passage.h"

/* addressed_offers - before a call that sends: look at its bytes, but for those that were offered
 * before, and not taken. Returns whether addressed_took is to be told how many of them went, of
 * each piece. */
bool addressed_offers(const struct passage *passage);
void addressed_took(int fd, size_t bytes);

/* addressed_begin - the descriptor has a new connection. */
void addressed_begin(int fd);

/* addressed_rules - those that name a host which a proxy was asked for; or NULL. They last. */
const struct host_rules *addressed_rules(int fd);

/* addressed_may_tell - whether a host was named, or may still be. */
bool addressed_may_tell(int fd);

#endif
