/*
 * receive_flags.c - flags of receives, receives of nothing, and the end of a stream.
 *
 * Limits: `in 100kB/s burst=10kB`, or as each behaviour says.
 */
#include <sys/uio.h>

#include "receive.h"

enum { BURST = 10000, RATE = 100000 };

static char bytes[DATA_BYTES];

/* recv 1/h timeout=1ms, or in 1kB/h burst=1kB timeout=1ms: to look costs nothing. */
static void peek(void)
{
    struct pair pair = pair_with(1000);
    struct iovec iov = {bytes, sizeof bytes};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
    struct mmsghdr messages = {.msg_hdr = message};
    for (int i = 0; i < 5; i++) {
        CHECK_EQ(recv(pair.near, bytes, sizeof bytes, MSG_PEEK), 1000);
        CHECK_EQ(recvfrom(pair.near, bytes, sizeof bytes, MSG_PEEK, NULL, NULL), 1000);
        CHECK_EQ(recvmsg(pair.near, &message, MSG_PEEK), 1000);
        CHECK_EQ(recvmmsg(pair.near, &messages, 1, MSG_PEEK, NULL), 1);
        CHECK_EQ(messages.msg_len, 1000);
        CHECK_DATA(bytes, 0, 1000);
    }
    CHECK_EQ(recv(pair.near, bytes, 1000, 0), 1000);
    CHECK_EQ(send(pair.far, data, 1000, 0), 1000);
    CHECK_FAILS(recv(pair.near, bytes, 1000, 0), ETIMEDOUT);
    CHECK_EQ(recv(pair.near, bytes, 1000, MSG_PEEK), 1000); /* though there is none left */
}

static ssize_t all_by_recv(int fd, size_t length)
{
    return recv(fd, bytes, length, MSG_WAITALL);
}

static ssize_t all_by_recvfrom(int fd, size_t length)
{
    return recvfrom(fd, bytes, length, MSG_WAITALL, NULL, NULL);
}

static ssize_t all_by_recvmsg(int fd, size_t length)
{
    struct iovec parts[8];
    for (size_t i = 0; i < 8; i++)
        parts[i] = (struct iovec){bytes + i * 1000, i < 7 ? 1000 : length - 7000};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 8};
    return recvmsg(fd, &message, MSG_WAITALL);
}

static void wait_for_all(ssize_t (*receive)(int fd, size_t length))
{
    struct feeder feeder;
    feeder_start(&feeder, tcp_pair(), 75000);
    double begin = now();
    errno = 12345;
    CHECK_EQ(receive(feeder.pair.near, 50000), 50000);
    CHECK_BOUND(50000, begin, BURST, RATE);
    CHECK_TOOK(begin, 0.4, 1.5);
    CHECK_DATA(bytes, 0, 50000);
    CHECK_EQ(receive(feeder.pair.near, 50000), 25000); /* the end came before */
    CHECK_BOUND(75000, begin, BURST, RATE);
    CHECK_DATA(bytes, 50000, 25000);
    CHECK_EQ(receive(feeder.pair.near, 50000), 0);
    CHECK_EQ(errno, 12345);
    feeder_stop(&feeder);
}

static void waitall_recv(void)
{
    wait_for_all(all_by_recv);
}

static void waitall_recvfrom(void)
{
    wait_for_all(all_by_recvfrom);
}

static void waitall_recvmsg(void)
{
    wait_for_all(all_by_recvmsg);
}

/* recv 4/s burst=1: one call, in however many pieces. */
static void waitall_is_one_call(void)
{
    struct feeder feeder;
    feeder_start(&feeder, tcp_pair(), 100000);
    double begin = now();
    for (int i = 1; i <= 3; i++) {
        CHECK_EQ(recv(feeder.pair.near, bytes, 30000, MSG_WAITALL), 30000);
        CHECK_DATA(bytes, (size_t)(i - 1) * 30000, 30000);
        CHECK_BOUND(i, begin, 1, 4);
    }
    CHECK_TOOK(begin, 0.5, 1.5);
    feeder_stop(&feeder);
}

/* MSG_TRUNC: a stream throws away what it counts, and needs no buffer. */
static void truncated_stream(void)
{
    struct feeder feeder;
    size_t position = 0;
    feeder_start(&feeder, tcp_pair(), 50000);
    double begin = now();
    for (ssize_t got; position < 40000; position += (size_t)got) {
        got = recv(feeder.pair.near, NULL, 40000 - position, MSG_TRUNC);
        if (!CHECK(got > 0))
            break;
        CHECK_BOUND(position + (size_t)got, begin, BURST, RATE);
    }
    CHECK_EQ(position, 40000);
    CHECK_EQ(recv(feeder.pair.near, bytes, 1000, MSG_WAITALL), 1000);
    CHECK_DATA(bytes, 40000, 1000);
    feeder_stop(&feeder);
}

