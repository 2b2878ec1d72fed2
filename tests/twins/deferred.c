/*
 * deferred.c - connects that do not wait: what a socket says while its handshake is slow, and that
 * it comes to its end in every way to wait for it.
 */
#include "loop.h"

#define WITH_EACH(wait) WITH_ALL(FIRST_POLL, ALL_WAITS, wait)

static int fresh(int family)
{
    return MUST(socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

/* The handshake may be over at once, or last. */
static void say_begun(const char *what, int result)
{
    say("%s: %s", what,
        result == 0 || errno == EINPROGRESS || errno == EALREADY ? "under way or made"
                                                                 : name_of_error(errno));
}

static void begin(int fd, const union address *address)
{
    say_begun("connect", connect(fd, &address->any, length_of(address)));
}

/* What it is told of; -1 if that is an error, which is said. */
static int made(const struct wait *wait, int fd)
{
    struct pollfd wanted = {.fd = fd, .events = POLLOUT};
    if (!came_to_pass(wait, &wanted, 1))
        return -1;
    int error = error_of(fd);
    if (error)
        say("it is %s", name_of_error(error));
    return error ? -1 : wanted.revents;
}

static void say_made(const struct wait *wait, int fd)
{
    say("made, events %#x", (unsigned)made(wait, fd));
    wait_end();
}

/* All at once, and then each is waited for. Who is connected says so. */
static void several(void)
{
    enum { SEVERAL = 4 };
    WITH_EACH(wait)
    {
        union address address;
        int listener = tcp_listener(&address, 16), fds[SEVERAL];
        size_t said = 0;
        int failed = 0;
        for (int i = 0; i < SEVERAL; i++) {
            fds[i] = fresh(AF_INET);
            int result = connect(fds[i], &address.any, sizeof address.in);
            failed += result < 0 && errno != EINPROGRESS;
        }
        for (int i = 0; i < SEVERAL; i++) {
            failed += made(wait, fds[i]) != POLLOUT;
            wait_end();
            MUST(fcntl(fds[i], F_SETFL, 0));
            said += send_all(fds[i], 10);
            close(fds[i]);
        }
        for (int i = 0; i < SEVERAL; i++) {
            int fd = MUST(accept(listener, NULL, NULL));
            said -= drain(fd).bytes;
            close(fd);
        }
        say("%s: failed %d, unheard %zu", wait->name, failed, said);
        close(listener);
    }
}

/* All in one set. */
static void several_in_one_set(void)
{
    enum { SEVERAL = 8 };
    for (int edges = 0; edges < 2; edges++) {
        union address address;
        int listener = tcp_listener(&address, 16), fds[SEVERAL], ready[SEVERAL] = {0}, left = 0;
        int set = MUST(epoll_create1(EPOLL_CLOEXEC));
        for (int i = 0; i < SEVERAL; i++, left++) {
            struct epoll_event event = {.events = EPOLLOUT | EPOLLIN | (edges ? EPOLLET : 0),
                                        .data.u32 = (uint32_t)i};
            fds[i] = fresh(AF_INET);
            begin(fds[i], &address);
            MUST(epoll_ctl(set, EPOLL_CTL_ADD, fds[i], &event));
        }
        while (left > 0) {
            struct epoll_event event;
            if (epoll_wait(set, &event, 1, patience) != 1) {
                say("nothing happens any more");
                break;
            }
            int fd = fds[event.data.u32];
            int error = error_of(fd);
            if (event.events != EPOLLOUT || error || ready[event.data.u32]++)
                say("%#x, %d", (unsigned)event.events, error);
            MUST(epoll_ctl(set, EPOLL_CTL_DEL, fd, NULL));
            left--;
        }
        for (int i = 0; i < SEVERAL; i++) {
            say("ready %d, accepted %d", ready[i], accept(listener, NULL, NULL) > 0);
            close(fds[i]);
        }
        close(set);
        close(listener);
    }
}

/* It says so once, where it was told of by readiness, and is connected from then on. */
static void asked_again(void)
{
    WITH_EACH(wait)
    {
        union address address, own, peer;
        socklen_t own_length = sizeof own, peer_length = sizeof peer;
        int listener = tcp_listener(&address, 4), fd = fresh(AF_INET);
        begin(fd, &address);
        begin(fd, &address);
        MUST(getsockname(fd, &own.any, &own_length));
        say("family %d", own.any.sa_family == AF_INET);
        int named = getpeername(fd, &peer.any, &peer_length);
        say("peer %s", named == 0 || errno == ENOTCONN ? "or none yet" : name_of_error(errno));
        say_made(wait, fd);
        int second = connect(fd, &address.any, sizeof address.in);
        say("second: %s", second == 0 || errno == EISCONN ? "connected" : name_of_error(errno));
        SAY(connect(fd, &address.any, sizeof address.in));
        peer_length = sizeof peer;
        SAY(getpeername(fd, &peer.any, &peer_length));
        say("the peer is as asked: %d", memcmp(&peer.in, &address.in, sizeof peer.in) == 0);
        int accepted = MUST(accept(listener, &own.any, &own_length));
        getsockname(fd, &peer.any, &peer_length);
        say("and so is this one: %d", memcmp(&peer.in, &own.in, sizeof peer.in) == 0);
        say("GETFL %#o", fcntl(fd, F_GETFL));
        wait_end();
        close(fd);
        close(accepted);
        close(listener);
    }
}

/* A port of the program's own, an address of either family, a number instead of a name. */
static void from_a_port(void)
{
    for (int i = 0; i < 4; i++) {
        int family = i % 2 ? AF_INET6 : AF_INET;
        union address address, own, seen;
        socklen_t length = sizeof seen;
        int listener = bound(family, SOCK_STREAM, &address);
        int fd = bound(family, SOCK_STREAM, &own);
        MUST(listen(listener, 1));
        without_waiting(fd);
        say_begun("connect", i < 2 ? connect(fd, &address.any, length_of(&address))
                                   : (int)syscall(SYS_connect, fd, &address, length_of(&address)));
        say_made(&waits[FIRST_POLL], fd);
        close(MUST(accept(listener, &seen.any, &length)));
        say("from where it was bound: %d", memcmp(&seen, &own, length_of(&own)) == 0);
        close(fd);
        close(listener);
    }
}

/* The kernel may say first, at once or later, that the attempt before was aborted. */
static bool tried_again(const struct wait *wait, int fd, const union address *address)
{
    union address peer;
    socklen_t length = sizeof peer;
    for (int tries = 0; tries < 3; tries++) {
        struct pollfd wanted = {.fd = fd, .events = POLLOUT};
        int result = connect(fd, &address->any, length_of(address));
        if (result < 0 && errno != EINPROGRESS)
            continue;
        bool told = came_to_pass(wait, &wanted, 1);
        wait_end();
        if (told && error_of(fd) == 0 && getpeername(fd, &peer.any, &length) == 0)
            return true;
    }
    return false;
}

/* To nobody: at once, or by what readiness tells. */
static void refused(void)
{
    WITH_EACH(wait)
    {
        for (int i = 0; i < 2; i++) {
            int family = i ? AF_INET6 : AF_INET;
            union address address;
            int nobody = bound(family, SOCK_STREAM, &address), fd = fresh(family), error = 0;
            if (connect(fd, &address.any, length_of(&address)) == 0) {
                say("connected to nobody");
            } else if (errno == EINPROGRESS) {
                struct pollfd wanted = {.fd = fd, .events = POLLOUT | POLLIN};
                if (came_to_pass(wait, &wanted, 1))
                    say("events %#x", wanted.revents);
                error = error_of(fd);
            } else {
                error = errno;
            }
            say("%s: %s, then %s", wait->name, name_of_error(error),
                error_of(fd) ? "again" : "none");
            wait_end();
            MUST(listen(nobody, 1));
            say("then made: %d", tried_again(wait, fd, &address));
            close(fd);
            close(nobody);
        }
    }
}

/* By the number of another, of a new one, or of none. */
static void closed_under_way(void)
{
    union address first, second;
    int from_first = tcp_listener(&first, 8), from_second = tcp_listener(&second, 8);
    for (int i = 0; i < 3; i++) {
        int fd = fresh(AF_INET);
        begin(fd, &first);
        if (i == 1) {
            int next = fresh(AF_INET);
            MUST(dup2(next, fd));
            close(next);
        } else {
            close(fd);
        }
        if (i == 0)
            MUST(fresh(AF_INET) == fd ? 0 : -1);
        if (i == 2) {
            SAY(connect(fd, &second.any, sizeof second.in));
            continue;
        }
        begin(fd, &second);
        say_made(&waits[FIRST_EPOLL], fd);
        wait_end();
        MUST(fcntl(fd, F_SETFL, 0));
        SAY(send_all(fd, 7));
        close(fd);
        int accepted = MUST(accept(from_second, NULL, NULL));
        say("received %zu", drain(accepted).bytes);
        close(accepted);
    }
    close(from_first);
    close(from_second);
}

/* One number connects, another is waited for, in a set that it was in before. */
static void by_duplicates(void)
{
    for (int i = 0; i < 4; i++) {
        union address address;
        struct epoll_event event = {.events = EPOLLOUT | (i % 2 ? EPOLLET : 0)};
        int listener = tcp_listener(&address, 8), fd = fresh(AF_INET), other = MUST(dup(fd));
        int set = MUST(epoll_create1(0));
        MUST(epoll_ctl(set, EPOLL_CTL_ADD, i < 2 ? other : fd, &event));
        /* A fresh one is hung up. */
        say("%d", epoll_wait(set, &event, 1, patience));
        say("fresh: %#x", (unsigned)event.events);
        begin(fd, &address);
        say("%d", epoll_wait(set, &event, 1, patience));
        say("events %#x, error %d", (unsigned)event.events, error_of(other));
        say("accepted %d", accept(listener, NULL, NULL) > 0);
        close(fd);
        SAY(send_once(other, 10));
        close(other);
        close(set);
        close(listener);
    }
}

/* To one whose queue is full: it lasts, until there is room, and nothing is told meanwhile. */
static void lasting(void)
{
    union address address, own;
    socklen_t length = sizeof own;
    int listener = tcp_listener(&address, 0), first = MUST(socket(AF_INET, SOCK_STREAM, 0));
    int fd = fresh(AF_INET), again = fresh(AF_INET);
    char byte;
    MUST(connect(first, &address.any, sizeof address.in));
    SAY(connect(fd, &address.any, sizeof address.in));
    SAY(connect(again, &address.any, sizeof address.in));
    SAY(connect(fd, &address.any, sizeof address.in));
    SAY(getpeername(fd, &own.any, &length));
    MUST(getsockname(fd, &own.any, &length));
    say("family %d, error %d", own.any.sa_family == AF_INET, error_of(fd));
    SAY(send(fd, data, 1, MSG_NOSIGNAL));
    SAY(recv(fd, &byte, 1, 0));
    SAY(write(fd, data, 1));
    WITH_EACH(wait)
    {
        struct pollfd wanted = {.fd = fd, .events = POLLOUT | POLLIN};
        say("%s: %d", wait->name, wait->wait(&wanted, 1, 10, NULL));
        wait_end();
    }
    close(again);
    close(MUST(accept(listener, NULL, NULL)));
    say_made(&waits[FIRST_EPOLL], fd);
    SAY(connect(fd, &address.any, sizeof address.in));
    SAY(connect(fd, &address.any, sizeof address.in));
}

/* Thread A waits already while thread B connects one that is in the set. */
static union address where;
static int connecting;

static void *connect_late(void *unused)
{
    (void)unused;
    nap(0.02);
    begin(connecting, &where);
    return NULL;
}

static void by_another_thread(void)
{
    for (int i = 0; i < 3; i++) {
        int listener = tcp_listener(&where, 4), set = MUST(epoll_create1(0));
        struct epoll_event event = {.events = EPOLLOUT | EPOLLET};
        connecting = fresh(AF_INET);
        MUST(epoll_ctl(set, EPOLL_CTL_ADD, connecting, &event));
        say("%d", epoll_wait(set, &event, 1, patience)); /* a fresh one is hung up */
        pthread_t thread = thread_start(connect_late, NULL);
        int count = epoll_wait(set, &event, 1, -1);
        pthread_join(thread, NULL);
        say("%d: %#x, error %d", count, (unsigned)event.events, error_of(connecting));
        say("accepted %d", accept(listener, NULL, NULL) > 0);
        close(connecting);
        close(set);
        close(listener);
    }
}

/* What needs no handshake is there at once. */
static void datagrams(void)
{
    union address address;
    int far = bound(AF_INET, SOCK_DGRAM, &address);
    for (int i = 0; i < 4; i++) {
        int fd = MUST(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0));
        SAY(connect(fd, &address.any, sizeof address.in));
        say("events %#x", await_events(fd, POLLOUT));
        close(fd);
    }
    close(far);
}

TWINS(TWIN(several), TWIN(several_in_one_set), TWIN(asked_again), TWIN(from_a_port), TWIN(refused),
      TWIN(closed_under_way), TWIN(by_duplicates), TWIN(lasting), TWIN(by_another_thread),
      TWIN(datagrams))
