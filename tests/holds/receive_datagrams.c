/*
 * receive_datagrams.c - datagrams are received whole, whatever they cost; and what a limit that
 * polices refuses stays where it is.
 *
 * Limits: as each behaviour says.
 */
#include <sys/uio.h>

#include "receive.h"

static char bytes[70000];

static ssize_t by_recv(int fd)
{
    return recv(fd, bytes, sizeof bytes, 0);
}

static ssize_t by_recvfrom(int fd)
{
    struct sockaddr_in from = {0};
    socklen_t length = sizeof from;
    ssize_t got = recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &length);
    CHECK_EQ(length, sizeof from);
    CHECK_EQ(from.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    return got;
}

static ssize_t by_recvmsg(int fd)
{
    struct sockaddr_in from = {0};
    struct iovec parts[8];
    for (size_t i = 0; i < 8; i++)
        parts[i] = (struct iovec){bytes + i * 100, i < 7 ? 100 : sizeof bytes - 700};
    struct msghdr message = {
        .msg_name = &from, .msg_namelen = sizeof from, .msg_iov = parts, .msg_iovlen = 8};
    ssize_t got = recvmsg(fd, &message, 0);
    CHECK_EQ(message.msg_namelen, sizeof from);
    CHECK_EQ(message.msg_flags, 0);
    return got;
}

static ssize_t by_recvmmsg(int fd)
{
    struct iovec iov = {bytes, sizeof bytes};
    struct mmsghdr message = {.msg_hdr = {.msg_iov = &iov, .msg_iovlen = 1}};
    int got = recvmmsg(fd, &message, 1, 0, NULL);
    return got == 1 ? (ssize_t)message.msg_len : got;
}

static ssize_t by_read(int fd)
{
    return read(fd, bytes, sizeof bytes);
}

static ssize_t by_readv(int fd)
{
    struct iovec parts[2] = {{bytes, 10}, {bytes + 10, sizeof bytes - 10}};
    return readv(fd, parts, 2);
}

/* in 200kB/s burst=5kB; those above the burst come whole, too, and leave a debt. */
static void whole(void)
{
    static ssize_t (*const ways[])(int fd) = {by_recv,     by_recvfrom, by_recvmsg,
                                              by_recvmmsg, by_read,     by_readv};
    static const size_t sizes[] = {1, 5000, 5001, 1400, 9000, 0};
    struct pair pair = udp_pair();
    size_t all = 0;
    double begin = now();
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++) {
            CHECK_EQ(send(pair.near, data, sizes[j], 0), sizes[j]);
            CHECK_EQ(ways[i](pair.far), sizes[j]);
            CHECK_DATA(bytes, 0, (ssize_t)sizes[j]);
            all += sizes[j];
            CHECK_BOUND(all, begin, 9000, 200000);
        }
    double least = ((double)all - 9000) / 200000;
    CHECK_TOOK(begin, least, 2 * least + 1);
}

/* in 100kB/s burst=5kB: as many as there are, in order, and each is paid for. */
static void batch(void)
{
    enum { COUNT = 20, LENGTH = 1000 };
    struct pair pair = udp_pair();
    struct iovec iov[COUNT + 1];
    struct mmsghdr messages[COUNT + 1];
    memset(messages, 0, sizeof messages);
    for (size_t i = 0; i <= COUNT; i++) {
        iov[i] = (struct iovec){bytes + i * LENGTH, LENGTH};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &iov[i], .msg_iovlen = 1};
    }
    for (size_t i = 0; i < COUNT; i++)
        CHECK_EQ(send(pair.near, data + i * LENGTH, LENGTH, 0), LENGTH);
    double begin = now();
    int done = 0;
    while (done < COUNT) {
        int got =
            recvmmsg(pair.far, messages + done, (unsigned)(COUNT + 1 - done), MSG_WAITFORONE, NULL);
        if (!CHECK(got > 0))
            break;
        done += got;
        CHECK_BOUND(done * LENGTH, begin, 5000, 100000);
    }
    CHECK_EQ(done, COUNT);
    CHECK_DATA(bytes, 0, COUNT * LENGTH);
    for (int i = 0; i < COUNT; i++)
        CHECK_EQ(messages[i].msg_len, LENGTH);
    CHECK_TOOK(begin, 0.15, 1);
}

/* recv 20/s burst=1: each of a batch counts. */
static void batch_in_calls(void)
{
    struct pair pair = udp_pair();
    struct iovec iov[3] = {{bytes, 10}, {bytes, 10}, {bytes, 10}};
    struct mmsghdr messages[3];
    memset(messages, 0, sizeof messages);
    for (int i = 0; i < 3; i++)
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &iov[i], .msg_iovlen = 1};
    double begin = now();
    for (int done = 0; done < 6;) {
        for (int i = 0; i < 3; i++)
            CHECK_EQ(send(pair.near, data, 10, 0), 10);
        for (int i = 0, got; i < 3; i += got, done += got)
            if (!CHECK((got = recvmmsg(pair.far, messages, 3, MSG_WAITFORONE, NULL)) > 0))
                return;
        CHECK_BOUND(done, begin, 1, 20);
    }
    CHECK_TOOK(begin, 0.25, 1.5);
}

/* in 10kB/h burst=10kB mode=police: EAGAIN at once, and the datagram waits. */
static void policed(void)
{
    struct pair pair = udp_pair();
    CHECK_EQ(send(pair.near, data, 10000, 0), 10000);
    CHECK_EQ(recv(pair.far, bytes, sizeof bytes, 0), 10000);
    CHECK_EQ(send(pair.near, data, 1000, 0), 1000);
    double begin = now();
    for (int i = 0; i < 5; i++)
        CHECK_FAILS(recv(pair.far, bytes, sizeof bytes, 0), EAGAIN);
    CHECK_TOOK(begin, 0, 0.5);
    CHECK_EQ(recv(pair.far, bytes, sizeof bytes, MSG_PEEK), 1000);
}

/* The same of a stream. */
static void policed_stream(void)
{
    struct pair pair = pair_with(20000);
    struct iovec iov = {bytes, 1000};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
    size_t done = 0;
    while (done < 10000) {
        ssize_t got = recv(pair.near, bytes + done, 10000 - done, 0);
        if (!CHECK(got > 0))
            break;
        done += (size_t)got;
    }
    double begin = now();
    CHECK_FAILS(recv(pair.near, bytes, 1000, 0), EAGAIN);
    CHECK_FAILS(recv(pair.near, bytes, 1000, MSG_WAITALL), EAGAIN);
    CHECK_FAILS(read(pair.near, bytes, 1000), EAGAIN);
    CHECK_FAILS(readv(pair.near, &iov, 1), EAGAIN);
    CHECK_FAILS(recvmsg(pair.near, &message, 0), EAGAIN);
    CHECK_TOOK(begin, 0, 0.5);
    CHECK_EQ(recv(pair.near, bytes, sizeof bytes, MSG_PEEK), 10000);
    CHECK_DATA(bytes, 10000, 10000);
}

HOLD_MAIN(BEHAVIOUR(whole), BEHAVIOUR(batch), BEHAVIOUR(batch_in_calls), BEHAVIOUR(policed),
          BEHAVIOUR(policed_stream))
