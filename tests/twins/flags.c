/* flags.c - what flags of a call, and options of the socket, make of it. */
#include <netinet/udp.h>

#include "twin.h"

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>

static void full_without_blocking(void)
{
    struct pair pair = narrow_pair();
    size_t filled = fill(pair.near);
    SAY(send(pair.near, data, 1000, MSG_DONTWAIT));
    MUST(fcntl(pair.near, F_SETFL, O_NONBLOCK));
    SAY(send(pair.near, data, 1000, 0));
    SAY(write(pair.near, data, 1000));
    SAY(writev(pair.near, &(struct iovec){data, 1000}, 1));
    say("events %#x", poll(&(struct pollfd){.fd = pair.near, .events = POLLOUT}, 1, 0));
    struct reader reader;
    reader_start(&reader, pair.far);
    say("events %#x", await_events(pair.near, POLLOUT));
    SAY(send(pair.near, data + filled, 10, 0));
    shutdown(pair.near, SHUT_WR);
    say_matches(reader_end(&reader), filled + 10);
}

static void a_part_without_blocking(void)
{
    struct pair pair = narrow_pair();
    long sent = AT_LAST(pair.near, POLLOUT, send(pair.near, data, DATA_BYTES, MSG_DONTWAIT));
    say_class("send", sent, DATA_BYTES);
    shutdown(pair.near, SHUT_WR);
    say_matches(drain(pair.far), (size_t)sent);
}

/* tcpi_data_segs_out, which glibc's struct tcp_info does not have, nor can the kernel's be included
 * beside it. */
static int segments_out(int fd)
{
    enum { AT = 156 };
    char info[256];
    uint32_t segments;
    socklen_t size = sizeof info;
    MUST(getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, &size));
    memcpy(&segments, info + AT, sizeof segments);
    return (int)segments;
}

/* Pieces that are announced to be followed by more leave in one segment. */
static void more_to_come(void)
{
    struct pair pair = tcp_pair();
    for (int i = 0; i < 4; i++)
        SAY(send(pair.near, data + i * 100, 100, MSG_MORE));
    say("segments %d", segments_out(pair.near));
    SAY(send(pair.near, data + 400, 100, 0));
    say("segments %d", segments_out(pair.near));
    say_received(pair);
}

static void corked(void)
{
    struct pair pair = tcp_pair();
    set_option(pair.near, IPPROTO_TCP, TCP_CORK, 1);
    for (int i = 0; i < 5; i++)
        SAY(write(pair.near, data + i * 100, 100));
    say("segments %d", segments_out(pair.near));
    set_option(pair.near, IPPROTO_TCP, TCP_CORK, 0);
    say("segments %d", segments_out(pair.near));
    say_received(pair);
}

static void datagram_in_parts(void)
{
    struct pair pair = udp_pair();
    SAY(send(pair.near, data, 1000, MSG_MORE));
    SAY(send(pair.near, data + 1000, 1000, MSG_MORE));
    SAY(write(pair.near, data + 2000, 1000));
    set_option(pair.near, IPPROTO_UDP, UDP_CORK, 1);
    SAY(write(pair.near, data, 500));
    SAY(send(pair.near, data + 500, 500, 0));
    set_option(pair.near, IPPROTO_UDP, UDP_CORK, 0);
    say_datagrams(pair.far);
}

static volatile sig_atomic_t urgent;

static void count_urgent(int signal)
{
    (void)signal;
    urgent++;
}

/* Of a long call the last byte is out of band, and no other. */
static void out_of_band(void)
{
    static char bytes[10000];
    struct pair pair = tcp_pair();
    signal(SIGURG, count_urgent);
    fcntl(pair.far, F_SETOWN, getpid());
    SAY(send(pair.near, "abc", 3, 0));
    SAY(send(pair.near, data, 8000, MSG_OOB));
    SAY(send(pair.near, "hi", 2, 0));
    say("urgent %d", (await_events(pair.far, POLLPRI) & POLLPRI) != 0);
    await_bytes(pair.far, 8002);
    SAY(recv(pair.far, bytes, sizeof bytes, MSG_OOB));
    say("the last byte %d", bytes[0] == data[7999]);
    SAY(recv(pair.far, bytes, sizeof bytes, MSG_OOB));
    say("before it %zu", read_exactly(pair.far, bytes, 8002));
    say("%.3s, at mark %d", bytes, sockatmark(pair.far));
    say("after it %zu, %.2s", read_exactly(pair.far, bytes, 2), bytes);
    say("SIGURG %d", (int)urgent);
}

