/* ready.h - what poll(2) says of one descriptor. */
#ifndef READY_H
#define READY_H

enum { READY_UNKNOWN = -1 }; /* all events there are */

/* ready_now - of these events, and POLLERR, POLLHUP, POLLNVAL, those that there are, without
 * waiting for any; READY_UNKNOWN if that cannot be told. errno is left alone, and it is no
 * cancellation point. */
short ready_now(int fd, short events);

#endif
