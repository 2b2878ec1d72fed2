/*
 * wait.h - the ways in which a thread waits until a descriptor of its own is ready.
 */
#ifndef WAIT_H
#define WAIT_H

#include <poll.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include "../holds/hold.h"

/* Until `events`; returns what there is, as poll(2) says it, 0 at a signal. A test would hang. */
typedef short wait_way(int fd, short events);

enum { PATIENCE_MS = 10000 };

static inline int must_come(int count)
{
    if (count == 0) {
        fputs("nothing happens any more\n", stderr);
        exit(1);
    }
    if (count < 0 && errno != EINTR) {
        perror("cannot wait");
        exit(1);
    }
    return count;
}

static inline short by_poll(int fd, short events)
{
    struct pollfd wanted = {fd, events, 0};
    return must_come(poll(&wanted, 1, PATIENCE_MS)) > 0 ? wanted.revents : 0;
}

static inline short by_select(int fd, short events)
{
    fd_set in, out;
    FD_ZERO(&in);
    FD_ZERO(&out);
    if (events & POLLIN)
        FD_SET(fd, &in);
    if (events & POLLOUT)
        FD_SET(fd, &out);
    struct timeval patience = {PATIENCE_MS / 1000, 0};
    if (must_come(select(fd + 1, &in, &out, NULL, &patience)) < 0)
        return 0;
    return (short)((FD_ISSET(fd, &in) ? POLLIN : 0) | (FD_ISSET(fd, &out) ? POLLOUT : 0));
}

/* The bits are those of poll. It is registered once; another one takes its place. */
static inline short by_set(int fd, uint32_t events)
{
    static __thread int set = -1, member = -1;
    struct epoll_event event = {.events = events};
    if (set < 0)
        set = MUST(epoll_create1(EPOLL_CLOEXEC));
    if (member != fd && member >= 0)
        MUST(epoll_ctl(set, EPOLL_CTL_DEL, member, NULL));
    if (member != fd)
        MUST(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event));
    member = fd;
    return must_come(epoll_wait(set, &event, 1, PATIENCE_MS)) > 0 ? (short)event.events : 0;
}

static inline short by_epoll(int fd, short events)
{
    return by_set(fd, (uint32_t)events);
}

static inline short by_edges(int fd, short events)
{
    return by_set(fd, (uint32_t)events | EPOLLET);
}

/* It tries again at once. */
static inline short by_nothing(int fd, short events)
{
    (void)fd;
    return events;
}

static const struct way {
    const char *name;
    wait_way *wait;
    /* Whether a short count is taken for EAGAIN, as nginx and tokio do; else they go on until that.
     */
    bool edges, by_counts;
} ways[] = {
    {"poll", by_poll, false, false},           {"select", by_select, false, false},
    {"epoll", by_epoll, false, false},         {"edges", by_edges, true, false},
    {"edges-by-counts", by_edges, true, true}, {"nothing", by_nothing, false, false},
};

static inline const struct way *find_way(const char *name)
{
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        if (strcmp(ways[i].name, name) == 0)
            return &ways[i];
    fprintf(stderr, "no way to wait: %s\n", name);
    exit(2);
}

/* After a call that was to move `wanted` bytes: until it is worth another. Returns what there is.
 */
static inline short wait_after(const struct way *way, ssize_t moved, size_t wanted, int fd,
                               short events)
{
    bool blocked = moved < 0 || (way->by_counts && (size_t)moved < wanted);
    return blocked || !way->edges ? way->wait(fd, events) : events;
}

#endif
