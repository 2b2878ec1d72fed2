/*
 * gate.h - the one gate that every limited call goes through.
 *
 * classify the descriptor -> which limits apply -> acquire -> call libc -> settle.
 *
 * A wrapper describes its call as a passage and hands it to gate_pass; what has rules of its own
 * (connect, whole batches of messages) uses the three steps below.
 */
#ifndef GATE_H
#define GATE_H

#include <sys/socket.h>
#include <sys/types.h>

#include "fd.h"
#include "shim.h"

struct gate {
    const char *call; /* the name of the function, for the trace */
    enum call family;
    int fd;
    fd_entry entry;      /* what the number was when the call came */
    unsigned limits;     /* those that apply, a bit each */
    bool whole;          /* may not be split */
    bool counted;        /* limits on calls have been charged: for the first piece */
    bool policed;        /* gate_acquire failed since a limit in police mode refused */
    uint64_t arrival_ns; /* of the call, from which timeouts count; 0: not yet known */
    uint64_t decided_ns; /* when the last acquire ended, */
    uint64_t waited_ns;  /* and how long it held the call */
    unsigned claims_count;
    struct rl_claim claims[MAX_LIMITS];
};

/* gate_passes - the short cut: nothing that is limited. */
static inline bool gate_passes(enum call family, int fd)
{
    return !shim_limits_of(family) || fd_passes(fd);
}

/*
 * gate_open - begin a call: which limits apply to it?
 * to: the address that the call itself names, or NULL.
 * Returns false if none does, so that the call is to be made at once.
 */
bool gate_open(struct gate *gate, const char *call, enum call family, int fd,
               const struct sockaddr *to, socklen_t to_length);

/*
 * gate_acquire - hold the call until it conforms.
 * bytes: what is to be sent; it becomes less if only a piece of it may go now.
 * Returns 0, or the errno value that the call ends with: EINTR after a signal; EAGAIN after
 * SO_SNDTIMEO or, in police mode, at once (see `policed`); ETIMEDOUT after RL_TIMEOUT; EBADF if the
 * descriptor was closed meanwhile. Nothing is taken then.
 */
int gate_acquire(struct gate *gate, size_t *bytes);

/*
 * gate_settle - after the call: refund what was not used.
 * bytes: what the kernel took; taken: whether it counts as a call.
 */
void gate_settle(struct gate *gate, size_t bytes, bool taken);

/* A call of the send and write families. */
struct passage {
    const char *call;
    enum call family;
    int fd;
    size_t length; /* bytes in all */
    const struct sockaddr *to;
    socklen_t to_length;
    bool whole; /* means something only as one call: never split, even on a stream */
    bool once;  /* may return a short count at will: one piece is enough */
    /* Make the real call for a part; with offset 0 and the whole length as the program gave it. */
    ssize_t (*go)(const struct passage *passage, size_t offset, size_t length);
};

/* gate_pass - make the call, in pieces if it must be; returns as the real call would. */
ssize_t gate_pass(const struct passage *passage);

#endif
