/*
 * connecting.c - an attempt to connect counts once, and what sends nothing counts not at all.
 *
 * Limit: `connect 1/h burst=2 timeout=1ms`: two attempts, and the third fails with ETIMEDOUT. Where
 * the hold of an attempt is cut short: `connect 2/s burst=1`.
 */
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include "hold.h"

static struct sockaddr_in server;

static int connect_to(int fd, const struct sockaddr_in *address)
{
    return connect(fd, (const struct sockaddr *)address, sizeof *address);
}

static int new_socket(int flags)
{
    return MUST(socket(AF_INET, SOCK_STREAM | flags, 0));
}

/* How many attempts were left: one that did not wait would not say that it was too much. */
static int attempts_left(void)
{
    int count = 0;
    while (connect_to(new_socket(0), &server) == 0)
        count++;
    CHECK_EQ(errno, ETIMEDOUT);
    return count;
}

static void serve(void)
{
    tcp_listen(&server, 100);
}

static void connected(void)
{
    serve();
    int fd = new_socket(0);
    CHECK_EQ(connect_to(fd, &server), 0);
    for (int i = 0; i < 5; i++)
        CHECK_FAILS(connect_to(fd, &server), EISCONN);
    CHECK_EQ(attempts_left(), 1);
}

/* To a listener that has no room: the attempt goes on for long. */
static void connecting(void)
{
    struct sockaddr_in full;
    tcp_listen(&full, 0);
    int first = new_socket(0), fd = new_socket(SOCK_NONBLOCK);
    CHECK_EQ(connect_to(first, &full), 0);
    CHECK_FAILS(connect_to(fd, &full), EINPROGRESS);
    for (int i = 0; i < 5; i++)
        CHECK_FAILS(connect_to(fd, &full), EALREADY);
    server = full;
    CHECK_EQ(attempts_left(), 0);
}

/* As event loops do it; the second connect is BSD's way of asking what became of the first. */
static void polled(void)
{
    serve();
    int fd = new_socket(SOCK_NONBLOCK);
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    CHECK_FAILS(connect_to(fd, &server), EINPROGRESS);
    CHECK_EQ(poll(&p, 1, 1000), 1);
    CHECK_EQ(connect_to(fd, &server), 0); /* connected, and not yet told (connect(3p)) */
    CHECK_FAILS(connect_to(fd, &server), EISCONN);
    CHECK_EQ(attempts_left(), 1);
}

/* Nobody listens where somebody did. */
static struct sockaddr_in deserted(void)
{
    struct sockaddr_in address;
    MUST(close(tcp_listen(&address, 1)));
    return address;
}

static void refused(void)
{
    struct sockaddr_in nobody = deserted();
    int fd = new_socket(0);
    CHECK_FAILS(connect_to(fd, &nobody), ECONNREFUSED);
    CHECK_FAILS(connect_to(fd, &nobody), ECONNREFUSED);
    CHECK_FAILS(connect_to(fd, &nobody), ETIMEDOUT);
}

static void refused_later(void)
{
    struct sockaddr_in nobody = deserted();
    serve();
    int fd = new_socket(SOCK_NONBLOCK);
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    if (!CHECK_FAILS(connect_to(fd, &nobody), EINPROGRESS))
        return;
    CHECK_EQ(poll(&p, 1, 1000), 1);
    CHECK_FAILS(connect_to(fd, &nobody), ECONNREFUSED);
    CHECK_EQ(attempts_left(), 1);
}

static void unsent(void)
{
    serve();
    struct sockaddr_in datagrams = loopback("127.0.0.1"), multicast = loopback("224.0.0.1");
    struct sockaddr_in strange = server;
    struct sockaddr nobody = {.sa_family = AF_UNSPEC};
    bound(SOCK_DGRAM, &datagrams);
    int udp = MUST(socket(AF_INET, SOCK_DGRAM, 0)), fd = new_socket(0);
    int raw_closed = new_socket(0);
    MUST(close(raw_closed));
    strange.sin_family = 99;
    multicast.sin_port = server.sin_port;
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(connect_to(udp, &datagrams), 0);
        CHECK_EQ(connect(udp, &nobody, sizeof nobody), 0);
        CHECK_EQ(connect(fd, &nobody, sizeof nobody), 0);
        CHECK_FAILS(connect_to(raw_closed, &server), EBADF);
        CHECK_FAILS(connect_to(-1, &server), EBADF);
        CHECK_FAILS(connect_to(STDERR_FILENO, &server), ENOTSOCK);
        CHECK_FAILS(connect_to(fd, &strange), EAFNOSUPPORT);
        CHECK_FAILS(connect_to(fd, &multicast), ENETUNREACH);
        CHECK_FAILS(connect(fd, (struct sockaddr *)&server, 4), EINVAL);
        CHECK_FAILS(connect(fd, NULL, sizeof server), EFAULT);
    }
    CHECK_EQ(attempts_left(), 2);
}

