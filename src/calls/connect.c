/* connect.c - connect: an attempt counts once, whatever becomes of it. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include "gate.h"
#include "hold.h"
#include "peer.h"
#include "readable.h"
#include "ready.h"
#include "real.h"
#include "sandbox.h"

/* Whether a stream that is in state CLOSE has sent no segment since its last connection was
 * dissolved: a failed attempt has. Old kernels go on counting then. */
__attribute__((noinline)) static bool sent_nothing(int fd)
{
    enum { SEGS_OUT = 34 }; /* tcpi_segs_out of struct tcp_info, linux/tcp.h */
    uint32_t info[SEGS_OUT + 1];
    socklen_t length = sizeof info;
    int saved_errno = errno;
    bool told = getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, &length) == 0;
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

/* What is known of the peer is known no more: neither of this number, nor of its duplicates. In a
 * sandbox, where nobody else's could be found out again, this one's is noted. */
static void forget_peer(int fd, const struct sockaddr *address, socklen_t length, int result)
{
    if (!shim_selective)
        return;
    if (!in_sandbox())
        fd_forget_peers();
    else if ((result == 0 || errno == EINPROGRESS) && address->sa_family != AF_UNSPEC)
        fd_note_peer(fd, fd_look(fd), peer_limits(address, length), fd_age_now());
}

static int connect_for_free(int fd, const struct sockaddr *address, socklen_t length)
{
    int result = REAL(connect)(fd, address, length);
    forget_peer(fd, address, length, result);
    return result;
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
        if (result == 0)
            fd_note_dissolved(fd, true);
        return result;
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
    int error = gate_enter(&gate, &passage) ? 0 : gate_wait(&gate);
    if (error) {
        /* As the kernel says it of a connect: connect(2), and socket(7) on SO_SNDTIMEO. */
        errno = gate.policed ? ECONNREFUSED : error == EAGAIN ? EINPROGRESS : error;
        return -1;
    }
    int result = REAL(connect)(fd, address, length);
    gate_settle(&gate, 0, result == 0 || gate_was_attempt(errno));
    forget_peer(fd, address, length, result);
    fd_note_dissolved(fd, false);
    return result;
}

ALIAS_OF(__connect, connect);