/* A datagram tells its length, and only what there is room for is received. */
static void truncated_datagram(void)
{
    struct pair pair = udp_pair();
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(send(pair.near, data, 5000, 0), 5000);
        memset(bytes, 'x', 200);
        CHECK_EQ(recv(pair.far, bytes, 100, MSG_TRUNC), 5000);
        CHECK_DATA(bytes, 0, 100);
        CHECK_EQ(bytes[100], 'x');
    }
    CHECK_EQ(send(pair.near, data, 100, 0), 100);
    CHECK_EQ(recv(pair.far, bytes, 5000, MSG_WAITALL), 100);
}

/* The end is 0, as often as one asks. */
static void end_of_stream(void)
{
    struct pair pair = pair_with(10000);
    struct iovec iov = {bytes, 50000};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
    MUST(shutdown(pair.far, SHUT_WR));
    for (size_t done = 0; done < 10000;)
        done += (size_t)MUST(recv(pair.near, bytes, 50000, 0));
    errno = 12345;
    for (int i = 0; i < 20; i++) {
        CHECK_EQ(recv(pair.near, bytes, 50000, 0), 0);
        CHECK_EQ(recv(pair.near, bytes, 50000, MSG_WAITALL), 0);
        CHECK_EQ(read(pair.near, bytes, 50000), 0);
        CHECK_EQ(readv(pair.near, &iov, 1), 0);
        CHECK_EQ(recvmsg(pair.near, &message, 0), 0);
    }
    CHECK_EQ(errno, 12345);
}

/* Of nothing is nothing, and takes nothing. In bytes it is free. */
static void nothing(void)
{
    struct pair pair = pair_with(100), messages = udp_pair();
    struct iovec iov = {bytes, 0};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
    double begin = now();
    for (int i = 0; i < 10; i++) {
        CHECK_EQ(recv(pair.near, bytes, 0, 0), 0);
        CHECK_EQ(recvfrom(pair.near, bytes, 0, 0, NULL, NULL), 0);
        CHECK_EQ(recvmsg(pair.near, &message, 0), 0);
        CHECK_EQ(read(pair.near, bytes, 0), 0);
        CHECK_EQ(readv(pair.near, &iov, 1), 0);
        CHECK_EQ(readv(pair.near, NULL, 0), 0);
    }
    CHECK_EQ(recv(pair.near, bytes, 200, 0), 100);
    CHECK_DATA(bytes, 0, 100);
    CHECK_EQ(send(messages.near, data, 0, 0), 0);
    CHECK_EQ(send(messages.near, data, 10, 0), 10);
    CHECK_EQ(recv(messages.far, bytes, 100, 0), 0);
    CHECK_EQ(recv(messages.far, bytes, 0, 0), 0); /* throws the other away */
    CHECK_FAILS(recv(messages.far, bytes, 100, MSG_DONTWAIT), EAGAIN);
    CHECK_TOOK(begin, 0, 1);
}

/* Held like a blocking one if there are data, and they come in order. */
static void dont_wait(void)
{
    struct feeder feeder;
    size_t position = 0;
    feeder_start(&feeder, tcp_pair(), 50000);
    double begin = now();
    for (ssize_t got; (got = recv(feeder.pair.near, bytes, 20000, MSG_DONTWAIT)) != 0;) {
        if (got < 0 && CHECK(errno == EAGAIN))
            continue;
        if (got < 0)
            break;
        CHECK_DATA(bytes, position, got);
        position += (size_t)got;
        CHECK_BOUND(position, begin, BURST, RATE);
    }
    CHECK_EQ(position, 50000);
    CHECK_TOOK(begin, 0.4, 2);
    feeder_stop(&feeder);
}

HOLD_MAIN(BEHAVIOUR(peek), BEHAVIOUR(waitall_recv), BEHAVIOUR(waitall_recvfrom),
          BEHAVIOUR(waitall_recvmsg), BEHAVIOUR(waitall_is_one_call), BEHAVIOUR(truncated_stream),
          BEHAVIOUR(truncated_datagram), BEHAVIOUR(end_of_stream), BEHAVIOUR(nothing),
          BEHAVIOUR(dont_wait))
