/*
 * getsockopt.c - getsockopt: TCP_ZEROCOPY_RECEIVE receives, and is refused where that is limited.
 *
 * It maps pages of what has arrived (tcp_zerocopy_receive()): their number is the kernel's choice,
 * and with some it copies the rest as well. Programs have to do without on many kernels and network
 * cards, and then receive otherwise.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "gate.h"
#include "real.h"

#ifndef TCP_ZEROCOPY_RECEIVE
#define TCP_ZEROCOPY_RECEIVE 35 /* linux/tcp.h */
#endif

static bool is_limited(int fd, enum call family)
{
    const struct passage passage = {.call = "getsockopt", .family = family, .fd = fd, .length = 1};
    struct gate gate;
    return !gate_passes(family, fd) && gate_look(&gate, &passage);
}

/* For all other options that is one comparison. */
int getsockopt(int fd, int level, int name, void *value, socklen_t *length)
{
    enum { UNKNOWN = -1 }; /* which the kernel refuses as one without that option would */
    if (__builtin_expect(name == TCP_ZEROCOPY_RECEIVE && level == IPPROTO_TCP, 0) &&
        (is_limited(fd, CALL_RECV) || is_limited(fd, CALL_READ)))
        name = UNKNOWN;
    return REAL(getsockopt)(fd, level, name, value, length);
}
