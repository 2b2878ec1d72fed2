/* lifecycle.h - what calls do to descriptor numbers, and that they start processes. */
#ifndef LIFECYCLE_H
#define LIFECYCLE_H

#include <sys/socket.h>

/* lifecycle_received - a message was: it may bring descriptors along (SCM_RIGHTS, unix(7)). */
void lifecycle_received(struct msghdr *message);

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC 4 /* linux/close_range.h */
#endif

/* lifecycle_closing - numbers are about to be closed. */
void lifecycle_closing(int fd);
void lifecycle_closing_range(unsigned first, unsigned last);

/* lifecycle_replacing - a number is about to become a duplicate of another, if that is open. */
void lifecycle_replacing(int to, int fd);

/* lifecycle_duplicated - a call returned a duplicate of that number, or -1. Returns it. */
int lifecycle_duplicated(int fd, int duplicate);

/* lifecycle_opened - a call returned this new number, or -1. Returns it. */
int lifecycle_opened(int fd);

/* lifecycle_forked - a call returned the number of a child, or 0 in a child with memory of its own,
 * which no handler of pthread_atfork(3) is told of. Returns the same. */
pid_t lifecycle_forked(long pid);

#endif