/* A time stamp that the control data of one call asks for: it is made once. */
static void control_data(void)
{
    struct pair pair = tcp_pair();
    char room[512];
    union {
        char bytes[CMSG_SPACE(sizeof(uint32_t))];
        struct cmsghdr aligned;
    } control = {.aligned = {.cmsg_len = CMSG_LEN(sizeof(uint32_t)),
                             .cmsg_level = SOL_SOCKET,
                             .cmsg_type = SO_TIMESTAMPING}};
    struct msghdr message = {.msg_iov = &(struct iovec){data, 12000},
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    set_option(pair.near, SOL_SOCKET, SO_TIMESTAMPING,
               SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_TSONLY);
    memcpy(CMSG_DATA(&control.aligned), &(uint32_t){SOF_TIMESTAMPING_TX_SCHED}, sizeof(uint32_t));
    SAY(sendmsg(pair.near, &message, 0));
    control.aligned.cmsg_type = 12345;
    SAY(sendmsg(pair.near, &message, 0));
    control.aligned.cmsg_len = 1;
    SAY(sendmsg(pair.near, &message, 0));
    int stamps = 0;
    struct msghdr stamp = {.msg_control = room, .msg_controllen = sizeof room};
    while (poll(&(struct pollfd){.fd = pair.near}, 1, 50) > 0 &&
           recvmsg(pair.near, &stamp, MSG_ERRQUEUE) >= 0) {
        stamps++;
        stamp.msg_controllen = sizeof room;
    }
    say("stamps %d", stamps);
    say_received(pair);
}

/* Each call has a completion, and they are numbered. */
static void zero_copy(void)
{
    struct pair pair = tcp_pair();
    int one = 1;
    if (setsockopt(pair.near, SOL_SOCKET, SO_ZEROCOPY, &one, sizeof one) != 0)
        skip("no SO_ZEROCOPY");
    for (int i = 0; i < 3; i++)
        SAY(send(pair.near, data, 20000, MSG_ZEROCOPY));
    shutdown(pair.near, SHUT_WR);
    say_stream("peer", drain(pair.far));
    for (unsigned next = 0; next < 3;) {
        char control[200];
        struct msghdr message = {.msg_control = control, .msg_controllen = sizeof control};
        await_events(pair.near, POLLERR);
        if (recvmsg(pair.near, &message, MSG_ERRQUEUE) < 0)
            break;
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        struct sock_extended_err *done = c ? (void *)CMSG_DATA(c) : NULL;
        if (!done || done->ee_origin != SO_EE_ORIGIN_ZEROCOPY || done->ee_info != next)
            break;
        next = done->ee_data + 1;
        if (next == 3)
            say("completed 3");
    }
}

static void zero_copy_unasked(void)
{
    struct pair pair = tcp_pair();
    SAY(send(pair.near, data, 20000, MSG_ZEROCOPY));
    SAY(send(pair.near, data, 20000, MSG_EOR));
    SAY(send(pair.near, data, 20000, MSG_CONFIRM | MSG_DONTROUTE));
    say_received(pair);
}

static void peeked(void)
{
    char bytes[100];
    struct pair pair = tcp_pair();
    SAY(send(pair.near, data, 50, 0));
    await_bytes(pair.far, 50);
    SAY(recv(pair.far, bytes, 20, MSG_PEEK));
    SAY(recv(pair.far, bytes, 20, MSG_PEEK));
    SAY(recv(pair.far, bytes, 20, 0));
    SAY(recv(pair.far, bytes + 20, 80, 0));
    SAY(recv(pair.far, bytes, 80, MSG_DONTWAIT));
    say("right %d", memcmp(bytes, data, 50) == 0);
}

static void waited_for_all(void)
{
    static char bytes[20000];
    struct pair pair = tcp_pair();
    struct reader reader;
    reader_start(&reader, pair.near);
    SAY(send(pair.near, data, 10000, 0));
    SAY(send(pair.near, data + 10000, 10000, 0));
    SAY(recv(pair.far, bytes, 15000, MSG_WAITALL));
    say("right %d", memcmp(bytes, data, 15000) == 0);
    shutdown(pair.near, SHUT_WR);
    SAY(recv(pair.far, bytes, 15000, MSG_WAITALL));
    SAY(recv(pair.far, bytes, 15000, MSG_WAITALL));
}

static void truncated(void)
{
    char bytes[100];
    struct pair pair = udp_pair();
    struct iovec iov = {bytes, 10};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
    for (int i = 0; i < 3; i++)
        SAY(send(pair.near, data, 500, 0));
    SAY(recv(pair.far, bytes, 10, MSG_TRUNC));
    SAY(recv(pair.far, bytes, 10, 0));
    SAY(recvmsg(pair.far, &message, 0));
    say("flags %#x", message.msg_flags);
}

TWINS(TWIN(full_without_blocking), TWIN(a_part_without_blocking), TWIN(more_to_come), TWIN(corked),
      TWIN(datagram_in_parts), TWIN(out_of_band), TWIN(control_data), TWIN(zero_copy),
      TWIN(zero_copy_unasked), TWIN(peeked), TWIN(waited_for_all), TWIN(truncated))
