/* ready.h - what the kernel says of one descriptor, now. */
#ifndef READY_H
#define READY_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262 /* linux/in.h */
#endif

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

/* protocol_now - of a socket, IPPROTO_TCP or another (SO_PROTOCOL, socket(7)); 0 if it has none, or
 * is no socket. Likewise. */
int protocol_now(int fd);

#endif
