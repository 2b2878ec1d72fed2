/*
 * loop.h - what programs with an event loop do: move as much as goes, and wait for more.
 *
 * Each says only whether all came, as it was sent: how often it had to wait is not its business.
 */
#ifndef LOOP_H
#define LOOP_H

#include "waits.h"
#include "ways.h"

enum { AT_A_TIME = 9000 };

static int patience = 5000; /* milliseconds for which something must happen */

/* When to stop, and wait: what does not go on to EAGAIN must not be told by edges alone, but that a
 * short count means as much. */
enum manner { GOES_ON_TO_EAGAIN, STOPS_AT_A_SHORT_COUNT, ONCE };

static __thread char *into = room; /* where that goes which is received */

/* As programs receive from a socket that does not wait. */
static inline ssize_t by_plain_recv(int fd, size_t length)
{
    return recv(fd, into, length, 0);
}

/* How streams are moved, unless a twin says otherwise. */
static struct {
    ssize_t (*send)(int fd, size_t length), (*receive)(int fd, size_t length);
    bool blocking; /* the sockets are: each call says for itself that it will not wait */
    short out, in; /* what is asked for */
} moves = {by_send, by_plain_recv, false, POLLOUT, POLLIN | POLLRDHUP};

static inline void without_waiting(int fd)
{
    if (!moves.blocking)
        MUST(fcntl(fd, F_SETFL, O_NONBLOCK));
}

struct progress {
    ssize_t (*by)(int fd, size_t length);
    enum manner manner;
    size_t total, done;
    struct stream stream; /* what was received */
    bool over;            /* all is sent, the end was seen, or nothing works any more */
};

/* As much as goes now. */
static inline void push(int fd, struct progress *sent)
{
    while (!sent->over) {
        size_t rest = sent->total - sent->done;
        size_t length = rest < AT_A_TIME ? rest : AT_A_TIME;
        from = data + sent->done;
        ssize_t count = sent->by(fd, length);
        if (count < 0 && errno == EAGAIN)
            return;
        if (count < 0)
            say("sending ends with %s", name_of_error(errno));
        sent->done += count < 0 ? 0 : (size_t)count;
        sent->over = count < 0 || sent->done == sent->total;
        if (sent->manner == ONCE || (sent->manner != GOES_ON_TO_EAGAIN && (size_t)count < length))
            return;
    }
}

/* As much as is there. A hangup is no reason to stop: its edge does not come again. */
static inline void pull(int fd, struct progress *got, bool hung_up)
{
    while (!got->over) {
        ssize_t count = got->by(fd, AT_A_TIME);
        if (count < 0 && errno == EAGAIN)
            return;
        if (count < 0)
            say("receiving ends with %s", name_of_error(errno));
        got->over = count <= 0;
        if (count > 0)
            stream_add(&got->stream, into, (size_t)count);
        if (!hung_up &&
            (got->manner == ONCE || (got->manner == STOPS_AT_A_SHORT_COUNT && count < AT_A_TIME)))
            return;
    }
}

/* One call that must do something, when it is told that it may, and again if it may not yet. */
static inline ssize_t send_once(int fd, size_t length)
{
    ssize_t sent = -1;
    while (await_events(fd, POLLOUT)) {
        errno = 0;
        sent = send(fd, data, length, MSG_NOSIGNAL);
        if (sent >= 0 || errno != EAGAIN)
            break;
    }
    return sent;
}

static inline ssize_t receive_once(int fd)
{
    ssize_t got = -1;
    while (await_events(fd, POLLIN)) {
        errno = 0;
        got = recv(fd, into, AT_A_TIME, 0);
        if (got >= 0 || errno != EAGAIN)
            break;
    }
    return got;
}

/* A connection on which much was sent just now, and some of that was received: who asks whether
 * more goes, or is there, may have to wait for it. More goes, and 20,000 bytes are there. */
static inline struct pair busy_pair(void)
{
    struct pair pair = tcp_pair();
    struct progress sent = {.by = by_send, .manner = GOES_ON_TO_EAGAIN, .total = 40000};
    struct progress got = {.by = by_plain_recv, .manner = ONCE};
    send_all(pair.near, 30000);
    without_waiting(pair.near);
    without_waiting(pair.far);
    push(pair.near, &sent);
    await_bytes(pair.far, 30000);
    pull(pair.far, &got, false);
    return pair;
}

/* True if something came; else it says so. */
static inline bool came_to_pass(const struct wait *wait, struct pollfd *wanted, nfds_t count)
{
    int ready = wait->wait(wanted, count, patience, NULL);
    if (ready <= 0)
        say("%s: nothing happens any more: %s", wait->name, ready ? name_of_error(errno) : "0");
    return ready > 0;
}

static inline void send_by(const struct wait *wait, enum manner manner, size_t amount)
{
    struct pair pair = narrow_pair();
    struct reader reader;
    struct progress sent = {.by = moves.send, .manner = manner, .total = amount};
    without_waiting(pair.near);
    reader_start(&reader, pair.far);
    while (!sent.over) {
        struct pollfd wanted = {.fd = pair.near, .events = moves.out};
        if (!came_to_pass(wait, &wanted, 1))
            break;
        push(pair.near, &sent);
    }
    shutdown(pair.near, SHUT_WR);
    say("sending and %s", wait->name);
    say_matches(reader_end(&reader), amount);
    wait_end();
    close_pair(pair);
}