/* Dissolved, and connected anew: that is an attempt. */
static void again(void)
{
    serve();
    struct sockaddr nobody = {.sa_family = AF_UNSPEC};
    int fd = new_socket(0);
    CHECK_EQ(connect_to(fd, &server), 0);
    CHECK_EQ(connect(fd, &nobody, sizeof nobody), 0);
    CHECK_EQ(connect_to(fd, &server), 0);
    CHECK_EQ(connect(fd, &nobody, sizeof nobody), 0);
    CHECK_FAILS(connect_to(fd, &server), ETIMEDOUT);
}

static long fast_sendto(int fd)
{
    return sendto(fd, data, 1, MSG_FASTOPEN, (struct sockaddr *)&server, sizeof server);
}

static long fast_sendto_by_number(int fd)
{
    return syscall(SYS_sendto, fd, data, 1L, MSG_FASTOPEN, &server, sizeof server);
}

static long fast_sendmsg_by_number(int fd)
{
    struct iovec iov = {data, 1};
    struct msghdr message = {
        .msg_name = &server, .msg_namelen = sizeof server, .msg_iov = &iov, .msg_iovlen = 1};
    return syscall(SYS_sendmsg, fd, &message, MSG_FASTOPEN);
}

static long fast_sendmmsg_by_number(int fd)
{
    struct iovec iov = {data, 1};
    struct mmsghdr batch = {
        .msg_hdr = {
            .msg_name = &server, .msg_namelen = sizeof server, .msg_iov = &iov, .msg_iovlen = 1}};
    return syscall(SYS_sendmmsg, fd, &batch, 1L, MSG_FASTOPEN);
}

/* It connects, too, by whatever call. */
static void fast_open(long (*send_fast)(int))
{
    serve();
    if (send_fast(new_socket(0)) < 0 && errno == EOPNOTSUPP)
        hold_skip("net.ipv4.tcp_fastopen forbids it");
    CHECK_EQ(send_fast(new_socket(0)), 1);
    CHECK_FAILS(send_fast(new_socket(0)), ETIMEDOUT);
    CHECK_EQ(attempts_left(), 0);
}

static void fast_open_sendto(void)
{
    fast_open(fast_sendto);
}

static void fast_open_sendto_by_number(void)
{
    fast_open(fast_sendto_by_number);
}

static void fast_open_sendmsg_by_number(void)
{
    fast_open(fast_sendmsg_by_number);
}

static void fast_open_sendmmsg_by_number(void)
{
    fast_open(fast_sendmmsg_by_number);
}

static void *interrupt(void *thread)
{
    await_hold(getpid());
    pthread_kill(*(pthread_t *)thread, SIGUSR1);
    return NULL;
}

static void ignore(int signal)
{
    (void)signal;
}

static long connect_by_name(int fd)
{
    return connect_to(fd, &server);
}

static long connect_by_number(int fd)
{
    return syscall(SYS_connect, fd, &server, sizeof server);
}

static int error_of(int fd)
{
    int error = -1;
    socklen_t size = sizeof error;
    MUST(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size));
    return error;
}

/* A connect that ended, but is under way in the kernel, comes to its end. */
static void check_goes_on(int listener, int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    struct sockaddr_in near, peer;
    socklen_t length = sizeof near;
    char byte = 0;
    CHECK_EQ(poll(&p, 1, 1000), 1);
    CHECK_EQ(p.revents, POLLOUT);
    CHECK_EQ(error_of(fd), 0);
    CHECK_EQ(connect_to(fd, &server), 0);
    CHECK_FAILS(connect_to(fd, &server), EISCONN);
    CHECK_EQ(getpeername(fd, (struct sockaddr *)&peer, &length), 0);
    CHECK_EQ(peer.sin_port, server.sin_port);
    CHECK_EQ(getsockname(fd, (struct sockaddr *)&near, &length), 0);
    int accepted = MUST(accept(listener, NULL, NULL));
    CHECK_EQ(getpeername(accepted, (struct sockaddr *)&peer, &length), 0);
    CHECK_EQ(peer.sin_port, near.sin_port);
    CHECK_EQ(send(fd, data, 1, 0), 1);
    CHECK_EQ(recv(accepted, &byte, 1, 0), 1);
    CHECK_EQ(byte, data[0]);
    CHECK_EQ(fcntl(fd, F_GETFL), O_RDWR);
    close(accepted);
}

