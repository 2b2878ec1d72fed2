/* recv.h - what all calls that receive with flags have in common. */
#ifndef RECV_H
#define RECV_H

#include <sys/socket.h>

#include "told.h"

/* These take nothing out of the stream. */
#define TAKES_NOTHING (MSG_PEEK | MSG_ERRQUEUE)

/* The urgent byte, which is no part of the stream, and comes alone. */
#define NOT_TO_BE_SPLIT MSG_OOB

/* recv_looked - what such a call returns that may take nothing: what the program has looked at, it
 * expects. */
static inline ssize_t recv_looked(int fd, int flags, ssize_t got)
{
    if ((flags & TAKES_NOTHING) == MSG_PEEK)
        told_note(fd, got, true);
    return got;
}

#endif
