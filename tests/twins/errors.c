/* errors.c - every call on every descriptor that is not made for it, and with nothing to do. */
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>

#include "twin.h"

static char bytes[100];

static void each_sending_call(const char *of, int fd, size_t length)
{
    struct iovec iov = {data, length};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
    struct mmsghdr batch = {.msg_hdr = message};
    int file = MUST(open("/proc/self/exe", O_RDONLY)), ends[2];
    MUST(pipe(ends));
    MUST(write(ends[1], data, 100));
    say("%s:", of);
    SAY(send(fd, data, length, MSG_NOSIGNAL));
    SAY(sendto(fd, data, length, MSG_NOSIGNAL, NULL, 0));
    SAY(sendmsg(fd, &message, MSG_NOSIGNAL));
    SAY(sendmmsg(fd, &batch, 1, MSG_NOSIGNAL));
    SAY(write(fd, data, length));
    SAY(writev(fd, &iov, 1));
    SAY(pwritev2(fd, &iov, 1, -1, 0));
    SAY(sendfile(fd, file, NULL, length));
    SAY(splice(ends[0], NULL, fd, NULL, length, 0));
    close(file);
    close(ends[0]);
    close(ends[1]);
}

/* What is there comes no later than a limit lets it. */
static bool comes_soon(int fd)
{
    return poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 60) == 1;
}

#define SAY_SOON(fd, call) say_result(#call, AGAIN_WHILE(comes_soon(fd), call))

static void each_receiving_call(const char *of, int fd, size_t length)
{
    struct iovec iov = {bytes, length};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
    struct mmsghdr batch = {.msg_hdr = message};
    say("%s:", of);
    SAY_SOON(fd, recv(fd, bytes, length, MSG_DONTWAIT));
    SAY_SOON(fd, recvfrom(fd, bytes, length, MSG_DONTWAIT, NULL, NULL));
    SAY_SOON(fd, recvmsg(fd, &message, MSG_DONTWAIT));
    SAY_SOON(fd, recvmmsg(fd, &batch, 1, MSG_DONTWAIT, NULL));
    SAY(read(fd, bytes, length));
    SAY(readv(fd, &iov, 1));
    SAY(preadv2(fd, &iov, 1, -1, 0));
}

static void each_call(const char *of, int fd)
{
    each_sending_call(of, fd, 50);
    each_receiving_call(of, fd, 50);
}

static void no_descriptors(void)
{
    each_call("-1", -1);
    each_call("999", 999);
    each_call("9000", 9000);
    each_call("the largest", 0x7fffffff);
}

static void closed(void)
{
    struct pair pair = tcp_pair();
    SAY(send(pair.near, data, 100, 0));
    SAY(close(pair.near));
    dup2(REPORT_FD, 3); /* lest a low number be taken for it */
    int low[3] = {open("/dev/null", O_RDWR), open("/dev/null", O_RDWR), open("/dev/null", O_RDWR)};
    for (int i = 0; i < 3; i++)
        if (low[i] != pair.near)
            close(low[i]);
    SAY(close(pair.near));
    SAY(send(pair.near, data, 100, 0));
    SAY(close(pair.near));
    SAY(close(-1));
}

static void not_connected(void)
{
    int fd = MUST(socket(AF_INET, SOCK_STREAM, 0));
    signal(SIGPIPE, SIG_IGN);
    each_call("stream", fd);
    SAY(shutdown(fd, SHUT_WR));
    MUST(fcntl(fd, F_SETFL, O_NONBLOCK));
    each_call("stream without blocking", fd);
}

static void not_connected_datagrams(void)
{
    int fd = MUST(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0));
    each_call("datagrams", fd);
    fd = MUST(socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK, 0));
    each_call("datagrams of IPv6", fd);
}

static void listening(void)
{
    union address address;
    int fd = tcp_listener(&address, 1);
    signal(SIGPIPE, SIG_IGN);
    each_call("listener", fd);
}

static void not_sockets(void)
{
    int ends[2];
    signal(SIGPIPE, SIG_IGN);
    MUST(pipe2(ends, O_NONBLOCK));
    each_call("reading end", ends[0]);
    each_call("null", MUST(open("/dev/null", O_RDWR)));
    each_call("read only", MUST(open("/proc/self/exe", O_RDONLY)));
    each_call("directory", MUST(open("/", O_RDONLY | O_DIRECTORY)));
    each_call("path", MUST(open("/", O_PATH)));
    each_call("epoll", MUST(epoll_create1(0)));
}

static void flags_that_are_not(void)
{
    struct pair pair = tcp_pair(), datagrams = udp_pair();
    SAY(send(pair.near, data, 100, 0x400000));
    SAY(send(pair.near, data, 100, MSG_PEEK | MSG_TRUNC | MSG_WAITALL));
    SAY(send(datagrams.near, data, 100, MSG_OOB));
    SAY(send(datagrams.near, data, 100, MSG_EOR | MSG_WAITALL));
    SAY(recv(datagrams.far, bytes, 100, MSG_OOB | MSG_DONTWAIT));
    SAY(recv(pair.far, bytes, 100, MSG_OOB));
    SAY(recv(pair.far, bytes, 100, MSG_ERRQUEUE));
    say_received(pair);
}

/* Of no bytes. */
static void nothing_on_a_stream(void)
{
    struct pair pair = tcp_pair();
    each_sending_call("nothing", pair.near, 0);
    SAY(send(pair.far, data, 10, 0));
    await_bytes(pair.near, 10);
    each_receiving_call("nothing", pair.near, 0);
    SAY(recv(pair.near, NULL, 0, 0));
    SAY(send(pair.near, NULL, 0, 0));
    SAY(write(pair.near, NULL, 0));
    SAY(recv(pair.near, bytes, 100, 0));
    say_received(pair);
}

static void nothing_on_datagrams(void)
{
    struct pair pair = udp_pair();
    MUST(fcntl(pair.far, F_SETFL, O_NONBLOCK));
    each_sending_call("nothing", pair.near, 0);
    each_receiving_call("nothing", pair.far, 0);
    each_receiving_call("nothing", pair.far, 0);
}

/* A length that no call can have. */
static void too_much(void)
{
    static volatile size_t most = SIZE_MAX, half = (size_t)1 << 63;
    static void *volatile room = bytes; /* fortified calls know its size otherwise */
    struct pair pair = udp_pair(), stream = tcp_pair();
    SAY(send(pair.near, data, most, 0));
    SAY(send(pair.near, data, half, 0));
    SAY(write(pair.near, data, most));
    SAY(sendto(pair.near, data, most, 0, NULL, 0));
    SAY(recv(pair.far, room, most, MSG_DONTWAIT));
    SAY(write(stream.near, data, most));
    SAY(write(stream.near, data, half));
    SAY(read(stream.near, room, half));
}

TWINS(TWIN(no_descriptors), TWIN(closed), TWIN(not_connected), TWIN(not_connected_datagrams),
      TWIN(listening), TWIN(not_sockets), TWIN(flags_that_are_not), TWIN(nothing_on_a_stream),
      TWIN(nothing_on_datagrams), TWIN(too_much))
