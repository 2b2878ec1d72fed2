/*
 * timeouts.c - a hold ends when the program's own timeout says so, or that of the limit.
 *
 * Limits: as each behaviour says.
 */
#include <fcntl.h>
#include <sys/time.h>
#include <sys/uio.h>

#include "hold.h"

static void send_timeout(int fd, long ms)
{
    struct timeval timeout = {ms / 1000, ms % 1000 * 1000};
    MUST(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout));
}

/* out 100kB/s burst=10kB: what went within the time of SO_SNDTIMEO. */
static void sndtimeo_partial(void)
{
    struct sink sink;
    sink_start(&sink, tcp_pair());
    send_timeout(sink.pair.near, 150);
    double begin = now();
    errno = 0;
    ssize_t sent = send(sink.pair.near, data, 60000, 0);
    CHECK_TOOK(begin, 0.13, 0.4);
    CHECK(sent >= 12000 && sent <= 25000);
    CHECK_EQ(errno, 0);
    sink_stop(&sink, (size_t)sent);
}

/* send 2/s burst=1: EAGAIN, as of a full socket, and no place in line. */
static void sndtimeo_nothing(void)
{
    struct sink sink;
    sink_start(&sink, tcp_pair());
    send_timeout(sink.pair.near, 100);
    double begin = now();
    CHECK_EQ(send(sink.pair.near, data, 1000, 0), 1000);
    CHECK_FAILS(send(sink.pair.near, data + 1000, 1000, 0), EAGAIN);
    CHECK_TOOK(begin, 0.1, 0.4);
    send_timeout(sink.pair.near, 0);
    CHECK_EQ(send(sink.pair.near, data + 1000, 1000, 0), 1000);
    CHECK_TOOK(begin, 0.5, 0.9);
    sink_stop(&sink, 2000);
}

/* out 100kB/s burst=10kB: one that is long enough changes nothing. */
static void sndtimeo_enough(void)
{
    struct sink sink;
    sink_start(&sink, tcp_pair());
    send_timeout(sink.pair.near, 5000);
    double begin = now();
    CHECK_EQ(send(sink.pair.near, data, 30000, 0), 30000);
    CHECK_TOOK(begin, 0.2, 0.6);
    sink_stop(&sink, 30000);
}

/* write 2/s burst=1: what it waited for the limit it does not wait for the kernel once more. */
static void sndtimeo_vectors(void)
{
    struct pair pair = tcp_pair(), other = tcp_pair();
    struct iovec parts[2] = {{data, 500}, {data + 500, 500}};
    MUST(setsockopt(pair.far, SOL_SOCKET, SO_RCVBUF, &(int){4096}, sizeof(int)));
    MUST(setsockopt(pair.near, SOL_SOCKET, SO_SNDBUF, &(int){4096}, sizeof(int)));
    for (int refused = 0; refused < 5; nap(0.06))
        refused = send(pair.near, data, DATA_BYTES, MSG_DONTWAIT) < 0 ? refused + 1 : 0;
    send_timeout(pair.near, 600);
    CHECK_EQ(write(other.near, data, 1), 1);
    double begin = now();
    CHECK_FAILS(writev(pair.near, parts, 2), EAGAIN);
    CHECK_TOOK(begin, 0.6, 0.9);
}

/* send 2/s burst=1 timeout=50ms: ETIMEDOUT, after that time; later there is room. */
static void limit_timeout(void)
{
    struct sink sink;
    sink_start(&sink, tcp_pair());
    double begin = now();
    CHECK_EQ(send(sink.pair.near, data, 1000, 0), 1000);
    for (int i = 1; i <= 3; i++) {
        CHECK_FAILS(send(sink.pair.near, data + 1000, 1000, 0), ETIMEDOUT);
        CHECK_TOOK(begin, 0.05 * i, 0.05 * i + 0.3);
    }
    nap_until(begin + 0.5);
    CHECK_EQ(send(sink.pair.near, data + 1000, 1000, 0), 1000);
    CHECK_TOOK(begin, 0.5, 0.9);
    sink_stop(&sink, 2000);
}

/* out 100kB/s burst=10kB timeout=150ms: counts from the call, so a long one goes in part. */
static void limit_timeout_partial(void)
{
    struct sink sink;
    sink_start(&sink, tcp_pair());
    double begin = now();
    ssize_t sent = send(sink.pair.near, data, 60000, 0);
    CHECK_TOOK(begin, 0.13, 0.4);
    CHECK(sent >= 12000 && sent <= 25000);
    sink_stop(&sink, (size_t)sent);
}

/* send 2/s burst=1 timeout=300ms: the shorter of the two. */
static void both(void)
{
    struct pair pair = tcp_pair();
    CHECK_EQ(send(pair.near, data, 10, 0), 10);
    double begin = now();
    send_timeout(pair.near, 50);
    CHECK_FAILS(send(pair.near, data, 10, 0), EAGAIN);
    CHECK_TOOK(begin, 0.05, 0.2);
    begin = now();
    send_timeout(pair.near, 10000);
    CHECK_FAILS(send(pair.near, data, 10, 0), ETIMEDOUT);
    CHECK_TOOK(begin, 0.3, 0.6);
}

/* Of a listener: how many connections wait for it. */
static int waiting(int listener)
{
    int count = 0, fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        count++;
        close(fd);
    }
    return count;
}

/* connect 2/s burst=1 timeout=100ms: nobody hears of it, and the socket is still good. */
static void connect_timeout(void)
{
    struct sockaddr_in address;
    int listener = tcp_listen(&address, 8);
    MUST(fcntl(listener, F_SETFL, O_NONBLOCK));
    int first = MUST(socket(AF_INET, SOCK_STREAM, 0)),
        second = MUST(socket(AF_INET, SOCK_STREAM, 0));
    double begin = now();
    CHECK_EQ(connect(first, (struct sockaddr *)&address, sizeof address), 0);
    CHECK_FAILS(connect(second, (struct sockaddr *)&address, sizeof address), ETIMEDOUT);
    CHECK_TOOK(begin, 0.1, 0.4);
    CHECK_EQ(waiting(listener), 1);
    nap_until(begin + 0.5);
    CHECK_EQ(connect(second, (struct sockaddr *)&address, sizeof address), 0);
    CHECK_EQ(waiting(listener), 1);
}

/* connect 2/s burst=1: SO_SNDTIMEO holds for a connect, too (socket(7)). */
static void connect_sndtimeo(void)
{
    struct sockaddr_in address;
    int listener = tcp_listen(&address, 8);
    MUST(fcntl(listener, F_SETFL, O_NONBLOCK));
    int first = MUST(socket(AF_INET, SOCK_STREAM, 0)),
        second = MUST(socket(AF_INET, SOCK_STREAM, 0));
    send_timeout(second, 100);
    double begin = now();
    CHECK_EQ(connect(first, (struct sockaddr *)&address, sizeof address), 0);
    CHECK_FAILS(connect(second, (struct sockaddr *)&address, sizeof address), EINPROGRESS);
    CHECK_TOOK(begin, 0.1, 0.4);
    CHECK_EQ(waiting(listener), 2); /* and it is under way */
}

HOLD_MAIN(BEHAVIOUR(sndtimeo_partial), BEHAVIOUR(sndtimeo_nothing), BEHAVIOUR(sndtimeo_enough),
          BEHAVIOUR(sndtimeo_vectors), BEHAVIOUR(limit_timeout), BEHAVIOUR(limit_timeout_partial),
          BEHAVIOUR(both), BEHAVIOUR(connect_timeout), BEHAVIOUR(connect_sndtimeo))
