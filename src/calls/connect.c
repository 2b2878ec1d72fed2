/* connect.c - connect: an attempt counts once, whatever becomes of it. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include "addressed.h"
#include "attempt.h"
#include "connect.h"
#include "deferred.h"
#include "gate.h"
#include "peer.h"
#include "readable.h"
#include "ready.h"
#include "real.h"
#include "report.h"
#include "sandbox.h"
#include "ticket.h"
#include "turn.h"

/* Whether a stream that is in state CLOSE has sent no segment since its last connection was
 * dissolved: a failed attempt has. Old kernels go on counting then. */
__attribute__((noinline)) static bool sent_nothing(int fd)
{
    enum { SEGS_OUT = 34 }; /* tcpi_segs_out of struct tcp_info, linux/tcp.h */
    uint32_t info[SEGS_OUT + 1];
    socklen_t length = sizeof info;
    int saved_errno = errno;
    bool told = REAL(getsockopt)(fd, IPPROTO_TCP, TCP_INFO, info, &length) == 0;
    errno = saved_errno;
    return told && length == sizeof info && info[SEGS_OUT] == 0;
}

/*
 * Whether a connect would begin an attempt. A socket that is connected, that is connecting, or
 * whose attempt failed and has not told so yet, is only asked again. A fresh TCP socket is in state
 * CLOSE, for which tcp_poll() sets POLLHUP; a failed one has POLLERR as well, and so has one whose
 * connection was dissolved. That is noted; but it may have been by another number, or in another
 * process.
 */
static bool begins_attempt(int fd, fd_entry entry)
{
    if (entry & FD_DISSOLVED)
        return true;
    short ready = ready_now(fd, 0);
    if (ready == READY_UNKNOWN)
        return true;
    return (ready & POLLHUP) && (!(ready & POLLERR) || (!in_sandbox() && sent_nothing(fd)));
}

/*
 * What is known of the peer is known no more: neither of this number, nor of its duplicates. This
 * one's is noted where it could not be found out again: in a sandbox, and while the attempt goes
 * on, for getpeername(2) tells it only afterwards, and a send may wait for that in the kernel.
 */
static void forget_peer(int fd, const struct sockaddr *address, socklen_t length, int result)
{
    if (!shim_selective)
        return;
    bool goes_on = result < 0 && (errno == EINPROGRESS || errno == EINTR);
    if (!in_sandbox())
        fd_forget_peers();
    if (goes_on || result == 0)
        addressed_begin(fd);
    if ((goes_on || (result == 0 && in_sandbox())) && address->sa_family != AF_UNSPEC)
        fd_note_peer(fd, fd_look(fd), peer_limits_to(fd, address, length), fd_age_now());
}

static int connect_for_free(int fd, const struct sockaddr *address, socklen_t length)
{
    int result = REAL(connect)(fd, address, length);
    forget_peer(fd, address, length, result);
    return result;
}

/* As connect returns. */
static int make_attempt(const struct passage *passage, bool can_begin, int error)
{
    int saved_errno = errno;
    if (can_begin && attempt_begin(passage->fd, passage->to, passage->to_length))
        errno = error == EAGAIN ? EINPROGRESS : EINTR;
    else if (!passage->connects &&
             REAL(connect)(passage->fd, passage->to, passage->to_length) == 0) {
        errno = saved_errno;
        return 0;
    }
    return -1;
}

/* The attempt was not waited for: later ones wait. Of a fast open it is all that there was. */
static void owe_attempt(struct gate *gate)
{
    uint64_t now_ns = rl_now();
    gate->bytes = 0;
    gate->limits &= (uint16_t)shim_limits_of(CALL_CONNECT);
    gate_claim(gate);
    for (unsigned i = 0; i < gate->claims_count; i++)
        gate_owe(&gate->claims[i], now_ns);
    report_after_all(gate, now_ns);
}

int connect_cut_short(struct gate *gate, int error)
{
    const struct passage *passage = gate->passage;
    bool goes_on = error == EINTR || (error == EAGAIN && !gate->policed);
    if (goes_on && !gate_same_socket(gate)) {
        error = EBADF;
        goes_on = false;
    }
    bool can_begin = goes_on && attempt_can_begin(passage->fd);
    if (!goes_on || (passage->connects && !can_begin)) {
        errno = error;
        return -1;
    }
    int result = make_attempt(passage, can_begin, error);
    if (result == 0 || gate_was_attempt(errno))
        owe_attempt(gate);
    forget_peer(passage->fd, passage->to, passage->to_length, result);
    fd_note_dissolved(passage->fd, false);
    return result;
}

/* gate->gated: it is deferred, and is in progress as far as the program can tell. */
static int wait_or_defer(struct gate *gate)
{
    const struct passage *passage = gate->passage;
    gate->held = !deferred_can_be(passage) || !sent_nothing(passage->fd) || !deferred_note(passage);
    return gate_wait(gate);
}

int connect(int fd, const struct sockaddr *address, socklen_t length)
{
    if (gate_passes(CALL_CONNECT, fd) || length < sizeof address->sa_family ||
        !is_readable(address, sizeof address->sa_family))
        return connect_for_free(fd, address, length);
    fd_entry entry = fd_look(fd);
    if (fd_class(entry) != FD_STREAM) /* a datagram socket sends nothing */
        return connect_for_free(fd, address, length);
    if (address->sa_family == AF_UNSPEC) {
        int result = connect_for_free(fd, address, length);
        if (result == 0 && deferred_is(fd))
            ticket_abandon(fd);
        if (result == 0)
            fd_note_dissolved(fd, true);
        return result;
    }
    if (deferred_is(fd))
        loop_pass_time(rl_now());
    if (deferred_is(fd) && (gate_blocks(fd) || ticket_spins(fd, GATE_CONNECT)))
        deferred_await(fd, 0);
    int told = deferred_error(fd);
    if (told || deferred_is(fd)) {
        errno = told ? told : EALREADY;
        return -1;
    }
    if (!begins_attempt(fd, entry))
        return connect_for_free(fd, address, length);

    const struct passage passage = {
        .call = "connect",
        .family = CALL_CONNECT,
        .fd = fd,
        .to = address,
        .to_length = length,
    };
    struct gate gate;
    int error = gate_enter(&gate, &passage) ? 0 : wait_or_defer(&gate);
    if (gate.gated) {
        errno = EINPROGRESS;
        forget_peer(fd, address, length, -1);
        fd_note_dissolved(fd, false);
        return -1;
    }
    if (error)
        return connect_cut_short(&gate, gate.policed ? ECONNREFUSED : error);
    int result = REAL(connect)(fd, address, length);
    gate_settle(&gate, 0, result == 0 || gate_was_attempt(errno));
    forget_peer(fd, address, length, result);
    fd_note_dissolved(fd, false);
    return result;
}

ALIAS_OF(__connect, connect);
