/* epoll_forked.c - sets that a child has from its parent: it is the same set, of the same sockets.
 */
#include <sys/wait.h>

#include "set.h"

static void join(pid_t child)
{
    int status;
    MUST(waitpid(child, &status, 0));
    if (status)
        say("the child ended with %#x", status);
}

/* The set is there already: what is asked for is in it. */
static int by_shared_set(struct pollfd *wanted, nfds_t count, int milliseconds,
                         const sigset_t *mask)
{
    struct epoll_event events[MOST];
    (void)mask;
    return came(events, wanted, count, epoll_wait(set, events, MOST, milliseconds));
}

static const struct wait shared = {"the shared set", by_shared_set, false, true};

/* To the end. */
static void send_rest(struct pair pair, struct progress *sent)
{
    while (!sent->over) {
        struct pollfd wanted = {.fd = pair.near, .events = POLLOUT};
        if (!came_to_pass(&shared, &wanted, 1))
            break;
        push(pair.near, sent);
    }
    shutdown(pair.near, SHUT_WR);
}

static void receive_rest(struct pair pair, struct progress *got)
{
    while (!got->over) {
        struct pollfd wanted = {.fd = pair.far, .events = POLLIN};
        if (!came_to_pass(&shared, &wanted, 1))
            break;
        pull(pair.far, got, true);
    }
}

static void begin(int fd, uint32_t events, uint32_t trigger)
{
    set = MUST(epoll_create1(EPOLL_CLOEXEC));
    without_waiting(fd);
    ctl(EPOLL_CTL_ADD, fd, events | trigger, 0);
}

/* `before`: the parent has moved some of it, and was told that nothing more goes. */
static void child_sends(uint32_t trigger, bool before)
{
    struct pair pair = narrow_pair();
    struct progress sent = {.by = by_send, .total = 100000};
    begin(pair.near, EPOLLOUT, trigger);
    if (before)
        push(pair.near, &sent);
    pid_t child = MUST(fork());
    if (child == 0) {
        close(pair.far);
        send_rest(pair, &sent);
        _exit(0);
    }
    close(pair.near);
    say_matches(drain(pair.far), sent.total);
    join(child);
    close(set);
    close(pair.far);
}

static void child_receives(uint32_t trigger, bool before)
{
    struct pair pair = tcp_pair();
    struct writer writer;
    struct progress got = {.by = by_plain_recv};
    begin(pair.far, EPOLLIN | EPOLLRDHUP, trigger);
    if (before) {
        send_all(pair.near, 20000);
        await_bytes(pair.far, 20000);
        got.manner = ONCE;
        pull(pair.far, &got, false);
        got.manner = GOES_ON_TO_EAGAIN;
        /* What is there is no edge of the child's. */
        ctl(EPOLL_CTL_MOD, pair.far, EPOLLIN | EPOLLRDHUP | trigger, 0);
    }
    pid_t child = MUST(fork());
    if (child == 0) {
        close(pair.near);
        receive_rest(pair, &got);
        if (before)
            say("received %zu", got.stream.bytes);
        else
            say_matches(got.stream, 60000);
        _exit(0);
    }
    close(pair.far);
    writer_start(&writer, pair.near, 60000, 7000);
    pthread_join(writer.thread, NULL);
    join(child);
    close(set);
    close(pair.near);
}

static void sending(void)
{
    for (int before = 0; before < 2; before++) {
        child_sends(0, before);
        child_sends(EPOLLET, before);
    }
}

static void receiving(void)
{
    for (int before = 0; before < 2; before++) {
        child_receives(0, before);
        child_receives(EPOLLET, before);
    }
}

/* Parent and child wait for different sockets of theirs, each by a set that both have; what the
 * child registers is the parent's, too, so each says who it is by the data. */
static void both(void)
{
    struct pair pairs[2] = {narrow_pair(), narrow_pair()};
    struct reader readers[2];
    pid_t child;
    set = MUST(epoll_create1(EPOLL_CLOEXEC));
    int other = MUST(epoll_create1(EPOLL_CLOEXEC)), mine = set;
    without_waiting(pairs[0].near);
    without_waiting(pairs[1].near);
    ctl(EPOLL_CTL_ADD, pairs[0].near, EPOLLOUT | EPOLLET, 0);
    set = other;
    ctl(EPOLL_CTL_ADD, pairs[1].near, EPOLLOUT | EPOLLET, 0);
    child = MUST(fork());
    struct progress sent = {.by = by_send, .total = 60000};
    set = child ? mine : other;
    if (child == 0) {
        send_rest(pairs[1], &sent);
        _exit(0);
    }
    for (int i = 0; i < 2; i++)
        reader_start(&readers[i], pairs[i].far);
    send_rest(pairs[0], &sent);
    for (int i = 0; i < 2; i++)
        say_matches(reader_end(&readers[i]), sent.total);
    join(child);
    close(mine);
    close(other);
}

