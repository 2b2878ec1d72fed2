/* accept.c - accept, accept4: connections that a server takes. */
#include <errno.h>

#include "gate.h"
#include "lifecycle.h"
#include "peer.h"
#include "real.h"

/* From whom the connection comes is known only now. */
static void charge(struct gate *gate, int connection)
{
    struct sockaddr_storage peer;
    socklen_t length = sizeof peer;
    int saved_errno = errno;
    gate->limits |= shim_limits_of(CALL_ACCEPT) & shim_selective;
    if (gate->limits & shim_selective) {
        unsigned selected = shim_selective;
        if (getpeername(connection, (struct sockaddr *)&peer, &length) == 0)
            selected = peer_limits((struct sockaddr *)&peer, length);
        gate->limits &= ~(unsigned)shim_selective | selected;
    }
    errno = saved_errno;
    gate_charge(gate, 0);
}

int accept4(int fd, struct sockaddr *address, socklen_t *length, int flags)
{
    if (gate_passes(CALL_ACCEPT, fd))
        return lifecycle_opened(REAL(accept4)(fd, address, length, flags));
    const struct passage passage = {.call = "accept4", .family = CALL_ACCEPT, .fd = fd};
    struct gate gate;
    bool limited = gate_look(&gate, &passage);
    int error = limited ? gate_await(&gate) : 0;
    if (error) {
        errno = error;
        return -1;
    }
    int connection = lifecycle_opened(REAL(accept4)(fd, address, length, flags));
    if (limited && connection >= 0)
        charge(&gate, connection);
    return connection;
}

int accept(int fd, struct sockaddr *address, socklen_t *length)
{
    if (gate_passes(CALL_ACCEPT, fd))
        return lifecycle_opened(REAL(accept)(fd, address, length));
    return accept4(fd, address, length, 0);
}
