/* fastopen.c - data that goes with the connect, or would if the kernel let it. */
#include "twin.h"

static union address address;

/* Whose listener also takes it; the sysctl decides whether it is really used. */
static int listener_for_it(void)
{
    int listener = tcp_listener(&address, 4), queue = 4;
    setsockopt(listener, IPPROTO_TCP, TCP_FASTOPEN, &queue, sizeof queue);
    return listener;
}

static void need_it(void)
{
    char allowed[8] = "0";
    int fd = open("/proc/sys/net/ipv4/tcp_fastopen", O_RDONLY);
    if (fd < 0 || read(fd, allowed, sizeof allowed - 1) <= 0 || !(atoi(allowed) & 1))
        skip("net.ipv4.tcp_fastopen forbids it");
    close(fd);
}

static void say_connection(int listener, int fd)
{
    int accepted = MUST(accept(listener, NULL, NULL));
    SAY(send(fd, data + 5000, 100, 0));
    shutdown(fd, SHUT_WR);
    say_stream("peer", drain(accepted));
    close(accepted);
}

static void by_sendto(void)
{
    need_it();
    int listener = listener_for_it();
    for (int i = 0; i < 2; i++) {
        int fd = MUST(socket(AF_INET, SOCK_STREAM, 0));
        SAY(sendto(fd, data, 5000, MSG_FASTOPEN, &address.any, sizeof address.in));
        SAY(sendto(fd, data, 10, MSG_FASTOPEN, &address.any, sizeof address.in));
        SAY(connect(fd, &address.any, sizeof address.in));
        say_connection(listener, fd);
    }
}

static void by_sendmsg(void)
{
    need_it();
    int listener = listener_for_it(), fd = MUST(socket(AF_INET, SOCK_STREAM, 0));
    struct iovec iov[2] = {{data, 2000}, {data + 2000, 3000}};
    struct msghdr message = {
        .msg_name = &address, .msg_namelen = sizeof address.in, .msg_iov = iov, .msg_iovlen = 2};
    SAY(sendmsg(fd, &message, MSG_FASTOPEN));
    say_connection(listener, fd);
}

static void at_first_write(void)
{
    need_it();
    int listener = listener_for_it();
    for (int i = 0; i < 2; i++) {
        int fd = MUST(socket(AF_INET, SOCK_STREAM, 0));
        set_option(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1);
        SAY(connect(fd, &address.any, sizeof address.in));
        SAY(write(fd, data, 5000));
        say_connection(listener, fd);
    }
}

static void refused(void)
{
    need_it();
    close(listener_for_it());
    int fd = MUST(socket(AF_INET, SOCK_STREAM, 0));
    SAY(sendto(fd, data, 5000, MSG_FASTOPEN, &address.any, sizeof address.in));
    SAY(send(fd, data, 5000, MSG_NOSIGNAL));
}

static void without_address(void)
{
    need_it();
    int fd = MUST(socket(AF_INET, SOCK_STREAM, 0));
    SAY(sendto(fd, data, 5000, MSG_FASTOPEN | MSG_NOSIGNAL, NULL, 0));
    SAY(send(fd, data, 5000, MSG_FASTOPEN | MSG_NOSIGNAL));
    SAY(sendto(-1, data, 5000, MSG_FASTOPEN, NULL, 0));
    struct pair pair = tcp_pair();
    SAY(sendto(pair.near, data, 5000, MSG_FASTOPEN, NULL, 0));
    say_received(pair);
}

static void without_blocking(void)
{
    need_it();
    int listener = listener_for_it(), fd = MUST(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    ssize_t sent = sendto(fd, data, 5000, MSG_FASTOPEN, &address.any, sizeof address.in);
    if (sent < 0 && errno == EINPROGRESS) {
        await_events(fd, POLLOUT);
        sent = AT_LAST(fd, POLLOUT, send(fd, data, 5000, 0));
    }
    say("sent %zd", sent);
    MUST(fcntl(fd, F_SETFL, 0));
    say_connection(listener, fd);
}

TWINS(TWIN(by_sendto), TWIN(by_sendmsg), TWIN(at_first_write), TWIN(refused), TWIN(without_address),
      TWIN(without_blocking))
