/* readiness.c - poll, select and epoll after calls that waited: they tell what is so. */
#include <sys/epoll.h>
#include <sys/select.h>

#include "twin.h"

/* Not of the socket's, which may have come already or not. */
static void say_poll(const char *when, int fd)
{
    struct pollfd wanted = {.fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP | POLLPRI};
    int count = poll(&wanted, 1, 0);
    say("%s: %d %#x, asked for %#x still", when, count, wanted.revents, wanted.events);
}

static void polled(void)
{
    char bytes[100];
    struct pair pair = narrow_pair();
    int fresh = MUST(socket(AF_INET, SOCK_STREAM, 0));
    say_poll("fresh", fresh);
    say_poll("connected", pair.near);
    SAY(send(pair.near, data, 100, 0));
    say_poll("sent", pair.near);
    await_bytes(pair.far, 100);
    say_poll("arrived", pair.far);
    SAY(recv(pair.far, bytes, sizeof bytes, 0));
    say_poll("received", pair.far);
    fill(pair.near);
    say_poll("full", pair.near);
    shutdown(pair.near, SHUT_WR);
    struct stream stream = drain(pair.far);
    say("all in order: %d", stream.bytes > 0);
    say_poll("at the end", pair.far);
    close(pair.far);
    say_poll("closed", pair.near);
    say_poll("no number", 999);
}

static void polled_with_mask(void)
{
    struct pair pair = tcp_pair();
    struct pollfd both[2] = {{.fd = pair.near, .events = POLLIN | POLLOUT}, {.fd = -1}};
    sigset_t mask;
    sigfillset(&mask);
    SAY(send(pair.near, data, 5000, 0));
    SAY(ppoll(both, 2, &(struct timespec){0, 1000}, &mask));
    say("%#x %#x", both[0].revents, both[1].revents);
    both[0].events = POLLIN;
    SAY(ppoll(both, 2, &(struct timespec){0, 1000}, &mask));
    SAY(poll(both, 0, 0));
    SAY(poll(NULL, 0, 1));
}

static void selected(void)
{
    struct pair pair = narrow_pair();
    fd_set in, out;
    struct timeval none = {0, 0};
    SAY(send(pair.near, data, 100, 0));
    await_bytes(pair.far, 100);
    for (int full = 0; full < 2; full++) {
        FD_ZERO(&in);
        FD_ZERO(&out);
        FD_SET(pair.near, &in);
        FD_SET(pair.far, &in);
        FD_SET(pair.near, &out);
        SAY(select(pair.far + 1, &in, &out, NULL, &none));
        say("in %d %d, out %d", FD_ISSET(pair.near, &in), FD_ISSET(pair.far, &in),
            FD_ISSET(pair.near, &out));
        fill(pair.near);
    }
    SAY(pselect(0, NULL, NULL, NULL, &(struct timespec){0, 1000}, NULL));
}

/* What comes, or for a short while that nothing does. */
static void say_epoll(const char *when, int set, bool expected)
{
    struct epoll_event events[4];
    int count = epoll_wait(set, events, 4, expected ? 5000 : 20);
    if (count <= 0)
        say("%s: %d", when, count);
    for (int i = 0; i < count; i++)
        say("%s: %#x of %d", when, (unsigned)events[i].events, (int)events[i].data.u32);
}

