/*
 * readiness.c - what a readiness call that concerns no gate costs by the name that the program
 * links to, and what it costs by libc's own function; as calls.c does it.
 *
 *     LD_PRELOAD=librlshim.so RL_LIMITS='calls 1G/s' readiness [beside]
 *
 * It asks for connections that are ready: one of many, or each of many. `beside`: while a
 * descriptor in another set is gated, one of a connection to 127.0.0.9.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>

#include "bench.h"

enum { PAIRS = 1000, WARM = 100, BATCH = 50, MANY = 100, PATIENCE_MS = 1000 };

static struct functions {
    int (*poll)(struct pollfd *, nfds_t, int);
    int (*select)(int, fd_set *, fd_set *, fd_set *, struct timeval *);
    int (*epoll_wait)(int, struct epoll_event *, int, int);
} interposed, libc;

static int fds[MANY], set;

static int check(int result, const char *what)
{
    if (result < 0)
        err(1, "%s", what);
    return result;
}

static int ask_poll(const struct functions *by, int count)
{
    struct pollfd wanted[MANY];
    for (int i = 0; i < count; i++)
        wanted[i] = (struct pollfd){fds[i], POLLOUT, 0};
    return by->poll(wanted, (nfds_t)count, PATIENCE_MS);
}

static int ask_select(const struct functions *by, int count)
{
    fd_set out;
    struct timeval patience = {PATIENCE_MS / 1000, 0};
    FD_ZERO(&out);
    for (int i = 0; i < count; i++)
        FD_SET(fds[i], &out);
    return by->select(fds[count - 1] + 1, NULL, &out, NULL, &patience);
}

static int ask_epoll(const struct functions *by, int count)
{
    struct epoll_event events[MANY];
    return by->epoll_wait(set, events, count, PATIENCE_MS);
}

static const struct kind {
    const char *name;
    int (*ask)(const struct functions *, int);
    int count;
} kinds[] = {
    {"poll-1", ask_poll, 1},          {"poll-100", ask_poll, MANY}, {"select-1", ask_select, 1},
    {"select-100", ask_select, MANY}, {"epoll-1", ask_epoll, 1},    {"epoll-100", ask_epoll, MANY},
};

static double batch(const struct kind *kind, const struct functions *by)
{
    int ready = kind->count;
    uint64_t start = now_ns();
    for (int i = 0; i < BATCH && ready == kind->count; i++)
        ready = kind->ask(by, kind->count);
    double ns = (double)(now_ns() - start) / BATCH;
    if (ready != kind->count)
        err(1, "%s: %d are ready", kind->name, ready);
    return ns;
}

static void measure(const struct kind *kind)
{
    static double plain[PAIRS], added[PAIRS];
    for (int i = 0; i < WARM; i++)
        batch(kind, i & 1 ? &libc : &interposed);
    for (int i = 0; i < PAIRS; i++) {
        bool first = i & 1; /* who goes first finds other caches than who goes second */
        double a = batch(kind, first ? &libc : &interposed);
        double b = batch(kind, first ? &interposed : &libc);
        plain[i] = first ? a : b;
        added[i] = first ? b - a : a - b;
    }
    double without = median(plain, PAIRS), more = median(added, PAIRS);
    printf("%s\t%.1f\t%.1f\t%.1f\n", kind->name, without, without + more, more);
}

static int open_connection(const char *host)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = inet_addr(host)};
    socklen_t length = sizeof address;
    int listener = check(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    check(bind(listener, (struct sockaddr *)&address, length), "bind");
    check(getsockname(listener, (struct sockaddr *)&address, &length), "getsockname");
    check(listen(listener, 1), "listen");
    int fd = check(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    check(connect(fd, (struct sockaddr *)&address, length), "connect");
    check(fcntl(fd, F_SETFL, O_NONBLOCK), "O_NONBLOCK");
    check(accept(listener, NULL, NULL), "accept");
    close(listener);
    return fd;
}

static void watch(int in_set, int fd)
{
    struct epoll_event event = {.events = EPOLLOUT, .data.fd = fd};
    check(epoll_ctl(in_set, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

/* What does not conform is refused, and it is not ready then; or else the limit is none. */
static void gate_another(void)
{
    static char bytes[4096];
    int fd = open_connection("127.0.0.9"), other = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event;
    watch(other, fd);
    for (int i = 0; send(fd, bytes, sizeof bytes, 0) >= 0; i++)
        if (i == 100)
            errx(1, "nothing is gated");
    if (epoll_wait(other, &event, 1, 0) != 0)
        errx(1, "it is not gated");
}

int main(int argc, char **argv)
{
    interposed = (struct functions){poll, select, epoll_wait};
    libc.poll = (int (*)(struct pollfd *, nfds_t, int))in_libc("poll");
    libc.select = (int (*)(int, fd_set *, fd_set *, fd_set *, struct timeval *))in_libc("select");
    libc.epoll_wait = (int (*)(int, struct epoll_event *, int, int))in_libc("epoll_wait");
    pin();
    if (argc > 1 && strcmp(argv[1], "beside") == 0)
        gate_another();
    set = check(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
    for (int i = 0; i < MANY; i++)
        watch(set, fds[i] = open_connection("127.0.0.1"));
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        measure(&kinds[i]);
}
