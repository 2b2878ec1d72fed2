/*
 * receive_timeouts.c - a receive ends when the program's own timeout says so, or that of the limit.
 *
 * Limits: as each behaviour says.
 */
#include <sys/time.h>

#include "receive.h"

static char bytes[DATA_BYTES];

static void receive_timeout(int fd, long ms)
{
    struct timeval timeout = {ms / 1000, ms % 1000 * 1000};
    MUST(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout));
}

/* recv 2/s burst=1: EAGAIN, as of a socket where nothing comes, and nothing is taken. */
static void held(void)
{
    struct pair pair = pair_with(2000);
    receive_timeout(pair.near, 100);
    double begin = now();
    CHECK_EQ(recv(pair.near, bytes, 1000, 0), 1000);
    CHECK_FAILS(recv(pair.near, bytes + 1000, 1000, 0), EAGAIN);
    CHECK_TOOK(begin, 0.1, 0.45);
    receive_timeout(pair.near, 0);
    CHECK_EQ(recv(pair.near, bytes + 1000, 1000, 0), 1000);
    CHECK_TOOK(begin, 0.5, 1.5);
    CHECK_DATA(bytes, 0, 2000);
}

/* recv 2/s burst=1: one that is long enough changes nothing. */
static void enough(void)
{
    struct pair pair = pair_with(2000);
    receive_timeout(pair.near, 10000);
    double begin = now();
    CHECK_EQ(recv(pair.near, bytes, 1000, 0), 1000);
    CHECK_EQ(recv(pair.near, bytes + 1000, 1000, 0), 1000);
    CHECK_TOOK(begin, 0.5, 1.5);
    CHECK_DATA(bytes, 0, 2000);
}

/* recv 1/h timeout=1ms: while nothing comes it is the kernel's, and free. */
static void waiting(void)
{
    struct pair pair = tcp_pair();
    receive_timeout(pair.near, 50);
    for (int i = 0; i < 3; i++) {
        double begin = now();
        CHECK_FAILS(recv(pair.near, bytes, 1000, 0), EAGAIN);
        CHECK_TOOK(begin, 0.045, 0.5);
    }
    CHECK_EQ(send(pair.far, data, 100, 0), 100);
    CHECK_EQ(recv(pair.near, bytes, 1000, 0), 100);
}

/* in 100kB/s burst=10kB: of a MSG_WAITALL, what came until then. */
static void partial(void)
{
    struct feeder feeder;
    feeder_start(&feeder, tcp_pair(), 100000);
    receive_timeout(feeder.pair.near, 150);
    double begin = now();
    errno = 12345;
    ssize_t got = recv(feeder.pair.near, bytes, 60000, MSG_WAITALL);
    CHECK_TOOK(begin, 0.13, 0.5);
    CHECK(got >= 12000 && got <= 25000);
    CHECK_EQ(errno, 12345);
    CHECK_EQ(recv(feeder.pair.near, bytes + got, 2000, MSG_WAITALL), 2000);
    CHECK_DATA(bytes, 0, got + 2000);
    feeder_stop(&feeder);
}

/* recv 2/s burst=1 timeout=50ms: ETIMEDOUT, after that time; later there is room. */
static void limit_timeout(void)
{
    struct pair pair = pair_with(2000);
    double begin = now();
    CHECK_EQ(recv(pair.near, bytes, 1000, 0), 1000);
    for (int i = 1; i <= 3; i++) {
        CHECK_FAILS(recv(pair.near, bytes + 1000, 1000, 0), ETIMEDOUT);
        CHECK_TOOK(begin, 0.05 * i, 0.05 * i + 0.3);
    }
    nap_until(begin + 0.5);
    CHECK_EQ(recv(pair.near, bytes + 1000, 1000, 0), 1000);
    CHECK_DATA(bytes, 0, 2000);
}

/* in 100kB/s burst=10kB timeout=150ms: of a MSG_WAITALL, what came until then. */
static void limit_timeout_partial(void)
{
    struct feeder feeder;
    feeder_start(&feeder, tcp_pair(), 100000);
    double begin = now();
    ssize_t got = recv(feeder.pair.near, bytes, 60000, MSG_WAITALL);
    CHECK_TOOK(begin, 0.13, 0.5);
    CHECK(got >= 12000 && got <= 25000);
    CHECK_DATA(bytes, 0, got);
    feeder_stop(&feeder);
}

/* recv 1/h timeout=100ms: it is the longest hold; to wait for data may take longer. */
static void limit_timeout_is_of_the_hold(void)
{
    struct pair pair = tcp_pair();
    if (fork() == 0) {
        nap(0.3);
        _exit(send(pair.far, data, 100, 0) != 100);
    }
    double begin = now();
    CHECK_EQ(recv(pair.near, bytes, 1000, 0), 100);
    CHECK_TOOK(begin, 0.25, 1.5);
}

/* recv 2/s burst=1 timeout=300ms: the shorter of the two. */
static void both(void)
{
    struct pair pair = pair_with(2000);
    CHECK_EQ(recv(pair.near, bytes, 10, 0), 10);
    double begin = now();
    receive_timeout(pair.near, 50);
    CHECK_FAILS(recv(pair.near, bytes, 10, 0), EAGAIN);
    CHECK_TOOK(begin, 0.05, 0.25);
    begin = now();
    receive_timeout(pair.near, 10000);
    CHECK_FAILS(recv(pair.near, bytes, 10, 0), ETIMEDOUT);
    CHECK_TOOK(begin, 0.25, 0.7);
}

/* recv 1/s: what the hold took of SO_RCVTIMEO is not there to wait for data. */
static void hold_counts(void)
{
    struct pair pair = pair_with(1000);
    receive_timeout(pair.near, 1200);
    CHECK_EQ(recv(pair.near, bytes, 1000, 0), 1000);
    double begin = now();
    CHECK_FAILS(recv(pair.near, bytes, 1000, 0), EAGAIN);
    CHECK_TOOK(begin, 1.1, 1.9);
}

HOLD_MAIN(BEHAVIOUR(held), BEHAVIOUR(enough), BEHAVIOUR(waiting), BEHAVIOUR(partial),
          BEHAVIOUR(limit_timeout), BEHAVIOUR(limit_timeout_partial),
          BEHAVIOUR(limit_timeout_is_of_the_hold), BEHAVIOUR(both), BEHAVIOUR(hold_counts))
