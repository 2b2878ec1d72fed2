/* streams.h - stdio(3) on sockets, which reads and writes without calling read and write. */
#ifndef STREAMS_H
#define STREAMS_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * streams_see - a descriptor is there now that may be a socket, and a stream on it: what streams do
 * is seen from here on. Not from the start, as most programs have no sockets, and it takes 10 us.
 * From any call path.
 */
void streams_see(void);

/* Whether it is; then so is that they close something, after the last of it was written. */
extern bool streams_seen;

/* read and write of this library, whoever else has functions of these names. */
ssize_t own_read(int fd, void *bytes, size_t length);
ssize_t own_write(int fd, const void *bytes, size_t length);

#endif