static inline void receive_by(const struct wait *wait, enum manner manner, size_t amount)
{
    struct pair pair = tcp_pair();
    struct writer writer;
    struct progress got = {.by = moves.receive, .manner = manner};
    without_waiting(pair.far);
    writer_start(&writer, pair.near, amount, 7000);
    while (!got.over) {
        struct pollfd wanted = {.fd = pair.far, .events = moves.in};
        if (!came_to_pass(wait, &wanted, 1))
            break;
        pull(pair.far, &got, (wanted.revents & POLLRDHUP) != 0);
    }
    pthread_join(writer.thread, NULL);
    say("receiving and %s", wait->name);
    say_matches(got.stream, amount);
    wait_end();
    close_pair(pair);
}

/* What one end sends the other returns, in one loop. Who waits for edges knows for himself what
 * goes: nothing is told twice. */
static inline void echo_by(const struct wait *wait, enum manner manner, size_t amount)
{
    struct pair pair = narrow_pair();
    struct progress sent = {.by = by_write, .manner = manner, .total = amount};
    struct progress back = {.by = by_plain_recv, .manner = manner};
    struct progress there = {.by = by_plain_recv, .manner = manner};
    struct progress echo = {.by = by_send, .manner = manner};
    short all = POLLIN | POLLOUT | POLLRDHUP;
    bool edges = wait->is_epoll && (kept.trigger & EPOLLET), first = true;
    without_waiting(pair.near);
    without_waiting(pair.far);
    while (!back.over) {
        bool owes = !echo.over && echo.total > echo.done;
        struct pollfd both[2] = {
            {pair.near, (short)(edges || !sent.over ? all : POLLIN | POLLRDHUP), 0},
            {pair.far,
             (short)(edges || (owes && !there.over) ? all
                     : owes                         ? POLLOUT
                     : there.over                   ? 0
                                                    : POLLIN | POLLRDHUP),
             0}};
        if (!came_to_pass(wait, both, 2))
            break;
        if (!sent.over && (both[0].revents & POLLOUT)) {
            push(pair.near, &sent);
            if (sent.over)
                shutdown(pair.near, SHUT_WR);
        }
        if (both[1].revents & (POLLIN | POLLRDHUP))
            pull(pair.far, &there, (both[1].revents & POLLRDHUP) != 0);
        /* `data` is what was received: it is sent from there. */
        echo.total = there.stream.bytes;
        echo.over = echo.done == echo.total;
        if ((both[1].revents & (POLLIN | POLLRDHUP | POLLOUT)) && !echo.over)
            push(pair.far, &echo);
        if (there.over && first && echo.done == echo.total) {
            first = false;
            shutdown(pair.far, SHUT_WR);
        }
        echo.over = false;
        if (both[0].revents & (POLLIN | POLLRDHUP))
            pull(pair.near, &back, (both[0].revents & POLLRDHUP) != 0);
    }
    say("an echo and %s: there %zu bytes, %zu wrong", wait->name, there.stream.bytes,
        there.stream.wrong);
    say_matches(back.stream, amount);
    wait_end();
    close_pair(pair);
}

/* Clients, one after the other, each of which says who it is, and is gone. */
struct clients {
    pthread_t thread;
    union address address;
    int count;
};

static inline void *clients_run(void *argument)
{
    const struct clients *clients = argument;
    for (int i = 0; i < clients->count; i++) {
        int fd = MUST(socket(AF_INET, SOCK_STREAM, 0));
        MUST(connect(fd, &clients->address.any, sizeof clients->address.in));
        send_all(fd, 1 + (size_t)i);
        close(fd);
    }
    return NULL;
}

static inline void clients_start(struct clients *clients, int count)
{
    clients->count = count;
    clients->thread = thread_start(clients_run, clients);
}

/* All that are there, with what each of them says. */
static inline void accept_all(int listener, enum manner manner, struct progress *got)
{
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0 && errno == EAGAIN)
            return;
        MUST(fd);
        got->stream.bytes += drain(fd).bytes;
        got->done++;
        close(fd);
        if (manner == ONCE)
            return;
    }
}

static inline void accept_by(const struct wait *wait, enum manner manner, int count)
{
    struct clients clients;
    struct progress got = {.total = (size_t)count};
    int listener = tcp_listener(&clients.address, 16);
    without_waiting(listener);
    clients_start(&clients, count);
    while (got.done < got.total) {
        struct pollfd wanted = {.fd = listener, .events = POLLIN};
        if (!came_to_pass(wait, &wanted, 1))
            break;
        accept_all(listener, manner, &got);
    }
    pthread_join(clients.thread, NULL);
    say("accepting and %s: %zu, who said %zu bytes", wait->name, got.done, got.stream.bytes);
    wait_end();
    close(listener);
}

static inline int error_of(int fd)
{
    int error = -1;
    socklen_t size = sizeof error;
    MUST(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size));
    return error;
}

static inline void connect_by(const struct wait *wait)
{
    union address address, peer;
    int listener = tcp_listener(&address, 4);
    int fd = MUST(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    socklen_t length = sizeof peer;
    int result = connect(fd, &address.any, sizeof address.in);
    struct pollfd wanted = {.fd = fd, .events = POLLOUT};
    say("connecting and %s: under way %d", wait->name, result == 0 || errno == EINPROGRESS);
    if (came_to_pass(wait, &wanted, 1))
        say("events %#x, error %d", wanted.revents, error_of(fd));
    MUST(getpeername(fd, &peer.any, &length));
    say("the peer is as asked: %d", memcmp(&peer.in, &address.in, sizeof peer.in) == 0);
    wait_end();
    close(fd);
    close(listener);
}

#define WITH_ALL(first, last, wait)                                                                \
    for (const struct wait *wait = &waits[first]; wait < &waits[last]; wait++)

#endif
