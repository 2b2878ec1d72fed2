/* passage.h - a limited call, and how far it has come. See gate.h. */
#ifndef PASSAGE_H
#define PASSAGE_H

#include <sys/socket.h>
#include <sys/types.h>

#include "shim.h"

/* A call, as the program made it. This and struct gate lie on the program's stack: they are packed.
 */
struct passage {
    const char *call; /* the name of the function, for the trace */
    enum call family;
    int fd;
    size_t length;             /* bytes in all */
    const struct sockaddr *to; /* the address that the call itself names, or NULL */
    socklen_t to_length;
    bool whole : 1;    /* means something only as one call: never split, even on a stream */
    bool once : 1;     /* may return a short count at will: one piece is enough */
    bool no_point : 1; /* is no cancellation point (pthreads(7)) */
    bool connects : 1; /* sends and connects in one */
    bool all : 1;      /* of a receive: MSG_WAITALL, it does not */
    /* Make the real call for a part; with the whole length, as the program gave it. */
    ssize_t (*go)(const struct passage *passage, size_t offset, size_t length);
};

/* A passage on its way. */
struct gate {
    const struct passage *passage;
    size_t bytes;    /* that the claims are for */
    uint16_t limits; /* those that apply, a bit each */
    uint8_t claims_count;
    uint8_t timeout_error; /* what gate_wait fails with when its time is over */
    bool message;          /* on a socket of messages, not of a stream */
    bool whole;            /* may not be split: a message, or by the passage */
    bool counted : 1;      /* limits on calls have been charged: for the first piece */
    bool from_anyone;      /* of a receive: from whom is known only afterwards */
    bool policed : 1;      /* gate_wait failed since a limit in police mode refused */
    bool taken : 1;        /* gate_wait took gate->bytes */
    uint64_t cookie;       /* of the socket, once the call is held; 0 before */
    uint64_t arrival_ns;   /* of the call, from which timeouts count */
    uint64_t waited_ns;    /* how long the last decision held the call */
    struct rl_claim claims[MAX_LIMITS];
};

static inline bool gate_is_receive(enum call family)
{
    return family & (CALL_ACCEPT | CALL_RECV | CALL_READ);
}

#endif
