/* readiness.h - readiness calls by number, where they are not as by name. */
#ifndef READINESS_H
#define READINESS_H

#include <poll.h>
#include <stddef.h>
#include <time.h>

/* They say in *timeout what is left of it, as the kernel does. */
long ppoll_by_number(struct pollfd *fds, nfds_t count, struct timespec *timeout, const void *mask,
                     size_t mask_size);

/* mask: a struct of the mask's address and its size. */
long pselect6_by_number(int count, void *readable, void *writable, void *exceptional,
                        struct timespec *timeout, void *mask);

#endif
