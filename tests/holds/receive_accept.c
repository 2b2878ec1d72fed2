/*
 * receive_accept.c - accept and accept4: connections that a server takes.
 *
 * Limits: as each behaviour says.
 */
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include "receive.h"

static struct sockaddr_in server;
static int listener;

static void listen_for(int count, const char *from)
{
    if (!listener)
        listener = tcp_listen(&server, 64);
    for (int i = 0; i < count; i++) {
        struct sockaddr_in client = loopback(from);
        MUST(connect(bound(SOCK_STREAM, &client), (struct sockaddr *)&server, sizeof server));
    }
}

static void listen_and_connect(int count)
{
    listen_for(count, "127.0.0.1");
}

static int accept_any_way(int turn, struct sockaddr *from, socklen_t *length)
{
#ifdef SYS_accept /* newer architectures do without */
    if (turn % 4 == 3)
        return (int)syscall(SYS_accept, listener, from, length);
#endif
    if (turn % 4 == 2)
        return (int)syscall(SYS_accept4, listener, from, length, 0);
    return turn % 2 ? accept4(listener, from, length, 0) : accept(listener, from, length);
}

/* accept 20/s burst=1: each of them whole, with its address, and errno as it was. */
static void rate(void)
{
    enum { COUNT = 9 };
    listen_for(COUNT, "127.0.0.3");
    double begin = now();
    for (int i = 0; i < COUNT; i++) {
        struct sockaddr_in from = {0};
        socklen_t length = sizeof from;
        errno = 12345;
        int fd = accept_any_way(i, (struct sockaddr *)&from, &length);
        CHECK_BOUND(i + 1, begin, 1, 20);
        CHECK(fd >= 0);
        CHECK_EQ(errno, 12345);
        CHECK_EQ(length, sizeof from);
        CHECK_EQ(from.sin_family, AF_INET);
        CHECK_EQ(from.sin_addr.s_addr, inet_addr("127.0.0.3"));
        CHECK_EQ(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
        CHECK_EQ(fcntl(fd, F_GETFD), 0);
        close(fd);
    }
    CHECK_TOOK(begin, 0.4, 1.6);
}

/* accept 20/s burst=1 */
static void flags(void)
{
    static const int asked[] = {0, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_CLOEXEC | SOCK_NONBLOCK};
    listen_and_connect(8);
    for (int i = 0; i < 8; i++) {
        int fd = MUST(accept4(listener, NULL, NULL, asked[i % 4]));
        CHECK_EQ(fcntl(fd, F_GETFL) & O_NONBLOCK, asked[i % 4] & SOCK_NONBLOCK ? O_NONBLOCK : 0);
        CHECK_EQ(fcntl(fd, F_GETFD), asked[i % 4] & SOCK_CLOEXEC ? FD_CLOEXEC : 0);
    }
}

/* accept 1/h timeout=1ms: what fails costs nothing. Then one passes, and the next one waits. */
static void errors(void)
{
    struct sockaddr_in address = loopback("127.0.0.1");
    int datagrams = bound(SOCK_DGRAM, &address),
        no_listener = MUST(socket(AF_INET, SOCK_STREAM, 0));
    listen_and_connect(0);
    int closed = MUST(dup(datagrams));
    MUST(close(closed));
    MUST(fcntl(listener, F_SETFL, O_NONBLOCK));
    for (int i = 0; i < 5; i++) {
        CHECK_FAILS(accept(listener, NULL, NULL), EAGAIN);
        CHECK_FAILS(accept4(listener, NULL, NULL, SOCK_CLOEXEC), EAGAIN);
        CHECK_FAILS(accept4(listener, NULL, NULL, 1), EINVAL);
        CHECK_FAILS(accept(no_listener, NULL, NULL), EINVAL);
        CHECK_FAILS(accept(datagrams, NULL, NULL), EOPNOTSUPP);
        CHECK_FAILS(accept(closed, NULL, NULL), EBADF);
    }
    listen_and_connect(2);
    CHECK(accept(listener, NULL, NULL) >= 0);
    CHECK_FAILS(accept(listener, NULL, NULL), ETIMEDOUT);
    CHECK_FAILS(accept4(listener, NULL, NULL, 0), ETIMEDOUT);
}

static void ignore(int signal)
{
    (void)signal;
}

static pthread_t target;
static pid_t target_id;

static void *poke(void *unused)
{
    await_hold(target_id);
    pthread_kill(target, SIGUSR1);
    return unused;
}

/* accept 1/s: a signal ends a hold, the connection still waits, and so does its place. */
static void interrupted(void)
{
    struct sigaction action = {.sa_handler = ignore};
    MUST(sigaction(SIGUSR1, &action, NULL));
    target = pthread_self();
    target_id = gettid();
    listen_and_connect(2);
    double begin = now();
    CHECK(accept(listener, NULL, NULL) >= 0);
    pthread_t thread = thread_start(poke, NULL);
    CHECK_FAILS(accept(listener, NULL, NULL), EINTR);
    CHECK_TOOK(begin, 0.05, 0.9);
    pthread_join(thread, NULL);
    CHECK(accept(listener, NULL, NULL) >= 0);
    CHECK_TOOK(begin, 1, 2.5);
}

/* accept 2/s burst=1: SO_RCVTIMEO holds for it, too (socket(7)). */
static void rcvtimeo(void)
{
    listen_and_connect(2);
    MUST(setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){0, 100000},
                    sizeof(struct timeval)));
    double begin = now();
    CHECK(accept(listener, NULL, NULL) >= 0);
    CHECK_FAILS(accept(listener, NULL, NULL), EAGAIN);
    CHECK_TOOK(begin, 0.1, 0.45);
    nap_until(begin + 0.5);
    CHECK(accept(listener, NULL, NULL) >= 0);
}