static void epoll(uint32_t flags)
{
    struct pair pair = narrow_pair();
    char bytes[100];
    int set = MUST(epoll_create1(EPOLL_CLOEXEC));
    struct epoll_event near = {.events = EPOLLOUT | flags, .data.u32 = 1};
    struct epoll_event far = {.events = EPOLLIN | EPOLLRDHUP | flags, .data.u32 = 2};
    MUST(epoll_ctl(set, EPOLL_CTL_ADD, pair.near, &near));
    say_epoll("connected", set, true);
    fill(pair.near);
    MUST(epoll_ctl(set, EPOLL_CTL_MOD, pair.near, &near));
    say_epoll("full", set, false);
    MUST(epoll_ctl(set, EPOLL_CTL_DEL, pair.near, NULL));
    MUST(epoll_ctl(set, EPOLL_CTL_ADD, pair.far, &far));
    say_epoll("arrived", set, true);
    say("received %zu", read_exactly(pair.far, bytes, 100));
    struct reader reader;
    MUST(epoll_ctl(set, EPOLL_CTL_DEL, pair.far, NULL));
    reader_start(&reader, pair.far);
    MUST(epoll_ctl(set, EPOLL_CTL_ADD, pair.near, &near));
    say_epoll("drained", set, true);
    shutdown(pair.near, SHUT_WR);
    reader_end(&reader);
    MUST(epoll_ctl(set, EPOLL_CTL_DEL, pair.near, NULL));
    MUST(epoll_ctl(set, EPOLL_CTL_ADD, pair.far, &far));
    say_epoll("at the end", set, true);
    SAY(epoll_ctl(set, EPOLL_CTL_ADD, pair.far, &far));
    SAY(close(pair.far));
    say_epoll("closed", set, false);
}

static void epoll_level(void)
{
    epoll(0);
}

static void epoll_edge(void)
{
    epoll(EPOLLET);
}

static void epoll_once(void)
{
    epoll(EPOLLONESHOT);
}

/* A loop as servers have it: all that was sent comes back. */
static void echo_server(void)
{
    struct pair pair = narrow_pair();
    static char buffer[65536];
    size_t sent = 0, got = 0, held = 0, wrong = 0, total = 100000;
    MUST(fcntl(pair.near, F_SETFL, O_NONBLOCK));
    MUST(fcntl(pair.far, F_SETFL, O_NONBLOCK));
    while (got < total) {
        struct pollfd both[2] = {{pair.near, (short)(POLLIN | (sent < total ? POLLOUT : 0)), 0},
                                 {pair.far, held ? POLLOUT : POLLIN, 0}};
        if (poll(both, 2, 5000) <= 0)
            break;
        if (both[0].revents & POLLOUT) {
            ssize_t n = write(pair.near, data + sent, total - sent < 9000 ? total - sent : 9000);
            sent += n > 0 ? (size_t)n : 0;
        }
        if (both[1].revents & (POLLIN | POLLOUT)) {
            ssize_t n = held ? write(pair.far, buffer, held) : read(pair.far, buffer, 9000);
            if (n > 0 && held)
                memmove(buffer, buffer + n, held -= (size_t)n);
            else if (n > 0)
                held = (size_t)n;
        }
        if (both[0].revents & POLLIN) {
            char bytes[9000];
            ssize_t n = read(pair.near, bytes, sizeof bytes);
            for (ssize_t i = 0; i < n; i++)
                wrong += bytes[i] != data[got++];
        }
    }
    say("sent %zu, came back %zu, wrong %zu", sent, got, wrong);
}

static void counts_of_bytes(void)
{
    int in, out;
    struct pair pair = tcp_pair();
    SAY(send(pair.near, data, 5000, 0));
    await_bytes(pair.far, 5000);
    SAY(ioctl(pair.far, FIONREAD, &in));
    for (int i = 0; i < 1000 && ioctl(pair.near, TIOCOUTQ, &out) == 0 && out > 0; i++)
        nap(0.001);
    say("there %d, under way %d", in, out);
    set_option(pair.far, SOL_SOCKET, SO_RCVLOWAT, 6000);
    say("readable %d", poll(&(struct pollfd){.fd = pair.far, .events = POLLIN}, 1, 0));
    SAY(send(pair.near, data, 5000, 0));
    say("readable %d", (await_events(pair.far, POLLIN) & POLLIN) != 0);
}

TWINS(TWIN(polled), TWIN(polled_with_mask), TWIN(selected), TWIN(epoll_level), TWIN(epoll_edge),
      TWIN(epoll_once), TWIN(echo_server), TWIN(counts_of_bytes))
