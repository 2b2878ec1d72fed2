/* set.h - the one set of epoll that a twin has, and what it tells. */
#ifndef SET_H
#define SET_H

#include "loop.h"

static int set;

static inline void ctl(int operation, int fd, uint32_t events, uint64_t named)
{
    struct epoll_event event = {.events = events, .data.u64 = named};
    MUST(epoll_ctl(set, operation, fd, &event));
}

/* Nothing for a while, whatever has been held back meanwhile. */
static inline void say_nothing_comes(const char *when)
{
    struct epoll_event events[MOST];
    say("%s: %d", when, epoll_wait(set, events, MOST, 50));
}

/* The next one. */
static inline void say_event(const char *when)
{
    struct epoll_event event = {0};
    int count = epoll_wait(set, &event, 1, patience);
    say("%s: %d, %#x of %llx", when, count, (unsigned)event.events,
        (unsigned long long)event.data.u64);
}

/* False if nothing comes, which it says. */
static inline bool next_event(struct epoll_event *event)
{
    int count = epoll_wait(set, event, 1, patience);
    if (count != 1)
        say("nothing happens any more");
    return count == 1;
}

#endif
