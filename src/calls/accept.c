/* accept.c - accept, accept4: connections that a server takes. */
#include <errno.h>

#include "gate.h"
#include "lifecycle.h"
#include "real.h"
#include "receive.h"

/* From whom the connection comes is known only now. */
__attribute__((noinline)) static void look_at_peer(struct gate *gate, int connection)
{
    struct sockaddr_storage peer;
    socklen_t length = sizeof peer;
    int saved_errno = errno;
    /* Of one that was reset meanwhile it is not told. */
    bool told = REAL(getpeername)(connection, (struct sockaddr *)&peer, &length) == 0;
    gate_received_from(gate, connection, (struct sockaddr *)&peer, told ? sizeof peer : 0, length);
    errno = saved_errno;
}

struct accept_call {
    struct passage passage;
    struct sockaddr *address;
    socklen_t *length;
    int flags;
};

static int accept_one(const struct accept_call *call, int (*go)(const struct accept_call *call))
{
    struct gate gate;
    bool limited = gate_look(&gate, &call->passage);
    int error = gate_idle(&gate);
    if (!error && limited)
        error = gate_await(&gate);
    if (error) {
        errno = error;
        return -1;
    }
    int connection = lifecycle_opened(go(call));
    if (limited && connection >= 0) {
        if (gate.from_anyone)
            look_at_peer(&gate, connection);
        gate_charge(&gate, 0);
    } else if (limited) {
        gate_charge_nothing(&gate);
    }
    return connection;
}

static int go_accept(const struct accept_call *call)
{
    return REAL(accept)(call->passage.fd, call->address, call->length);
}

int accept(int fd, struct sockaddr *address, socklen_t *length)
{
    if (gate_passes(CALL_ACCEPT, fd))
        return lifecycle_opened(REAL(accept)(fd, address, length));
    const struct accept_call call = {
        .passage = {.call = "accept", .family = CALL_ACCEPT, .fd = fd},
        .address = address,
        .length = length,
    };
    return accept_one(&call, go_accept);
}

static int go_accept4(const struct accept_call *call)
{
    return REAL(accept4)(call->passage.fd, call->address, call->length, call->flags);
}

int accept4(int fd, struct sockaddr *address, socklen_t *length, int flags)
{
    if (gate_passes(CALL_ACCEPT, fd))
        return lifecycle_opened(REAL(accept4)(fd, address, length, flags));
    const struct accept_call call = {
        .passage = {.call = "accept4", .family = CALL_ACCEPT, .fd = fd},
        .address = address,
        .length = length,
        .flags = flags,
    };
    return accept_one(&call, go_accept4);
}
