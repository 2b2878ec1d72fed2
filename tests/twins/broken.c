/* broken.c - half-closed and reset connections: EPIPE, SIGPIPE, ECONNRESET, and in which order. */
#include <sys/sendfile.h>
#include <sys/wait.h>

#include "poker.h"
#include "twin.h"
#include "ways.h"

static volatile sig_atomic_t pipes;

static void count_pipe(int signal)
{
    (void)signal;
    pipes++;
}

static void on_sigpipe(void)
{
    sigaction(SIGPIPE, &(struct sigaction){.sa_handler = count_pipe, .sa_flags = SA_RESTART}, NULL);
}

static void reset(int fd)
{
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
    close(fd);
}

static void say_error(int fd)
{
    int error = -1;
    socklen_t size = sizeof error;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    say("SO_ERROR: %s", error ? name_of_error(error) : "none");
}

/* After our own shutdown: each kind of call, and a SIGPIPE for each that was not told otherwise. */
static void own_end(void)
{
    struct pair pair = tcp_pair();
    struct iovec iov = {data, 100};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
    struct mmsghdr batch = {.msg_hdr = message};
    int file = MUST(open("/proc/self/exe", O_RDONLY));
    on_sigpipe();
    SAY(send(pair.near, data, 5000, 0));
    SAY(shutdown(pair.near, SHUT_WR));
    SAY(send(pair.near, data, 5000, 0));
    SAY(write(pair.near, data, 5000));
    SAY(sendto(pair.near, data, 5000, 0, NULL, 0));
    SAY(sendmsg(pair.near, &message, 0));
    SAY(sendmmsg(pair.near, &batch, 1, 0));
    SAY(writev(pair.near, &iov, 1));
    say("SIGPIPE %d times", (int)pipes);
    SAY(send(pair.near, data, 5000, MSG_NOSIGNAL));
    SAY(sendmsg(pair.near, &message, MSG_NOSIGNAL));
    say("SIGPIPE %d times", (int)pipes);
    SAY(sendfile(pair.near, file, NULL, 1000));
    say("SIGPIPE %d times", (int)pipes);
    say_stream("peer", drain(pair.far));
}

static void killed_by_it(void)
{
    struct pair pair = tcp_pair();
    int status;
    pid_t child = MUST(fork());
    if (child == 0) {
        shutdown(pair.near, SHUT_WR);
        write(pair.near, data, 5000) < 0 ? _exit(1) : _exit(2);
    }
    waitpid(child, &status, 0);
    say("killed %d by %s", WIFSIGNALED(status), sigabbrev_np(WTERMSIG(status)));
}

/* The peer went without reading: one ECONNRESET, then EPIPE. */
static void reset_by_peer(void)
{
    struct pair pair = tcp_pair();
    char bytes[10];
    on_sigpipe();
    SAY(send(pair.near, data, 5000, 0));
    reset(pair.far);
    say("events %#x", await_events(pair.near, POLLIN | POLLRDHUP));
    SAY(send(pair.near, data, 5000, 0));
    SAY(send(pair.near, data, 5000, 0));
    SAY(recv(pair.near, bytes, sizeof bytes, 0));
    say("SIGPIPE %d times", (int)pipes);
}

static void reset_then_received(void)
{
    struct pair pair = tcp_pair();
    char bytes[10];
    on_sigpipe();
    reset(pair.far);
    await_events(pair.near, POLLIN);
    SAY(recv(pair.near, bytes, sizeof bytes, 0));
    SAY(recv(pair.near, bytes, sizeof bytes, 0));
    SAY(write(pair.near, data, 5000));
    say("SIGPIPE %d times", (int)pipes);
}

static void reset_then_asked(void)
{
    struct pair pair = tcp_pair();
    on_sigpipe();
    reset(pair.far);
    await_events(pair.near, POLLIN);
    say_error(pair.near);
    say_error(pair.near);
    SAY(write(pair.near, data, 5000));
    say("SIGPIPE %d times", (int)pipes);
}

/* The peer closed, and answers what still comes with a reset. */
static void closed_by_peer(void)
{
    struct pair pair = tcp_pair();
    char bytes[10];
    on_sigpipe();
    SAY(close(pair.far));
    SAY(recv(pair.near, bytes, sizeof bytes, 0));
    SAY(send(pair.near, data, 100, 0));
    await_events(pair.near, 0);
    SAY(send(pair.near, data, 100, 0));
    SAY(send(pair.near, data, 100, 0));
    say("SIGPIPE %d times", (int)pipes);
}

static void half_closed_by_peer(void)
{
    struct pair pair = tcp_pair();
    char bytes[10];
    SAY(shutdown(pair.far, SHUT_WR));
    SAY(recv(pair.near, bytes, sizeof bytes, 0));
    SAY(send(pair.near, data, 50000, 0));
    SAY(recv(pair.near, bytes, sizeof bytes, 0));
    say_received(pair);
}

static void reading_end_closed(void)
{
    struct pair pair = tcp_pair();
    char bytes[10];
    SAY(shutdown(pair.near, SHUT_RD));
    SAY(recv(pair.near, bytes, sizeof bytes, 0));
    SAY(send(pair.near, data, 5000, 0));
    SAY(shutdown(pair.near, SHUT_RDWR));
    SAY(shutdown(pair.near, SHUT_RDWR));
    SAY(shutdown(pair.near, 77));
    SAY(send(pair.near, data, 5000, MSG_NOSIGNAL));
    say_stream("peer", drain(pair.far));
}

