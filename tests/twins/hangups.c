/*
 * hangups.c - streams that end while much of them is unread: the hangup is no reason to lose it.
 *
 * Of some programs who is told of a hangup alone, without anything to receive, takes it for the
 * end, and so does who receives less than there is room for when a hangup has come.
 */
#include "loop.h"

enum { AMOUNT = 150000, MUCH = 300000 };

/* How the peer ends it: with its own side; this one was ended before; or it is gone altogether. */
enum ending { ITS_SIDE, BOTH_SIDES, GONE, ENDINGS };

static const char *const endings[] = {"one side", "both sides", "closed"};

/* Room for all of it, so that the end has come when nothing has been read yet. */
static struct pair full_pair(size_t amount, enum ending ending, struct writer *writer)
{
    struct pair pair = tcp_pair();
    set_option(pair.far, SOL_SOCKET, SO_RCVBUF, 1000000);
    without_waiting(pair.far);
    if (ending == BOTH_SIDES)
        shutdown(pair.far, SHUT_WR);
    writer_start(writer, pair.near, amount, amount);
    pthread_join(writer->thread, NULL);
    if (ending == GONE)
        close(pair.near);
    return pair;
}

static void end_pair(struct pair pair, enum ending ending)
{
    close(pair.far);
    if (ending != GONE)
        close(pair.near);
}

/* A program that goes by what it is told: it receives only if there is something to receive. */
static void read_by(const struct wait *wait, enum ending ending, enum manner manner, short events,
                    size_t amount)
{
    struct writer writer;
    struct pair pair = full_pair(amount, ending, &writer);
    struct progress got = {.by = by_plain_recv, .manner = manner};
    bool bare = false;
    while (!got.over) {
        struct pollfd wanted = {.fd = pair.far, .events = events};
        if (!came_to_pass(wait, &wanted, 1))
            break;
        bool hung_up = wanted.revents & (POLLRDHUP | POLLHUP);
        bare |= hung_up && !(wanted.revents & POLLIN) && (events & POLLIN);
        if (hung_up || (wanted.revents & POLLIN))
            pull(pair.far, &got, hung_up && (kept.trigger & EPOLLET));
    }
    say("%s, %s, %#x: with nothing to receive %d", wait->name, endings[ending], events, bare);
    say_matches(got.stream, amount);
    wait_end();
    end_pair(pair, ending);
}

static void read_in_each_way(short events, bool edges)
{
    static const int first[] = {FIRST_POLL, FIRST_SELECT, FIRST_EPOLL, FIRST_EPOLL, FIRST_EPOLL};
    static const uint32_t triggers[] = {0, 0, 0, EPOLLONESHOT, EPOLLONESHOT | EPOLLET};
    for (enum ending ending = 0; ending < ENDINGS; ending++) {
        for (int i = edges ? 4 : 0; i < (edges ? 5 : 4); i++) {
            kept.trigger = triggers[i];
            read_by(&waits[first[i]], ending, i % 2 ? STOPS_AT_A_SHORT_COUNT : ONCE, events,
                    i == 2 ? MUCH : AMOUNT / 2);
        }
    }
}

static void asked_for_what_comes(void)
{
    read_in_each_way(POLLIN, false);
}

static void asked_for_the_end_too(void)
{
    read_in_each_way(POLLIN | POLLRDHUP, false);
}

static void asked_for_all(void)
{
    read_in_each_way(POLLIN | POLLRDHUP | POLLOUT | POLLPRI, false);
}

static void asked_for_edges(void)
{
    read_in_each_way(POLLIN | POLLRDHUP, true);
    kept.trigger = EPOLLET;
    for (enum ending ending = 0; ending < ENDINGS; ending++) {
        read_by(&waits[FIRST_EPOLL], ending, GOES_ON_TO_EAGAIN, POLLIN, MUCH);
        read_by(&waits[FIRST_EPOLL], ending, STOPS_AT_A_SHORT_COUNT, POLLIN | POLLRDHUP, MUCH);
    }
}

static int by_a_duplicate(struct pollfd *wanted, nfds_t count, int milliseconds,
                          const sigset_t *mask)
{
    static struct pollfd other;
    if (kept.count == 0) {
        if (other.fd > 0)
            close(other.fd);
        other.fd = MUST(dup(wanted->fd));
    }
    other.events = wanted->events;
    int result = waits[FIRST_EPOLL].wait(&other, count, milliseconds, mask);
    wanted->revents = other.revents;
    return result;
}

/* What is received by one number is over for those who wait by another. */
static void asked_for_edges_of_a_duplicate(void)
{
    const struct wait wait = {"a duplicate", by_a_duplicate, false, true};
    kept.trigger = EPOLLET;
    for (enum ending ending = 0; ending < ENDINGS; ending++)
        for (enum manner manner = GOES_ON_TO_EAGAIN; manner <= STOPS_AT_A_SHORT_COUNT; manner++)
            read_by(&wait, ending, manner, POLLIN | POLLRDHUP, AMOUNT);
}

/* Who asks only whether it is over learns that, and receives all the same. */
static void asked_for_the_end_alone(void)
{
    kept.trigger = 0;
    read_by(&waits[FIRST_POLL], BOTH_SIDES, GOES_ON_TO_EAGAIN, POLLRDHUP, AMOUNT);
    read_by(&waits[FIRST_EPOLL], BOTH_SIDES, GOES_ON_TO_EAGAIN, POLLRDHUP, AMOUNT);
    read_by(&waits[FIRST_POLL], BOTH_SIDES, ONCE, 0, AMOUNT);
    read_by(&waits[FIRST_EPOLL], BOTH_SIDES, ONCE, 0, AMOUNT);
}

