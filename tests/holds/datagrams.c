/*
 * datagrams.c - a datagram is never split; and what police mode does, to them and to others.
 *
 * Limits: as each behaviour says.
 */
#include <sys/uio.h>

#include "hold.h"

static size_t receive(int fd)
{
    static char bytes[70000];
    ssize_t got = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
    CHECK(got <= 0 || memcmp(bytes, data, (size_t)got) == 0);
    return got < 0 ? 0 : (size_t)got;
}

static size_t count_received(int fd, size_t length)
{
    size_t count = 0;
    for (size_t got; (got = receive(fd)) > 0; count++)
        CHECK_EQ(got, length);
    return count;
}

/* out 200kB/s burst=5kB: each as it was sent, by whatever call and in whatever size. */
static void whole(void)
{
    static const size_t sizes[] = {1, 4999, 5000, 100, 3000};
    struct pair pair = udp_pair();
    double begin = now();
    size_t total = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t n = sizes[i];
        struct iovec iov[] = {{data, n / 3}, {NULL, 0}, {data + n / 3, n - n / 3}};
        struct msghdr message = {.msg_iov = iov, .msg_iovlen = 3};
        struct mmsghdr messages[2] = {{.msg_hdr = message}, {.msg_hdr = message}};
        CHECK_EQ(send(pair.near, data, n, 0), n);
        CHECK_EQ(write(pair.near, data, n), n);
        CHECK_EQ(sendmsg(pair.near, &message, 0), n);
        CHECK_EQ(writev(pair.near, iov, 3), n);
        CHECK_EQ(sendmmsg(pair.near, messages, 2, 0), 2);
        CHECK(messages[0].msg_len == n && messages[1].msg_len == n);
        for (int j = 0; j < 6; j++)
            CHECK_EQ(receive(pair.far), n);
        total += 6 * n;
    }
    double least = ((double)total - 5000) / 200e3;
    CHECK_TOOK(begin, least, least + 0.5);
}

/* out 50kB/s burst=1kB: each goes when the bucket is at rest, and leaves a debt of 100 ms. */
static void above_the_burst(void)
{
    struct pair pair = udp_pair();
    double begin = now();
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(send(pair.near, data, 5000, 0), 5000);
        CHECK_TOOK(begin, 0.1 * i, 0.1 * i + 0.2);
        CHECK_EQ(receive(pair.far), 5000);
    }
    CHECK_EQ(send(pair.near, data, 1000, 0), 1000);
    CHECK_TOOK(begin, 0.3, 0.6);
    CHECK_EQ(receive(pair.far), 1000);
}

/* send 1/h: one that is empty is a call, too; nothing of it is lost. `timeout=1ms`. */
static void empty(void)
{
    struct pair pair = udp_pair();
    char byte;
    CHECK_EQ(send(pair.near, NULL, 0, 0), 0);
    CHECK_EQ(recv(pair.far, &byte, 1, MSG_DONTWAIT), 0);
    CHECK_FAILS(send(pair.near, NULL, 0, 0), ETIMEDOUT);
    CHECK_FAILS(recv(pair.far, &byte, 1, MSG_DONTWAIT), EAGAIN);
}

/* send 1/h timeout=1ms: of a batch, what may go; then the error is the next call's. */
static void batch_in_part(void)
{
    struct pair pair = udp_pair();
    struct iovec iov = {data, 100};
    struct mmsghdr messages[3] = {0};
    for (int i = 0; i < 3; i++)
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &iov, .msg_iovlen = 1};
    errno = 0;
    CHECK_EQ(sendmmsg(pair.near, messages, 3, 0), 1);
    CHECK_EQ(errno, 0);
    CHECK_EQ(messages[1].msg_len, 0);
    CHECK_FAILS(sendmmsg(pair.near, messages, 3, 0), ETIMEDOUT);
    CHECK_EQ(count_received(pair.far, 100), 1);
}

/* out 10kB/h burst=10kB mode=police: all count as sent, and two arrive. */
static void policed(void)
{
    struct pair pair = udp_pair();
    struct iovec iov = {data, 4000};
    struct mmsghdr messages[2] = {{.msg_hdr = {.msg_iov = &iov, .msg_iovlen = 1}}};
    messages[1] = messages[0];
    double begin = now();
    errno = 0;
    for (int i = 0; i < 5; i++) {
        CHECK_EQ(send(pair.near, data, 4000, 0), 4000);
        CHECK_EQ(write(pair.near, data, 4000), 4000);
        CHECK_EQ(sendmmsg(pair.near, messages, 2, 0), 2);
        CHECK(messages[0].msg_len == 4000 && messages[1].msg_len == 4000);
    }
    CHECK_EQ(errno, 0);
    CHECK_TOOK(begin, 0, 0.3);
    CHECK_EQ(count_received(pair.far, 4000), 2);
}

/* out 10kB/h burst=10kB mode=police: of a stream not a byte is lost. */
static void policed_stream(void)
{
    struct sink sink;
    size_t sent = 0;
    sink_start(&sink, tcp_pair());
    double begin = now();
    for (ssize_t n; (n = send(sink.pair.near, data + sent, 4000, 0)) > 0;)
        sent += (size_t)n;
    CHECK_EQ(errno, EAGAIN);
    CHECK_FAILS(write(sink.pair.near, data, 4000), EAGAIN);
    CHECK(sent > 10000 - 1460 && sent <= 10000);
    CHECK_TOOK(begin, 0, 0.3);
    sink_stop(&sink, sent);
}

/* connect 1/h mode=police: refused as by somebody who is not there; and nobody was asked. */
static void policed_connect(void)
{
    struct sockaddr_in address;
    int listener = tcp_listen(&address, 8), fd = MUST(socket(AF_INET, SOCK_STREAM, 0));
    CHECK_EQ(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    for (int i = 0; i < 3; i++) {
        fd = MUST(socket(AF_INET, SOCK_STREAM, 0));
        CHECK_FAILS(connect(fd, (struct sockaddr *)&address, sizeof address), ECONNREFUSED);
    }
    CHECK(accept4(listener, NULL, NULL, SOCK_CLOEXEC) >= 0);
    struct timeval soon = {0, 50000};
    MUST(setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon));
    CHECK_FAILS(accept4(listener, NULL, NULL, SOCK_CLOEXEC), EAGAIN);
}

HOLD_MAIN(BEHAVIOUR(whole), BEHAVIOUR(above_the_burst), BEHAVIOUR(empty), BEHAVIOUR(batch_in_part),
          BEHAVIOUR(policed), BEHAVIOUR(policed_stream), BEHAVIOUR(policed_connect))