static pthread_t interrupt_self(int flags)
{
    static pthread_t self;
    self = pthread_self();
    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = ignore, .sa_flags = flags}, NULL);
    return thread_start(interrupt, &self);
}

static void send_timeout(int fd, long ms)
{
    struct timeval timeout = {ms / 1000, ms % 1000 * 1000};
    MUST(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout));
}

/* connect 2/s burst=1: what takes the first, so that the next is held; returns when that was. */
static double take_first(int listener)
{
    double begin = now();
    int first = new_socket(0);
    CHECK_EQ(connect_to(first, &server), 0);
    close(MUST(accept(listener, NULL, NULL)));
    close(first);
    return begin;
}

/* A debt: the next one waits for that attempt, too. Until the limit is at rest again. */
static void check_debt(double begin, double expected)
{
    CHECK_EQ(connect_to(new_socket(0), &server), 0);
    CHECK_TOOK(begin, expected, expected + 0.4);
    nap(0.5);
}

static void cut_by_signal(long (*connects)(int), int flags)
{
    int listener = tcp_listen(&server, 100), fd = new_socket(0);
    double begin = take_first(listener);
    pthread_t thread = interrupt_self(flags);
    if (flags & SA_RESTART) {
        CHECK_EQ(connects(fd), 0);
        CHECK_TOOK(begin, 0.5, 0.9);
        CHECK_FAILS(connect_to(fd, &server), EISCONN);
    } else {
        CHECK_FAILS(connects(fd), EINTR);
        CHECK_TOOK(begin, 0.05, 0.45);
        check_goes_on(listener, fd);
    }
    pthread_join(thread, NULL);
    check_debt(begin, 1);
}

static void interrupted(void)
{
    cut_by_signal(connect_by_name, 0);
}

static void interrupted_by_number(void)
{
    cut_by_signal(connect_by_number, 0);
}

static void restarted(void)
{
    cut_by_signal(connect_by_name, SA_RESTART);
}

static void restarted_by_number(void)
{
    cut_by_signal(connect_by_number, SA_RESTART);
}

static long fast_sendmsg(int fd)
{
    struct iovec iov = {data, 1};
    struct msghdr message = {
        .msg_name = &server, .msg_namelen = sizeof server, .msg_iov = &iov, .msg_iovlen = 1};
    return sendmsg(fd, &message, MSG_FASTOPEN);
}

static void need_fast_open(void)
{
    serve();
    int fd = new_socket(0);
    if (sendto(fd, NULL, 0, MSG_FASTOPEN, (struct sockaddr *)&server, 0) < 0 && errno == EOPNOTSUPP)
        hold_skip("net.ipv4.tcp_fastopen forbids it");
    close(fd);
}

/* Of it, too, the connect is under way then, and nothing is sent. */
static void interrupted_fast_open(void)
{
    need_fast_open();
    cut_by_signal(fast_sendto, 0);
    cut_by_signal(fast_sendmsg, 0);
    cut_by_signal(fast_sendmmsg_by_number, 0);
}

/* By the name of the error that a connect in the kernel ends with (socket(7)), a send as well. */
static void cut_by_timeout(long (*connects)(int))
{
    int listener = tcp_listen(&server, 100), fd = new_socket(0);
    double begin = take_first(listener);
    send_timeout(fd, 100);
    CHECK_FAILS(connects(fd), EINPROGRESS);
    CHECK_TOOK(begin, 0.1, 0.4);
    check_goes_on(listener, fd);
    check_debt(begin, 1);
}

static void timed_out(void)
{
    cut_by_timeout(connect_by_name);
    cut_by_timeout(connect_by_number);
}

static void timed_out_fast_open(void)
{
    need_fast_open();
    cut_by_timeout(fast_sendto);
    cut_by_timeout(fast_sendmsg);
}

