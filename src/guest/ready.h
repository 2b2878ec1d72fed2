/* ready.h - what poll(2) says of one descriptor. */
#ifndef READY_H
#define READY_H

#include <stdbool.h>
#include <stddef.h>

enum { READY_UNKNOWN = -1 }; /* all events there are */

/* ready_now - of these events, and POLLERR, POLLHUP, POLLNVAL, those that there are, without
 * waiting for any; READY_UNKNOWN if that cannot be told. errno is left alone, and it is no
 * cancellation point. */
short ready_now(int fd, short events);

/* unread_now - how many bytes can be received, of a datagram those of the next (FIONREAD, tcp(7),
 * udp(7)); 0 if there are none, or that cannot be told. errno is left alone. */
size_t unread_now(int fd);

/* is_at_mark_now - whether what a stream gives next is the urgent byte, or what comes after it, if
 * that is not in line (sockatmark(3)). Likewise. */
bool is_at_mark_now(int fd);

#endif
