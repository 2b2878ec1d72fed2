/* epoll_closing.c - numbers that are closed, and mean something else, while they are in a set. */
#include "set.h"

/* Its number means another socket at once, which is not in the set, and owes nothing. */
static void closed_while_sending(void)
{
    for (int edges = 0; edges < 2; edges++) {
        struct pair pair = busy_pair();
        struct progress sent = {.by = by_send, .total = 20000};
        struct epoll_event event = {.events = EPOLLOUT | (edges ? EPOLLET : 0), .data.u64 = 9};
        set = MUST(epoll_create1(0));
        ctl(EPOLL_CTL_ADD, pair.near, event.events, 1);
        push(pair.near, &sent);
        close(pair.near);
        say_nothing_comes("closed");
        struct pair next = tcp_pair();
        next.near = MUST(dup2(next.near, pair.near));
        SAY(epoll_ctl(set, EPOLL_CTL_MOD, next.near, &event));
        SAY(epoll_ctl(set, EPOLL_CTL_DEL, next.near, &event));
        SAY(epoll_ctl(set, EPOLL_CTL_ADD, next.near, &event));
        say_event("the next of that number");
        SAY(send(next.near, data, 500, 0));
        close_pair(next);
        close(pair.far);
        close(set);
    }
}

/* What is told of the socket that was in the set first, until all is sent by that number. */
static void send_rest(int fd, struct progress *sent)
{
    while (!sent->over) {
        struct epoll_event event;
        if (!next_event(&event))
            break;
        push(fd, sent);
    }
    shutdown(fd, SHUT_WR);
}

/* The number that is in the set is closed, at once or on the way, and another of the same socket is
 * used on. The set tells of it as long as any is open, though nobody can change that any more. */
static void closed_but_duplicated(bool changed_before, uint32_t trigger, bool reused)
{
    struct pair pair = narrow_pair(), next = {-1, -1};
    struct reader reader;
    struct progress sent = {.by = by_send, .total = 60000};
    struct epoll_event event = {.events = EPOLLOUT};
    set = MUST(epoll_create1(0));
    without_waiting(pair.near);
    int other = MUST(fcntl(pair.near, F_DUPFD, 40));
    ctl(EPOLL_CTL_ADD, pair.near, EPOLLOUT | trigger, 1);
    if (changed_before)
        push(pair.near, &sent);
    close(pair.near);
    if (reused) {
        next = tcp_pair();
        next.near = MUST(dup2(next.near, pair.near));
    }
    SAY(epoll_ctl(set, EPOLL_CTL_MOD, pair.near, &event));
    SAY(epoll_ctl(set, EPOLL_CTL_MOD, other, &event));
    reader_start(&reader, pair.far);
    send_rest(other, &sent);
    say_matches(reader_end(&reader), sent.total);
    close(other);
    close(pair.far);
    say_nothing_comes("all closed");
    if (reused)
        close_pair(next);
    close(set);
}

static void still_told(void)
{
    closed_but_duplicated(false, 0, false);
    closed_but_duplicated(false, 0, true);
    closed_but_duplicated(true, 0, false);
    closed_but_duplicated(true, 0, true);
}

static void still_told_by_edges(void)
{
    closed_but_duplicated(false, EPOLLET, false);
    closed_but_duplicated(false, EPOLLET, true);
    closed_but_duplicated(true, EPOLLET, false);
    closed_but_duplicated(true, EPOLLET, true);
}

/* Another number was used, and is closed on the way: the one in the set stays. */
static void duplicate_closed(void)
{
    for (int edges = 0; edges < 2; edges++) {
        struct pair pair = narrow_pair();
        struct reader reader;
        struct progress sent = {.by = by_send, .total = 60000};
        set = MUST(epoll_create1(0));
        without_waiting(pair.near);
        ctl(EPOLL_CTL_ADD, pair.near, EPOLLOUT | (edges ? EPOLLET : 0), 1);
        int other = MUST(dup(pair.near));
        push(other, &sent);
        close(other);
        reader_start(&reader, pair.far);
        send_rest(pair.near, &sent);
        say_matches(reader_end(&reader), sent.total);
        close_pair(pair);
        close(set);
    }
}

/* Taken out of the set and put in again, each time it is told of. */
static void taken_out_and_back(void)
{
    for (int edges = 0; edges < 2; edges++) {
        struct pair pair = narrow_pair();
        struct reader reader;
        struct progress sent = {.by = by_send, .total = 60000};
        set = MUST(epoll_create1(0));
        without_waiting(pair.near);
        reader_start(&reader, pair.far);
        while (!sent.over) {
            struct epoll_event event;
            push(pair.near, &sent);
            ctl(EPOLL_CTL_ADD, pair.near, EPOLLOUT | (edges ? EPOLLET : 0), 1);
            if (!next_event(&event))
                break;
            ctl(EPOLL_CTL_DEL, pair.near, 0, 0);
        }
        shutdown(pair.near, SHUT_WR);
        say_matches(reader_end(&reader), sent.total);
        say_nothing_comes("taken out");
        close_pair(pair);
        close(set);
    }
}

/* The set is closed on the way, by its number or with all others, and there is another. */
static void set_closed(void)
{
    for (int i = 0; i < 4; i++) {
        struct pair pair = narrow_pair();
        struct reader reader;
        struct progress sent = {.by = by_send, .total = 60000};
        uint32_t trigger = i % 2 ? EPOLLET : 0;
        set = MUST(fcntl(MUST(epoll_create1(0)), F_DUPFD, 50));
        without_waiting(pair.near);
        ctl(EPOLL_CTL_ADD, pair.near, EPOLLOUT | trigger, 1);
        push(pair.near, &sent);
        if (i < 2)
            close(set);
        else
            MUST(close_range((unsigned)set, (unsigned)set + 20, 0));
        SAY(epoll_wait(set, &(struct epoll_event){0}, 1, 0));
        set = MUST(dup2(MUST(epoll_create1(0)), set));
        say_nothing_comes("a fresh set");
        ctl(EPOLL_CTL_ADD, pair.near, EPOLLOUT | trigger, 2);
        reader_start(&reader, pair.far);
        if (!sent.over)
            send_rest(pair.near, &sent);
        shutdown(pair.near, SHUT_WR);
        say_matches(reader_end(&reader), sent.total);
        close_pair(pair);
        close(set);
    }
}

TWINS(TWIN(closed_while_sending), TWIN(still_told), TWIN(still_told_by_edges),
      TWIN(duplicate_closed), TWIN(taken_out_and_back), TWIN(set_closed))
