/*
 * messages.c - what goes with a message on a stream: its control data, and its flags.
 *
 * Limit: `out 200kB/s burst=2kB`, so that all that is sent here goes in pieces.
 */
#include <fcntl.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/time.h>

#include "hold.h"

enum { LENGTH = 12000 };

static union {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(uint32_t))];
} control;

static struct msghdr message_with(int type, uint32_t value)
{
    static struct iovec iov = {data, LENGTH};
    struct msghdr message = {.msg_iov = &iov,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = type;
    header->cmsg_len = CMSG_LEN(sizeof value);
    memcpy(CMSG_DATA(header), &value, sizeof value);
    return message;
}

/* Of the time stamps that the kernel made of what was sent. */
static int stamps(int fd)
{
    struct pollfd p = {.fd = fd, .events = 0};
    char room[512];
    int count = 0;
    struct msghdr message = {.msg_control = room, .msg_controllen = sizeof room};
    while (poll(&p, 1, 100) > 0 && recvmsg(fd, &message, MSG_ERRQUEUE) >= 0) {
        count++;
        message.msg_controllen = sizeof room;
    }
    return count;
}

/* A time stamp is asked for in the control data of one message: there is one. */
static void control_goes_once(void)
{
    struct sink sink;
    sink_start(&sink, tcp_pair());
    int wanted = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_TSONLY;
    MUST(setsockopt(sink.pair.near, SOL_SOCKET, SO_TIMESTAMPING, &wanted, sizeof wanted));
    struct msghdr message = message_with(SO_TIMESTAMPING, SOF_TIMESTAMPING_TX_SCHED);
    double begin = now();
    CHECK_EQ(sendmsg(sink.pair.near, &message, 0), LENGTH);
    CHECK_TOOK(begin, 0.05, 0.4);
    CHECK_EQ(stamps(sink.pair.near), 1);
    CHECK(message.msg_control == &control && message.msg_controllen == sizeof control);
    sink_stop(&sink, LENGTH);
}

/* What the kernel refuses is refused, and nothing of the message goes. */
static void bad_control(void)
{
    struct sink sink;
    sink_start(&sink, tcp_pair());
    struct msghdr message = message_with(9999, 0);
    CHECK_FAILS(sendmsg(sink.pair.near, &message, 0), EINVAL);
    sink_stop(&sink, 0);
}

/* The one urgent byte is the last of the call, not of each piece. */
static void urgent_byte(void)
{
    struct pair pair = tcp_pair();
    static char received[LENGTH];
    size_t got = 0;
    int at_mark = 0, marks = 0;
    CHECK_EQ(send(pair.near, data, LENGTH, MSG_OOB), LENGTH);
    MUST(shutdown(pair.near, SHUT_WR));
    nap(0.05);
    for (ssize_t n; (n = recv(pair.far, received + got, LENGTH - got, 0)) > 0; got += (size_t)n)
        if (ioctl(pair.far, SIOCATMARK, &at_mark) == 0 && at_mark)
            marks++;
    CHECK_EQ(marks, 1);
    CHECK_EQ(got, LENGTH - 1);
    CHECK(memcmp(received, data, LENGTH - 1) == 0);
}

/* Not to block is asked of one call: it goes as the kernel takes it, and the flags stay. */
static void dont_wait(void)
{
    struct sink sink;
    sink_start(&sink, tcp_pair());
    double begin = now();
    CHECK_EQ(send(sink.pair.near, data, LENGTH, MSG_DONTWAIT), LENGTH);
    CHECK_EQ(fcntl(sink.pair.near, F_GETFL) & O_NONBLOCK, 0);
    MUST(fcntl(sink.pair.near, F_SETFL, O_NONBLOCK));
    CHECK_EQ(write(sink.pair.near, data + LENGTH, LENGTH), LENGTH);
    CHECK_EQ(fcntl(sink.pair.near, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
    CHECK_TOOK(begin, 0.11, 0.6);
    sink_stop(&sink, 2 * LENGTH);
}

/* Nobody reads, so the kernel does not take it all: a short count, then EAGAIN, both true. */
static void full_socket(void)
{
    struct pair pair = tcp_pair();
    struct sink sink;
    int small = 4096;
    size_t sent = 0;
    MUST(setsockopt(pair.near, SOL_SOCKET, SO_SNDBUF, &small, sizeof small));
    MUST(setsockopt(pair.far, SOL_SOCKET, SO_RCVBUF, &small, sizeof small));
    MUST(fcntl(pair.near, F_SETFL, O_NONBLOCK));
    for (ssize_t n; (n = send(pair.near, data + sent, LENGTH * 10, 0)) > 0;)
        sent += (size_t)n;
    CHECK_EQ(errno, EAGAIN);
    sink_start(&sink, pair);
    sink_stop(&sink, sent);
}

static void nothing(void)
{
    struct sink sink;
    struct msghdr empty = {0};
    sink_start(&sink, tcp_pair());
    CHECK_EQ(send(sink.pair.near, NULL, 0, 0), 0);
    CHECK_EQ(write(sink.pair.near, data, 0), 0);
    CHECK_EQ(sendmsg(sink.pair.near, &empty, 0), 0);
    CHECK_EQ(sendmmsg(sink.pair.near, NULL, 0, 0), 0);
    sink_stop(&sink, 0);
}

HOLD_MAIN(BEHAVIOUR(control_goes_once), BEHAVIOUR(bad_control), BEHAVIOUR(urgent_byte),
          BEHAVIOUR(dont_wait), BEHAVIOUR(full_socket), BEHAVIOUR(nothing))
