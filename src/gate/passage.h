/* passage.h - a limited call, and how far it has come. See gate.h. */
#ifndef PASSAGE_H
#define PASSAGE_H

#include <sys/socket.h>
#include <sys/types.h>

#include "iov.h"
#include "shim.h"
#include "span.h"

/* A call, as the program made it. This and struct gate lie on the program's stack: they are packed.
 */
struct passage {
    const char *call; /* the name of the function, for the trace */
    enum call family;
    int fd;
    size_t length; /* bytes in all */
    union {        /* where they are; of a call that does not tell: NULL, and no parts */
        const char *bytes;
        char *room; /* of a receive */
        const struct iovec *iov;
    };
    const struct sockaddr *to; /* the address that the call itself names, or NULL */
    socklen_t to_length;
    uint16_t parts;     /* of iov; 0: all is at bytes, or room */
    bool whole : 1;     /* means something only as one call: never split, even on a stream */
    bool once : 1;      /* may return a short count at will: one piece is enough */
    bool no_point : 1;  /* is no cancellation point (pthreads(7)) */
    bool connects : 1;  /* sends and connects in one */
    bool all : 1;       /* of a receive: MSG_WAITALL, it does not */
    bool dont_wait : 1; /* MSG_DONTWAIT */
    bool may_wait : 1;  /* go has no way not to wait in the kernel */
    bool later : 1;     /* one message of a call of which others have gone */
    /* Make the real call for a part; with the whole length, as the program gave it. flags: 0, or
     * MSG_DONTWAIT. */
    ssize_t (*go)(const struct passage *passage, size_t offset, size_t length, int flags);
};

/* passage_is_seen - whether its bytes are: those of files, and pipes, are not. */
static inline bool passage_is_seen(const struct passage *passage)
{
    return passage->bytes || passage->parts;
}

/*
 * passage_window - as iov_window, of the bytes of a passage. Of a send they are whatever the
 * program gave: what is not readable is the kernel's to refuse.
 */
static inline size_t passage_window(const struct passage *passage, size_t offset, size_t length,
                                    struct iovec window[IOV_WINDOW], size_t *covered)
{
    const struct iovec whole = {passage->room, passage->length};
    const struct iovec *iov = passage->parts ? passage->iov : &whole;
    return iov_window(iov, passage->parts ? passage->parts : 1, offset, length, window, covered);
}

/* A passage on its way. */
struct gate {
    const struct passage *passage;
    size_t bytes;    /* that the claims are for */
    uint16_t limits; /* those that apply, a bit each */
    uint8_t claims_count;
    uint8_t timeout_error; /* what gate_wait fails with when its time is over */
    bool from_anyone;      /* of a receive: from whom is known only afterwards */
    bool message : 1;      /* on a socket of messages, not of a stream */
    bool whole : 1;        /* may not be split: a message, or by the passage */
    bool counted : 1;      /* limits on calls have been charged: for the first piece */
    bool gated : 1;        /* gate_wait failed since the call is to come again: see ticket.h */
    bool held : 1;         /* is never to be gated */
    bool known : 1;        /* nor for a moment: what it asks for was said to be there */
    bool policed : 1;      /* gate_wait failed since a limit in police mode refused */
    bool taken : 1;        /* gate_wait took gate->bytes */
    bool begun : 1;        /* it had to wait, and the four below are known: */
    bool waits : 1;        /* as a blocking call does */
    bool timed : 1;        /* by SO_SNDTIMEO or SO_RCVTIMEO */
    bool blocked : 1;      /* signals are, and `signals` is the mask that the program has */
    bool cancels : 1;      /* as the thread may be, when they are not */
    bool was_ready : 1;    /* as poll(2) said, and nothing has gone since */
    bool says : 1;         /* sends what limits read: see said.h */
    bool heard : 1;        /* addressed_offers is to be told what went */
    uint64_t cookie;       /* of the socket; 0: none */
    uint64_t deadline_ns;  /* of the socket's timeout */
    uint64_t signals;
    uint64_t arrival_ns; /* of the call, from which timeouts count */
    uint64_t waited_ns;  /* how long the last decision held the call */
    struct rl_claim claims[MAX_LIMITS];
};

/* passage_part - its bytes from `offset` on, up to where they go on elsewhere. Likewise. */
static inline struct span passage_part(const struct passage *passage, size_t offset)
{
    const struct iovec *part = passage->iov;
    if (!passage->parts)
        return (struct span){passage->bytes + offset, passage->length - offset};
    for (; offset >= part->iov_len; part++)
        offset -= part->iov_len;
    return (struct span){(const char *)part->iov_base + offset, part->iov_len - offset};
}

static inline bool gate_is_receive(enum call family)
{
    return family & (CALL_ACCEPT | CALL_RECV | CALL_READ);
}

#endif