static struct pair waiting;

/* Until nothing has come for a while: between two pieces a moment decides whose the error is. */
static void await_standstill(void)
{
    int before, unread = -1;
    do {
        before = unread;
        nap(0.03);
        MUST(ioctl(waiting.far, FIONREAD, &unread));
    } while (unread != before);
}

static void peer_resets(void)
{
    await_standstill();
    reset(waiting.far);
}

static void we_shut_down(void)
{
    await_standstill();
    shutdown(waiting.near, SHUT_WR);
}

/* The connection ends while a call waits, of which `begun` says whether a part has gone. */
static void ends_meanwhile(void (*how)(void), bool begun)
{
    waiting = begun ? stream_pair(AF_INET, 200000) : narrow_pair();
    if (!begun)
        fill(waiting.near);
    on_sigpipe();
    signal(SIGUSR1, SIG_IGN);
    poker.blind = true;
    poker.arrived_at = waiting.far;
    poker.then = how;
    poker_start(1);
    SAY_CLASS("send", send(waiting.near, data, DATA_BYTES, 0), DATA_BYTES);
    poker_end();
    say("SIGPIPE %d times", (int)pipes);
    SAY(send(waiting.near, data, 1000, 0));
    say("SIGPIPE %d times", (int)pipes);
    SAY(send(waiting.near, data, 1000, 0));
    say("SIGPIPE %d times", (int)pipes);
    say_error(waiting.near);
}

static void reset_meanwhile(void)
{
    ends_meanwhile(peer_resets, false);
}

static void reset_after_a_part(void)
{
    ends_meanwhile(peer_resets, true);
}

static void shut_down_meanwhile(void)
{
    ends_meanwhile(we_shut_down, false);
}

static void shut_down_after_a_part(void)
{
    ends_meanwhile(we_shut_down, true);
}

static void *send_and_reset(void *unused)
{
    (void)unused;
    send_all(waiting.far, 30000);
    nap(0.1);
    reset(waiting.far);
    return NULL;
}

/* While one waits that has got a part: the error is the next one's to see. */
static void reset_before_all_is_received(void)
{
    static ssize_t (*const ways[])(int fd, size_t length) = {by_recv, by_recvfrom, by_recvmsg,
                                                             all_by_read, all_by_readv};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        waiting = tcp_pair();
        pthread_t thread = thread_start(send_and_reset, NULL);
        SAY(ways[i](waiting.near, 100000));
        SAY(ways[i](waiting.near, 100000));
        SAY(ways[i](waiting.near, 100000));
        pthread_join(thread, NULL);
        close(waiting.near);
    }
}

/* recvmmsg asks for the error first, and leaves one that comes later to the next call. */
static void reset_before_a_batch(void)
{
    struct pair pair = stream_pair(AF_INET, 0);
    char bytes[2][100];
    struct iovec iov[2] = {{bytes[0], 100}, {bytes[1], 100}};
    struct mmsghdr messages[2] = {{.msg_hdr = {.msg_iov = &iov[0], .msg_iovlen = 1}},
                                  {.msg_hdr = {.msg_iov = &iov[1], .msg_iovlen = 1}}};
    SAY(send(pair.far, data, 10, 0));
    await_bytes(pair.near, 10);
    reset(pair.far);
    nap(0.05);
    SAY(recvmmsg(pair.near, messages, 2, 0, NULL));
    SAY(recv(pair.near, bytes[0], 100, 0));
    SAY(recv(pair.near, bytes[0], 100, 0));
}

/* Of what is closed, MPTCP tells FIONREAD of one byte, though none is there. */
static void mptcp_reset(void)
{
    enum { MPTCP = 262 }; /* linux/in.h */
    for (int waits = 0; waits < 2; waits++) {
        union address address = loopback(AF_INET);
        socklen_t length = sizeof address;
        int listener = socket(AF_INET, SOCK_STREAM, MPTCP),
            near = socket(AF_INET, SOCK_STREAM, MPTCP);
        if (listener < 0 || near < 0)
            skip("no MPTCP here");
        MUST(bind(listener, &address.any, length_of(&address)));
        MUST(listen(listener, 1));
        MUST(getsockname(listener, &address.any, &length));
        MUST(connect(near, &address.any, length));
        int far = MUST(accept(listener, NULL, NULL));
        SAY(send(far, data, 1000, 0));
        await_bytes(near, 1000);
        reset(far);
        nap(0.05);
        int flags = waits ? 0 : MSG_DONTWAIT;
        SAY(recv(near, data, 60000, flags));
        SAY(recv(near, data, 60000, flags));
        SAY(recv(near, data, 60000, flags));
        close(near);
        close(listener);
    }
}

TWINS(TWIN(reset_before_a_batch), TWIN(own_end), TWIN(killed_by_it), TWIN(reset_by_peer),
      TWIN(reset_then_received), TWIN(reset_then_asked), TWIN(closed_by_peer),
      TWIN(half_closed_by_peer), TWIN(reading_end_closed), TWIN(reset_meanwhile),
      TWIN(reset_after_a_part), TWIN(mptcp_reset), TWIN(shut_down_meanwhile),
      TWIN(shut_down_after_a_part), TWIN(reset_before_all_is_received))
