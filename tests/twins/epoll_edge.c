/*
 * epoll_edge.c - loops of epoll_wait and its relatives that are told once: who was told, and moved
 * all that went, is told when more goes. A short count is as good as EAGAIN for many.
 */
#include "loop.h"

#define WITH_EACH(wait) WITH_ALL(FIRST_EPOLL, ALL_WAITS, wait)

static void send_and_receive(uint32_t trigger, enum manner manner)
{
    kept.trigger = trigger;
    WITH_EACH(wait)
    {
        send_by(wait, manner, 60000);
        receive_by(wait, manner, 40000);
    }
}

static void going_on(void)
{
    send_and_receive(EPOLLET, GOES_ON_TO_EAGAIN);
}

static void stopping_at_a_short_count(void)
{
    send_and_receive(EPOLLET, STOPS_AT_A_SHORT_COUNT);
}

/* MOD gives the edge again if it is so still: nothing need be moved at all. */
static void once_armed_going_on(void)
{
    send_and_receive(EPOLLET | EPOLLONESHOT, GOES_ON_TO_EAGAIN);
}

static void once_armed_stopping(void)
{
    send_and_receive(EPOLLET | EPOLLONESHOT, STOPS_AT_A_SHORT_COUNT);
}

static void once_armed_once(void)
{
    send_and_receive(EPOLLET | EPOLLONESHOT, ONCE);
}

static void both_ways(void)
{
    kept.trigger = EPOLLET;
    WITH_EACH(wait)
    {
        echo_by(wait, GOES_ON_TO_EAGAIN, 40000);
    }
}

static void both_ways_stopping(void)
{
    kept.trigger = EPOLLET;
    WITH_EACH(wait)
    {
        echo_by(wait, STOPS_AT_A_SHORT_COUNT, 40000);
    }
}

static void accepting(void)
{
    kept.trigger = EPOLLET;
    WITH_EACH(wait)
    {
        accept_by(wait, GOES_ON_TO_EAGAIN, 4);
    }
}

static void connecting(void)
{
    kept.trigger = EPOLLET;
    WITH_EACH(wait)
    {
        connect_by(wait);
    }
}

/* Of a socket that blocks: what one call leaves, though there is room, is told of as well; also
 * where it is another number that is in the set. */
static void blocking(void)
{
    static char bytes[60000];
    for (int duplicate = 0; duplicate < 2; duplicate++) {
        struct pair pair = tcp_pair();
        struct stream stream = {0};
        struct epoll_event event = {.events = EPOLLIN | EPOLLET};
        int set = MUST(epoll_create1(EPOLL_CLOEXEC));
        int registered = duplicate ? MUST(dup(pair.far)) : pair.far;
        MUST(epoll_ctl(set, EPOLL_CTL_ADD, registered, &event));
        send_all(pair.near, 40000);
        nap(0.05);
        while (stream.bytes < 40000 && epoll_wait(set, &event, 1, 3000) == 1) {
            ssize_t got = recv(pair.far, bytes, sizeof bytes, 0);
            stream_add(&stream, bytes, got > 0 ? (size_t)got : 0);
        }
        say_stream("who is told once", stream);
        SAY(epoll_wait(set, &event, 1, 0));
        close(set);
        if (duplicate)
            close(registered);
        close_pair(pair);
    }
}

TWINS(TWIN(going_on), TWIN(stopping_at_a_short_count), TWIN(once_armed_going_on),
      TWIN(once_armed_stopping), TWIN(once_armed_once), TWIN(both_ways), TWIN(both_ways_stopping),
      TWIN(accepting), TWIN(connecting), TWIN(blocking))
