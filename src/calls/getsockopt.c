/*
 * getsockopt.c - getsockopt: TCP_ZEROCOPY_RECEIVE receives, and is refused where that is limited.
 *
 * It maps pages of what has arrived (tcp_zerocopy_receive()): their number is the kernel's choice,
 * and with some it copies the rest as well. Programs have to do without on many kernels and network
 * cards, and then receive otherwise.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "deferred.h"
#include "gate.h"
#include "loop.h"
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

/* Of a connect that was deferred, and failed at once. */
__attribute__((noinline)) static void tell_error(int fd, int *error)
{
    int told = *error ? 0 : deferred_error(fd);
    if (told)
        *error = told;
}

/* For all other options that is one comparison. */
int getsockopt(int fd, int level, int name, void *value, socklen_t *length)
{
    enum { UNKNOWN = -1 }; /* which the kernel refuses as one without that option would */
    if (__builtin_expect(name == TCP_ZEROCOPY_RECEIVE && level == IPPROTO_TCP, 0) &&
        (is_limited(fd, CALL_RECV) || is_limited(fd, CALL_READ)))
        name = UNKNOWN;
    if (deferred_is(fd))
        loop_pass_time(rl_now());
    int result = REAL(getsockopt)(fd, level, name, value, length);
    if (name == SO_ERROR && level == SOL_SOCKET && result == 0 && loop_on && *length == sizeof(int))
        tell_error(fd, value);
    return result;
}
