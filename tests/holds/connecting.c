/*
 * connecting.c - an attempt to connect counts once, and what sends nothing counts not at all.
 *
 * Limit: `connect 1/h burst=2 timeout=1ms`: two attempts, and the third fails with ETIMEDOUT.
 */
#include <poll.h>
#include <sys/syscall.h>

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

/* How many attempts were left. */
static int attempts_left(void)
{
    int count = 0;
    while (connect_to(new_socket(SOCK_NONBLOCK), &server) == 0 || errno == EINPROGRESS)
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

/* connect 1/s: a signal ends the hold, nothing was begun, and the place is given back. */
static void interrupted(void)
{
    struct sigaction action = {.sa_handler = ignore};
    pthread_t self = pthread_self();
    serve();
    sigaction(SIGUSR1, &action, NULL);
    double begin = now();
    CHECK_EQ(connect_to(new_socket(0), &server), 0);
    pthread_t thread = thread_start(interrupt, &self);
    int fd = new_socket(0);
    CHECK_FAILS(connect_to(fd, &server), EINTR);
    CHECK_TOOK(begin, 0.05, 0.9);
    CHECK_EQ(connect_to(fd, &server), 0);
    CHECK_TOOK(begin, 1, 1.8);
    pthread_join(thread, NULL);
}

HOLD_MAIN(BEHAVIOUR(connected), BEHAVIOUR(connecting), BEHAVIOUR(polled), BEHAVIOUR(refused),
          BEHAVIOUR(refused_later), BEHAVIOUR(unsent), BEHAVIOUR(again), BEHAVIOUR(interrupted),
          BEHAVIOUR(fast_open_sendto), BEHAVIOUR(fast_open_sendto_by_number),
          BEHAVIOUR(fast_open_sendmsg_by_number), BEHAVIOUR(fast_open_sendmmsg_by_number))