/* As one library has it: up to 32 buffers an event, until one is not filled; after a hangup that is
 * the end. Or, later: a hangup with nothing to receive is. */
static void as_libraries_do(bool later, const struct wait *wait, enum ending ending)
{
    enum { BUFFER = 65536 };
    struct writer writer;
    struct pair pair = full_pair(MUCH, ending, &writer);
    struct stream stream = {0};
    bool over = false;
    while (!over) {
        struct pollfd wanted = {.fd = pair.far, .events = POLLIN};
        bool partial = false;
        if (!came_to_pass(wait, &wanted, 1))
            break;
        if (later && (wanted.revents & POLLHUP) && !(wanted.revents & POLLIN))
            break;
        for (int times = 0; times < 32 && !partial && !over; times++) {
            ssize_t got = read(pair.far, room, BUFFER);
            if (got < 0 && errno == EAGAIN)
                break;
            over = got <= 0;
            partial = got < BUFFER;
            stream_add(&stream, room, got > 0 ? (size_t)got : 0);
        }
        over |= !later && (wanted.revents & POLLHUP) && partial;
    }
    say("%s, %s", wait->name, endings[ending]);
    say_matches(stream, MUCH);
    wait_end();
    end_pair(pair, ending);
}

static void as_a_library_did(void)
{
    for (enum ending ending = 0; ending < ENDINGS; ending++) {
        as_libraries_do(false, &waits[FIRST_EPOLL], ending);
        as_libraries_do(false, &waits[FIRST_POLL], ending);
    }
}

static void as_a_library_does(void)
{
    for (enum ending ending = 0; ending < ENDINGS; ending++) {
        as_libraries_do(true, &waits[FIRST_EPOLL], ending);
        as_libraries_do(true, &waits[FIRST_POLL], ending);
    }
}

/* What was there before it is read; then comes the error, and then the end. */
static void reset(void)
{
    static const int first[] = {FIRST_POLL, FIRST_SELECT, FIRST_EPOLL, FIRST_EPOLL};
    for (int i = 0; i < 4; i++) {
        const struct wait *wait = &waits[first[i]];
        struct pair pair = tcp_pair();
        struct stream stream = {0};
        int error = 0, last = 0;
        kept.trigger = i == 3 ? EPOLLET : 0;
        set_option(pair.far, SOL_SOCKET, SO_RCVBUF, 1000000);
        without_waiting(pair.far);
        MUST(send_all(pair.near, AMOUNT / 2) == AMOUNT / 2 ? 0 : -1);
        await_bytes(pair.far, AMOUNT / 2);
        MUST(setsockopt(pair.near, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0},
                        sizeof(struct linger)));
        close(pair.near);
        await_events(pair.far, POLLRDHUP);
        const double end = now() + 5;
        for (bool first_time = true; now() < end && !error && last != 1; first_time = false) {
            struct pollfd wanted = {.fd = pair.far, .events = POLLIN | POLLRDHUP};
            if (!came_to_pass(wait, &wanted, 1))
                break;
            if (first_time)
                say("%s: %#x", wait->name, wanted.revents);
            do {
                ssize_t got = recv(pair.far, room, AT_A_TIME, 0);
                stream_add(&stream, room, got > 0 ? (size_t)got : 0);
                error = got < 0 && errno != EAGAIN ? errno : 0;
                last = got > 0 ? 0 : got == 0 ? 1 : 2;
            } while (i == 3 && last == 0);
        }
        say("%s", error ? name_of_error(error) : "no error");
        say_matches(stream, AMOUNT / 2);
        SAY(receive_once(pair.far));
        SAY(send_once(pair.far, 10));
        say("at last %#x", await_events(pair.far, POLLIN));
        wait_end();
        close(pair.far);
    }
}

/* Who sends to one that is gone is told so, though more may not go yet. */
static void sending_to_nobody(void)
{
    static const int first[] = {FIRST_POLL, FIRST_SELECT, FIRST_EPOLL, FIRST_EPOLL};
    for (int i = 0; i < 4; i++) {
        struct pair pair = tcp_pair();
        ssize_t sent = 0;
        int error = 0;
        kept.trigger = i == 3 ? EPOLLET : 0;
        without_waiting(pair.near);
        close(pair.far);
        while (!error) {
            struct pollfd wanted = {.fd = pair.near, .events = POLLOUT};
            if (!came_to_pass(&waits[first[i]], &wanted, 1))
                break;
            do {
                sent = send(pair.near, data, 9000, MSG_NOSIGNAL);
                error = sent < 0 && errno != EAGAIN ? errno : 0;
            } while (i == 3 && sent > 0);
        }
        say("%s: %s", waits[first[i]].name,
            error == EPIPE || error == ECONNRESET ? "nobody is there" : name_of_error(error));
        wait_end();
        close(pair.near);
    }
}

TWINS(TWIN(asked_for_what_comes), TWIN(asked_for_the_end_too), TWIN(asked_for_all),
      TWIN(asked_for_edges), TWIN(asked_for_edges_of_a_duplicate), TWIN(asked_for_the_end_alone),
      TWIN(as_a_library_did), TWIN(as_a_library_does), TWIN(reset), TWIN(sending_to_nobody))
