/* lifecycle.h - what a received message does to descriptor numbers. */
#ifndef LIFECYCLE_H
#define LIFECYCLE_H

#include <sys/socket.h>

/* lifecycle_received - a message was: it may bring descriptors along (SCM_RIGHTS, unix(7)). */
void lifecycle_received(struct msghdr *message);

/* lifecycle_opened - a call returned this new number, or -1. Returns it. */
int lifecycle_opened(int fd);

/* lifecycle_forked - a call returned 0 in a child with memory of its own. Returns the same. */
pid_t lifecycle_forked(long pid);

#endif
