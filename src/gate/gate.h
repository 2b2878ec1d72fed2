/*
 * gate.h - the one gate that every limited call goes through.
 *
 * classify the descriptor -> which limits apply -> acquire -> call libc -> settle.
 *
 * A wrapper describes its call as a passage:
 *
 *     if (gate_passes(family, fd))
 *         return REAL(call)(...);                        nothing that is limited
 *     if (gate_enter(&gate, &passage))
 *         return gate_leave(&gate, REAL(call)(...));     all of it conforms now
 *     return gate_hold(&gate);                           in pieces, each when it conforms
 *
 * The real call stands in the wrapper itself since each return after a system call is dear: the
 * processor has forgotten where to (see the kernel's mitigations of return speculation).
 */
#ifndef GATE_H
#define GATE_H

#include <sys/socket.h>
#include <sys/types.h>

#include "fd.h"
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
    bool message;        /* on a socket of messages, not of a stream */
    bool whole;          /* may not be split: a message, or by the passage */
    bool counted;        /* limits on calls have been charged: for the first piece */
    bool from_anyone;    /* of a receive: from whom is known only afterwards */
    bool policed;        /* gate_wait failed since a limit in police mode refused */
    uint64_t cookie;     /* of the socket, once the call is held; 0 before */
    uint64_t arrival_ns; /* of the call, from which timeouts count */
    uint64_t waited_ns;  /* how long the last decision held the call */
    struct rl_claim claims[MAX_LIMITS];
};

/* gate_passes - the short cut: nothing that is limited. */
static inline bool gate_passes(enum call family, int fd)
{
    return !shim_limits_of(family) || fd_passes(fd);
}

/* gate_passes_send - likewise of sends with flags: TCP Fast Open is a connect as well. */
static inline bool gate_passes_send(int fd, int flags)
{
    return gate_passes(CALL_SEND, fd) && !(flags & MSG_FASTOPEN);
}

/* gate_look - begin a call, and take nothing yet. False if no limit applies: it may go. */
bool gate_look(struct gate *gate, const struct passage *passage);

/* gate_find_out - what a descriptor is, and who its peer, while that can be asked. */
void gate_find_out(int fd);

/* gate_claim - what the limits have to grant for gate->bytes. */
void gate_claim(struct gate *gate);

/*
 * gate_enter - begin a call. True if all of it may go now: it conforms, or no limit applies.
 * Then the caller makes it, and tells gate_leave or gate_settle what became of it.
 */
bool gate_enter(struct gate *gate, const struct passage *passage);

/*
 * gate_wait - hold the call until gate->bytes conform, or a piece of them: gate->bytes then is
 * less. Of a receive nothing is taken yet (see below). Returns 0, or the errno value that the call
 * ends with: EINTR after a signal; EAGAIN after SO_SNDTIMEO or SO_RCVTIMEO or, in police mode, at
 * once (see `policed`); ETIMEDOUT after RL_TIMEOUT; EBADF if the descriptor was closed meanwhile.
 * Nothing is taken then.
 */
int gate_wait(struct gate *gate);

/*
 * gate_settle - after the call: refund what was not used.
 * bytes: what the kernel took; taken: whether it counts as a call; or by what the call returned.
 */
void gate_settle(struct gate *gate, size_t bytes, bool taken);
void gate_settle_result(struct gate *gate, ssize_t result);

/* gate_report_use - to the summary: what passed, whether or not it had to be claimed. */
void gate_report_use(const struct gate *gate, size_t bytes);

/* gate_timeout - the longest hold that the limits allow, ns; RL_FOREVER: any. */
uint64_t gate_timeout(const struct gate *gate);

/* gate_cut_piece - make gate->bytes what may pass at a time. */
void gate_cut_piece(struct gate *gate);

/* gate_hung_up - whether a connection is closed in both directions, as by a reset: between two
 * pieces of a call. POLLHUP tells, since POLLERR may be no more than a message in the error queue.
 */
bool gate_hung_up(int fd);

/* gate_was_attempt - whether a connect that failed with this error had sent a segment. All else the
 * kernel refuses before. */
bool gate_was_attempt(int error);

/* gate_leave - settle a call that returned `result`, as send(2) and write(2) do. With one branch:
 * the processor has forgotten, too, which way they go. */
static inline ssize_t gate_leave(struct gate *gate, ssize_t result)
{
    if (((size_t)result ^ gate->bytes) | (result < 0) | shim.reporting)
        gate_settle_result(gate, result);
    return result;
}

/* gate_hold - after gate_enter was false: make the call, in pieces if it must be; returns as the
 * real call would. */
ssize_t gate_hold(struct gate *gate);

/*
 * Receiving knows its amount only afterwards. So a receive waits until a piece would conform, takes
 * nothing, makes the call (which may wait for data as long as it likes), and is charged for what it
 * got; should others have been faster meanwhile, it returns only when that conforms.
 *
 * gate_await - the wait before; as gate_wait. Of a call that receives from anyone, for the limits
 * that have no `to` list.
 *
 * gate_received_from - from whom it came, which decides on the limits that have one. room: that
 * there was for the address, which is cut off where it is longer; 0: it is not told.
 *
 * gate_charge - the charge afterwards, for bytes that were received. No signal ends it: they are
 * the program's.
 */
int gate_await(struct gate *gate);
void gate_received_from(struct gate *gate, const struct sockaddr *from, socklen_t room,
                        socklen_t length);
void gate_charge(struct gate *gate, size_t bytes);

/* gate_receive - make a call of the recv and read families; returns as the real call would.
 * from, from_length: where the call will say from whom it is, or NULL. */
ssize_t gate_receive(const struct passage *passage, const struct sockaddr *from,
                     const socklen_t *from_length);

static inline bool gate_is_receive(enum call family)
{
    return family & (CALL_ACCEPT | CALL_RECV | CALL_READ);
}

#endif
