/*
 * deferred_blocking.c - connects that did not wait, on descriptors that block from then on: what
 * asks for readiness waits no longer than it is told to, and what blocks waits for the end.
 */
#include "loop.h"

/* The readiness call first: a program that never asks is held in the connect. */
static int begun(const union address *address)
{
    int fd = MUST(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    await_events(fd, POLLOUT);
    int result = connect(fd, &address->any, sizeof address->in);
    if (result < 0 && errno != EINPROGRESS)
        say("connect: %s", name_of_error(errno));
    MUST(fcntl(fd, F_SETFL, 0));
    return fd;
}

static void asked_again(void)
{
    for (int i = 0; i < 4; i++) {
        union address address;
        int listener = tcp_listener(&address, 4), fd = begun(&address);
        int again = connect(fd, &address.any, sizeof address.in);
        say("%s", again == 0 || errno == EISCONN ? "connected" : name_of_error(errno));
        SAY(send(fd, data, 10, MSG_NOSIGNAL));
        close(fd);
        close(listener);
    }
}

/* By the first call that could tell: without SIGPIPE, which is for what was connected. */
static void refused(void)
{
    union address address;
    int nobody = bound(AF_INET, SOCK_STREAM, &address), fd;
    char byte;
    for (int i = 0; i < 2; i++) {
        fd = begun(&address);
        SAY(connect(fd, &address.any, sizeof address.in));
        close(fd);
        fd = begun(&address);
        SAY(send(fd, data, 10, 0));
        close(fd);
        fd = begun(&address);
        SAY(recv(fd, &byte, 1, 0));
        close(fd);
    }
    close(nobody);
}

/* To one whose queue is full. */
static void lasting(void)
{
    union address address;
    int listener = tcp_listener(&address, 0), first = begun(&address);
    SAY(connect(first, &address.any, sizeof address.in) == 0 || errno == EISCONN);
    for (int i = 0; i < 2; i++) {
        int fd = begun(&address);
        struct pollfd wanted = {.fd = fd, .events = POLLOUT};
        SAY(poll(&wanted, 1, 200));
        close(fd);
    }
    close(first);
    close(listener);
}

TWINS(TWIN(asked_again), TWIN(refused), TWIN(lasting))