/* accept 1/h mode=police: at once, and the connection still waits. */
static void policed(void)
{
    listen_and_connect(2);
    CHECK(accept(listener, NULL, NULL) >= 0);
    CHECK_FAILS(accept(listener, NULL, NULL), EAGAIN);
}

/* accept 1/h timeout=1ms to=127.0.0.2: from others it is free. */
static void by_peer(void)
{
    listen_for(5, "127.0.0.1");
    listen_for(2, "127.0.0.2");
    for (int i = 0; i < 6; i++)
        CHECK(accept_any_way(i, NULL, NULL) >= 0);
    /* From whom it comes is seen too late to refuse it: it is a debt after the timeout. */
    CHECK(accept(listener, NULL, NULL) >= 0);
}

/* The same: that it is used up is nothing to the others. */
static void other_peers(void)
{
    listen_for(1, "127.0.0.2");
    listen_for(5, "127.0.0.1");
    for (int i = 0; i < 6; i++)
        CHECK(accept_any_way(i, NULL, NULL) >= 0);
}

/* accept 4/s burst=1 to=127.0.0.1: one whose client has gone already was accepted all the same. */
static void reset_by_peer(void)
{
    enum { COUNT = 4 };
    listen_for(0, NULL);
    for (int i = 0; i < COUNT; i++) {
        int fd = MUST(socket(AF_INET, SOCK_STREAM, 0));
        MUST(connect(fd, (struct sockaddr *)&server, sizeof server));
        MUST(setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger)));
        MUST(close(fd));
    }
    double begin = now();
    for (int i = 0; i < COUNT; i++)
        CHECK(accept_any_way(i, NULL, NULL) >= 0);
    CHECK_TOOK(begin, 0.75, 2.5);
}

static int accepted = -1;

static void *accept_one(void *unused)
{
    about_to_call();
    accepted = accept(listener, NULL, NULL);
    pthread_testcancel();
    return unused;
}

/* accept 2/s burst=1 */
static void cancelled(void)
{
    void *result;
    listen_and_connect(2);
    double begin = now();
    CHECK(accept(listener, NULL, NULL) >= 0);
    pthread_t thread = thread_start(accept_one, NULL);
    await_call();
    CHECK_EQ(pthread_cancel(thread), 0);
    CHECK_EQ(pthread_join(thread, &result), 0);
    CHECK(result == PTHREAD_CANCELED);
    CHECK(accept(listener, NULL, NULL) >= 0);
    CHECK_TOOK(begin, 0.5, 1.5);
}

/*
 * accept 2/s burst=1: the connection was taken when others had used up what conformed. So the call
 * returns it; else nobody had it, and its client would wait for ever.
 */
static void cancelled_too_late(void)
{
    struct sockaddr_in other_server;
    int other = tcp_listen(&other_server, 8);
    listener = tcp_listen(&server, 8);
    pthread_t thread = thread_start(accept_one, NULL);
    await_call();
    for (int i = 0; i < 2; i++) {
        MUST(connect(MUST(socket(AF_INET, SOCK_STREAM, 0)),
                     (struct sockaddr *)(i ? &server : &other_server), sizeof server));
        CHECK(i || accept(other, NULL, NULL) >= 0);
    }
    nap(0.1); /* the thread has it by now */
    CHECK_EQ(pthread_cancel(thread), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK(accepted >= 0);
}

static void *accept_closed(void *unused)
{
    about_to_call();
    CHECK_FAILS(accept(listener, NULL, NULL), EBADF);
    return unused;
}

/* accept 2/s burst=1 */
static void closed(void)
{
    listen_and_connect(2);
    CHECK(accept(listener, NULL, NULL) >= 0);
    pthread_t thread = thread_start(accept_closed, NULL);
    await_call();
    MUST(close(listener));
    pthread_join(thread, NULL);
}

HOLD_MAIN(BEHAVIOUR(rate), BEHAVIOUR(flags), BEHAVIOUR(errors), BEHAVIOUR(interrupted),
          BEHAVIOUR(rcvtimeo), BEHAVIOUR(policed), BEHAVIOUR(by_peer), BEHAVIOUR(other_peers),
          BEHAVIOUR(reset_by_peer), BEHAVIOUR(cancelled), BEHAVIOUR(cancelled_too_late),
          BEHAVIOUR(closed))