/* That nobody listens shows later; that it cannot be, at once, and then it costs nothing. */
static void interrupted_in_vain(void)
{
    struct sockaddr_in nobody = deserted(), multicast = loopback("224.0.0.1");
    int listener = tcp_listen(&server, 100), fd = new_socket(0);
    double begin = take_first(listener);
    pthread_t thread = interrupt_self(0);
    multicast.sin_port = server.sin_port;
    CHECK_FAILS(connect_to(fd, &multicast), ENETUNREACH);
    CHECK_TOOK(begin, 0.05, 0.45);
    pthread_join(thread, NULL);
    thread = interrupt_self(0);
    CHECK_FAILS(connect_to(fd, &nobody), EINTR);
    pthread_join(thread, NULL);
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    CHECK_EQ(poll(&p, 1, 1000), 1);
    CHECK_EQ(p.revents, POLLOUT | POLLERR | POLLHUP);
    CHECK_EQ(error_of(fd), ECONNREFUSED);
    check_debt(begin, 1);
}

/* send 1/h burst=1 timeout=1ms to=127.0.0.1: a send that would wait in the kernel for the end of
 * the attempt is one to that peer, which getpeername(2) does not tell yet. */
static void peer_while_connecting(void)
{
    int listener = tcp_listen(&server, 0), first = new_socket(0), fd = new_socket(0);
    CHECK_EQ(connect_to(first, &server), 0);
    CHECK_EQ(send(first, data, 1, 0), 1);
    send_timeout(fd, 100);
    CHECK_FAILS(connect_to(fd, &server), EINPROGRESS);
    CHECK_FAILS(send(fd, data, 1, 0), ETIMEDOUT);
    close(listener);
}

/* In a network of its own, where a connect cannot be begun by fast open: it is made as it is. */
static void without_fast_open(void)
{
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
        hold_skip("no network of its own");
    int control = new_socket(0), setting = open("/proc/sys/net/ipv4/tcp_fastopen", O_WRONLY);
    struct ifreq loop = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    if (setting < 0 || write(setting, "0", 1) != 1 || ioctl(control, SIOCSIFFLAGS, &loop) != 0)
        hold_skip("no network of its own");
    int listener = tcp_listen(&server, 100), fd = new_socket(0);
    double begin = take_first(listener);
    pthread_t thread = interrupt_self(0);
    errno = 0;
    CHECK_EQ(connect_to(fd, &server), 0);
    CHECK_EQ(errno, 0);
    CHECK_TOOK(begin, 0.05, 0.45);
    pthread_join(thread, NULL);
    check_debt(begin, 1);
}

/* Closed while it is held, and opened anew: nothing is begun on what has the number now. */
static void *close_and_interrupt(void *thread)
{
    await_hold(getpid());
    MUST(dup2(new_socket(0), 900));
    pthread_kill(*(pthread_t *)thread, SIGUSR1);
    return NULL;
}

static void closed_meanwhile(void)
{
    pthread_t self = pthread_self();
    int listener = tcp_listen(&server, 100), fd = MUST(dup2(new_socket(0), 900));
    double begin = take_first(listener);
    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = ignore}, NULL);
    pthread_t thread = thread_start(close_and_interrupt, &self);
    CHECK_FAILS(connect_to(fd, &server), EBADF);
    pthread_join(thread, NULL);
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    CHECK_EQ(poll(&p, 1, 0), 1);
    CHECK_EQ(p.revents, POLLOUT | POLLHUP); /* untouched */
    check_debt(begin, 0.5);
}

HOLD_MAIN(BEHAVIOUR(connected), BEHAVIOUR(connecting), BEHAVIOUR(polled), BEHAVIOUR(refused),
          BEHAVIOUR(refused_later), BEHAVIOUR(unsent), BEHAVIOUR(again), BEHAVIOUR(interrupted),
          BEHAVIOUR(interrupted_by_number), BEHAVIOUR(restarted), BEHAVIOUR(restarted_by_number),
          BEHAVIOUR(interrupted_fast_open), BEHAVIOUR(interrupted_in_vain), BEHAVIOUR(timed_out),
          BEHAVIOUR(timed_out_fast_open), BEHAVIOUR(without_fast_open), BEHAVIOUR(closed_meanwhile),
          BEHAVIOUR(peer_while_connecting), BEHAVIOUR(fast_open_sendto),
          BEHAVIOUR(fast_open_sendto_by_number), BEHAVIOUR(fast_open_sendmsg_by_number),
          BEHAVIOUR(fast_open_sendmmsg_by_number))