/* The child waits, and then has nothing more to do with it: the parent goes on with the same set.
 */
static void in_turns(void)
{
    struct pair pair = narrow_pair();
    struct progress sent = {.by = by_send, .manner = ONCE, .total = 60000};
    struct reader reader;
    begin(pair.near, EPOLLOUT, 0);
    reader_start(&reader, pair.far);
    for (int turns = 0; turns < 6 && !sent.over; turns++) {
        int result[2];
        MUST(pipe(result));
        pid_t child = MUST(fork());
        if (child == 0) {
            struct pollfd wanted = {.fd = pair.near, .events = POLLOUT};
            if (came_to_pass(&shared, &wanted, 1))
                push(pair.near, &sent);
            MUST(write(result[1], &sent.done, sizeof sent.done));
            _exit(0);
        }
        MUST(read(result[0], &sent.done, sizeof sent.done));
        join(child);
        struct pollfd wanted = {.fd = pair.near, .events = POLLOUT};
        if (came_to_pass(&shared, &wanted, 1))
            push(pair.near, &sent);
        close(result[0]);
        close(result[1]);
    }
    send_rest(pair, &sent);
    say_matches(reader_end(&reader), sent.total);
    close(set);
    close_pair(pair);
}

/* A child that is gone leaves it as it is. */
static void child_leaves(void)
{
    for (int i = 0; i < 4; i++) {
        struct pair pair = narrow_pair();
        struct reader reader;
        struct progress sent = {.by = by_send, .total = 60000};
        begin(pair.near, EPOLLOUT, i % 2 ? EPOLLET : 0);
        push(pair.near, &sent);
        pid_t child = MUST(fork());
        if (child == 0) {
            if (i < 2) {
                close(pair.near);
                close(set);
            }
            _exit(0);
        }
        join(child);
        reader_start(&reader, pair.far);
        if (!sent.over)
            send_rest(pair, &sent);
        shutdown(pair.near, SHUT_WR);
        say_matches(reader_end(&reader), sent.total);
        close(set);
        close_pair(pair);
    }
}

/* The parent closes its own: what is registered stays, since the child has it, but nobody else can
 * change it. */
static void parent_closes(void)
{
    struct pair pair = tcp_pair();
    int stop[2];
    char byte;
    MUST(pipe(stop));
    begin(pair.near, EPOLLOUT, 0);
    pid_t child = MUST(fork());
    if (child == 0) {
        close(stop[1]);
        byte = (char)read(stop[0], &byte, 1);
        _exit(0);
    }
    struct epoll_event event = {.events = EPOLLIN};
    close(pair.near);
    SAY(epoll_ctl(set, EPOLL_CTL_MOD, pair.near, &event));
    struct pollfd wanted = {.fd = pair.near, .events = POLLOUT};
    say("still told: %d, %#x", came_to_pass(&shared, &wanted, 1), POLLOUT);
    close(stop[1]);
    join(child);
    say("and not when nobody has it: %d", epoll_wait(set, &event, 1, 20));
    close(pair.far);
    close(set);
}

/* Connections to one listener, taken by either. */
static void accepting(void)
{
    enum { CLIENTS = 6 };
    struct clients clients;
    int listener = tcp_listener(&clients.address, 16), taken[2], left = CLIENTS;
    char byte = 0;
    begin(listener, EPOLLIN, 0);
    MUST(pipe(taken));
    pid_t child = MUST(fork());
    if (child != 0)
        clients_start(&clients, CLIENTS);
    /* Until the parent, who counts, ends the child. */
    while (left > 0) {
        struct epoll_event event;
        if (epoll_wait(set, &event, 1, child ? 10 : patience) > 0) {
            struct progress got = {0};
            accept_all(listener, GOES_ON_TO_EAGAIN, &got);
            for (size_t i = 0; i < got.done; i++)
                MUST(write(taken[1], &byte, 1));
        }
        while (child && left > 0 && poll(&(struct pollfd){taken[0], POLLIN, 0}, 1, 0) == 1)
            left -= MUST(read(taken[0], &byte, 1));
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    pthread_join(clients.thread, NULL);
    say("all accepted: %d", left == 0);
    close(listener);
    close(set);
}

TWINS(TWIN(sending), TWIN(receiving), TWIN(both), TWIN(in_turns), TWIN(child_leaves),
      TWIN(parent_closes), TWIN(accepting))
