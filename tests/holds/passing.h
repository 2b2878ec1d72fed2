/* passing.h - what is no socket of the internet, for the tests of what is never held. */
#ifndef PASSING_H
#define PASSING_H

#include <fcntl.h>
#include <sys/un.h>

#include "hold.h"

struct unix_listener {
    int fd;
    struct sockaddr_un address;
    socklen_t length;
};

/* In the abstract name space, which the kernel fills in. */
static inline struct unix_listener unix_listen(int backlog)
{
    struct unix_listener listener = {.address.sun_family = AF_UNIX,
                                     .length = sizeof listener.address};
    struct sockaddr *address = (struct sockaddr *)&listener.address;
    listener.fd = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
    MUST(bind(listener.fd, address, sizeof address->sa_family));
    MUST(getsockname(listener.fd, address, &listener.length));
    MUST(listen(listener.fd, backlog));
    return listener;
}

static inline int unix_connect(const struct unix_listener *listener)
{
    int fd = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
    CHECK_EQ(connect(fd, (const struct sockaddr *)&listener->address, listener->length), 0);
    return fd;
}

/* near: where a program would run; far: the terminal's other side. */
static inline struct pair tty_pair(void)
{
    struct pair pair = {.far = posix_openpt(O_RDWR | O_NOCTTY)};
    if (pair.far < 0)
        hold_skip("no pseudoterminals");
    MUST(grantpt(pair.far));
    MUST(unlockpt(pair.far));
    pair.near = MUST(open(ptsname(pair.far), O_RDWR | O_NOCTTY));
    return pair;
}

#endif
