/* streams.h - stdio(3) on sockets, which reads and writes without calling read and write. */
#ifndef STREAMS_H
#define STREAMS_H

#include <stdbool.h>
#include <sys/types.h>

/* Whether what streams do is seen; then so is what they close, after the last of it was written. */
extern bool streams_seen;

/* read and write of this library, whoever else has functions of these names. */
ssize_t own_read(int fd, void *bytes, size_t length);
ssize_t own_write(int fd, const void *bytes, size_t length);

#endif
