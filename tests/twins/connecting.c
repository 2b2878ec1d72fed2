/* connecting.c - connect in every state that a socket can be in. */
#include <sys/un.h>

#include "twin.h"

static union address address;

static int fresh(int flags)
{
    return MUST(socket(AF_INET, SOCK_STREAM | flags, 0));
}

static void say_error(int fd)
{
    int error = -1;
    socklen_t size = sizeof error;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    say("SO_ERROR: %s", error ? name_of_error(error) : "none");
}

#define CONNECT(fd) connect(fd, &address.any, sizeof address.in)

static void connected_already(void)
{
    int listener = tcp_listener(&address, 4), fd = fresh(0);
    SAY(CONNECT(fd));
    SAY(CONNECT(fd));
    SAY(CONNECT(fd));
    SAY(CONNECT(listener));
    int accepted = MUST(accept(listener, NULL, NULL));
    SAY(CONNECT(accepted));
    SAY(send(fd, data, 100, 0));
}

/* To one whose queue is full. */
static void connecting_already(void)
{
    tcp_listener(&address, 0);
    int first = fresh(0), fd = fresh(SOCK_NONBLOCK);
    char bytes[10];
    SAY(CONNECT(first));
    SAY(CONNECT(fd));
    SAY(CONNECT(fd));
    SAY(CONNECT(fd));
    SAY(send(fd, data, 100, 0));
    SAY(recv(fd, bytes, sizeof bytes, 0));
    say("events %#x", poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, 0));
    say_error(fd);
}

static void without_blocking(void)
{
    int listener = tcp_listener(&address, 4), fd = fresh(SOCK_NONBLOCK);
    say("in progress or done: %d", CONNECT(fd) == 0 || errno == EINPROGRESS);
    say("events %#x", await_events(fd, POLLOUT));
    say_error(fd);
    int second = CONNECT(fd); /* which may tell of the success, once */
    say("second: %s", second == 0 || errno == EISCONN ? "connected" : name_of_error(errno));
    SAY(CONNECT(fd));
    SAY_AT_LAST(fd, POLLOUT, send(fd, data, 100, 0));
    say("accepted %d", accept(listener, NULL, NULL) > 0);
    say("GETFL %#o", fcntl(fd, F_GETFL));
}

static void refused(void)
{
    int fd = bound(AF_INET, SOCK_STREAM, &address), other = fresh(0);
    for (int i = 0; i < 3; i++)
        SAY(CONNECT(other));
    SAY(send(other, data, 100, MSG_NOSIGNAL));
    MUST(listen(fd, 1));
    SAY(CONNECT(other));
    SAY(send(other, data, 100, 0));
}

static void refused_later(void)
{
    bound(AF_INET, SOCK_STREAM, &address);
    int fd = fresh(SOCK_NONBLOCK);
    int result = CONNECT(fd);
    if (result < 0 && errno == EINPROGRESS) {
        await_events(fd, POLLOUT);
        result = CONNECT(fd);
    }
    say("refused %d", result < 0 && errno == ECONNREFUSED);
    say_error(fd);
    say("events %#x", await_events(fd, POLLOUT));
}

static void dissolved(void)
{
    int listener = tcp_listener(&address, 4), fd = fresh(0);
    struct sockaddr nobody = {.sa_family = AF_UNSPEC};
    char bytes[100];
    SAY(connect(fd, &nobody, sizeof nobody));
    SAY(CONNECT(fd));
    SAY(send(fd, data, 50, 0));
    int accepted = MUST(accept(listener, NULL, NULL));
    say("received %zu", read_exactly(accepted, bytes, 50));
    SAY(connect(fd, &nobody, sizeof nobody));
    SAY(send(fd, data, 50, MSG_NOSIGNAL));
    SAY(recv(accepted, bytes, sizeof bytes, 0));
    SAY(CONNECT(fd));
    SAY(send(fd, data, 60, 0));
    accepted = MUST(accept(listener, NULL, NULL));
    say("received %zu", read_exactly(accepted, bytes, 60));
}

static void wrong_addresses(void)
{
    struct sockaddr_un path = {.sun_family = AF_UNIX, .sun_path = "/nowhere"};
    union address wrong = loopback(AF_INET6);
    int fd = fresh(0), in6 = MUST(socket(AF_INET6, SOCK_STREAM, 0));
    bound(AF_INET, SOCK_STREAM, &address);
    SAY(connect(fd, (struct sockaddr *)&path, sizeof path));
    SAY(connect(fd, &wrong.any, sizeof wrong.in6));
    SAY(connect(in6, &address.any, sizeof address.in));
    SAY(connect(fd, &address.any, 1));
    SAY(connect(fd, &address.any, 0));
    SAY(connect(fd, &address.any, 8));
    SAY(connect(fd, &address.any, 1000));
    SAY(connect(fd, NULL, 0));
    SAY(connect(fd, NULL, sizeof address.in));
    address.in.sin_addr.s_addr = INADDR_BROADCAST;
    SAY(CONNECT(fd));
    address.in.sin_addr.s_addr = htonl(0xe0000001);
    SAY(CONNECT(fd));
    address = loopback(AF_INET);
    SAY(CONNECT(fd)); /* port 0 */
}

static void *volatile nowhere = (void *)16;

static void unreadable_address(void)
{
    SAY(connect(fresh(0), nowhere, sizeof address.in));
    SAY(connect(MUST(socket(AF_UNIX, SOCK_STREAM, 0)), nowhere, sizeof address.in));
}

static void not_sockets(void)
{
    int ends[2];
    bound(AF_INET, SOCK_STREAM, &address);
    MUST(pipe(ends));
    SAY(CONNECT(-1));
    SAY(CONNECT(999));
    SAY(CONNECT(ends[0]));
    SAY(CONNECT(MUST(open("/dev/null", O_RDWR))));
    SAY(CONNECT(MUST(socket(AF_UNIX, SOCK_STREAM, 0))));
}

static void version_6(void)
{
    char bytes[100];
    int listener = bound(AF_INET6, SOCK_STREAM, &address);
    int fd = MUST(socket(AF_INET6, SOCK_STREAM, 0));
    SAY(connect(fd, &address.any, sizeof address.in6));
    MUST(listen(listener, 1));
    SAY(connect(fd, &address.any, sizeof address.in6));
    SAY(connect(fd, &address.any, sizeof address.in6));
    SAY(send(fd, data, 100, 0));
    say("received %zu", read_exactly(accept(listener, NULL, NULL), bytes, 100));
}

/* A socket that is bound, that binds late, and names. */
static void names(void)
{
    union address near, peer;
    socklen_t length = sizeof near;
    int listener = tcp_listener(&address, 1), fd = bound(AF_INET, SOCK_STREAM, &near);
    in_port_t port = near.in.sin_port;
    SAY(getpeername(fd, &peer.any, &length));
    SAY(CONNECT(fd));
    SAY(getsockname(fd, &near.any, &length));
    say("port as bound: %d", near.in.sin_port == port);
    SAY(getpeername(fd, &peer.any, &length));
    say("peer is the listener: %d", memcmp(&peer, &address, length) == 0);
    SAY(getpeername(MUST(accept(listener, NULL, NULL)), &peer.any, &length));
    say("and the other way round: %d", peer.in.sin_port == port);
    SAY(bind(fd, &near.any, sizeof near.in));
}

TWINS(TWIN(connected_already), TWIN(connecting_already), TWIN(without_blocking), TWIN(refused),
      TWIN(refused_later), TWIN(dissolved), TWIN(wrong_addresses), TWIN(unreadable_address),
      TWIN(not_sockets), TWIN(version_6), TWIN(names))
