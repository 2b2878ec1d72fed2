/*
 * epoll_sets.c - sets in sets, in poll and in select, with several numbers, and with sockets that
 * have several. Each is one more way to wait, for the loops that all have.
 */
#include "loop.h"

#define SET_WAIT(name)                                                                             \
    static int name(struct pollfd *wanted, nfds_t count, int milliseconds, const sigset_t *mask)

static uint32_t around; /* the trigger of outer sets */

static int enclose(int set)
{
    struct epoll_event event = {.events = EPOLLIN | around};
    int outer = MUST(epoll_create1(EPOLL_CLOEXEC));
    MUST(epoll_ctl(outer, EPOLL_CTL_ADD, set, &event));
    return outer;
}

/* What is in the set, once it is ready. A set that is told of by edges is asked first. */
static int inner(struct pollfd *wanted, nfds_t count, int milliseconds,
                 int (*ready)(int set, int milliseconds))
{
    struct epoll_event events[MOST];
    int set = kept_set(wanted, count), result = 0;
    if (around & EPOLLET)
        result = epoll_wait(set, events, MOST, 0);
    while (result == 0 && ready(set, milliseconds) > 0)
        result = epoll_wait(set, events, MOST, 0);
    return came(events, wanted, count, result);
}

static int enclosed_is_ready(int set, int milliseconds)
{
    struct epoll_event event;
    if (kept.other == 0)
        kept.other = enclose(set);
    return epoll_wait(kept.other, &event, 1, milliseconds);
}

static int twice_enclosed_is_ready(int set, int milliseconds)
{
    struct epoll_event event;
    if (kept.other == 0)
        kept.other = enclose(enclose(set));
    return epoll_wait(kept.other, &event, 1, milliseconds);
}

static int polled_is_ready(int set, int milliseconds)
{
    return poll(&(struct pollfd){.fd = set, .events = POLLIN}, 1, milliseconds);
}

static int selected_is_ready(int set, int milliseconds)
{
    return by_select(&(struct pollfd){.fd = set, .events = POLLIN}, 1, milliseconds, NULL);
}

SET_WAIT(by_set_in_set)
{
    (void)mask;
    return inner(wanted, count, milliseconds, enclosed_is_ready);
}

SET_WAIT(by_set_in_set_in_set)
{
    (void)mask;
    return inner(wanted, count, milliseconds, twice_enclosed_is_ready);
}

SET_WAIT(by_set_in_poll)
{
    (void)mask;
    return inner(wanted, count, milliseconds, polled_is_ready);
}

SET_WAIT(by_set_in_select)
{
    (void)mask;
    return inner(wanted, count, milliseconds, selected_is_ready);
}

/* Changed by one number, asked by the other, in turns. */
SET_WAIT(by_two_numbers)
{
    struct epoll_event events[MOST];
    (void)mask;
    int set = kept_set(wanted, count);
    if (kept.other == 0)
        kept.other = MUST(dup(set));
    int result = epoll_wait(kept.other, events, MOST, milliseconds);
    kept.set = kept.other;
    kept.other = set;
    return came(events, wanted, count, result);
}

/* A new number each time, and the old one is closed. */
SET_WAIT(by_ever_new_numbers)
{
    struct epoll_event events[MOST];
    (void)mask;
    int set = kept_set(wanted, count);
    kept.set = MUST(fcntl(set, F_DUPFD_CLOEXEC, set % 2 ? 50 : 0));
    close(set);
    return came(events, wanted, count, epoll_wait(kept.set, events, MOST, milliseconds));
}

/* Another number that has come through a socket. */
SET_WAIT(by_passed_number)
{
    struct epoll_event events[MOST];
    (void)mask;
    int set = kept_set(wanted, count);
    if (kept.other == 0) {
        int ends[2];
        union {
            struct cmsghdr header;
            char bytes[CMSG_SPACE(sizeof(int))];
        } control = {.header = {.cmsg_len = CMSG_LEN(sizeof(int)),
                                .cmsg_level = SOL_SOCKET,
                                .cmsg_type = SCM_RIGHTS}};
        struct iovec one = {room, 1};
        struct msghdr message = {.msg_iov = &one,
                                 .msg_iovlen = 1,
                                 .msg_control = &control,
                                 .msg_controllen = sizeof control};
        MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
        memcpy(CMSG_DATA(&control.header), &set, sizeof set);
        MUST(sendmsg(ends[0], &message, 0));
        MUST(recvmsg(ends[1], &message, 0));
        memcpy(&kept.other, CMSG_DATA(&control.header), sizeof kept.other);
        close(ends[0]);
        close(ends[1]);
    }
    return came(events, wanted, count, epoll_wait(kept.other, events, MOST, milliseconds));
}

/* Two sets, asked in turns. */
SET_WAIT(by_two_sets)
{
    static short known[MOST];
    static unsigned turn;
    struct epoll_event events[MOST];
    bool fresh = kept.count == 0;
    (void)mask;
    int set = kept_set(wanted, count);
    if (fresh)
        kept.other = MUST(epoll_create(1));
    for (nfds_t i = 0; i < count; i++) {
        struct epoll_event event = {.events = (uint16_t)wanted[i].events | kept.trigger,
                                    .data.u64 = i};
        if (fresh || known[i] != wanted[i].events)
            MUST(
                epoll_ctl(kept.other, fresh ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, wanted[i].fd, &event));
        known[i] = wanted[i].events;
    }
    int asked = turn++ % 2 ? set : kept.other;
    return came(events, wanted, count, epoll_wait(asked, events, MOST, milliseconds));
}

/* Other numbers of the sockets are in the set than those that are used. */
static int (*duplicate)(int fd);

static int by_fcntl(int fd)
{
    return fcntl(fd, F_DUPFD, 60);
}

static int by_dup2(int fd)
{
    return dup2(fd, 70 + fd);
}

SET_WAIT(by_duplicates)
{
    static struct pollfd others[MOST];
    (void)mask;
    for (nfds_t i = 0; i < count; i++) {
        if (kept.count == 0) {
            if (others[i].fd > 0)
                close(others[i].fd);
            others[i].fd = MUST(duplicate(wanted[i].fd));
        }
        others[i].events = wanted[i].events;
    }
    int result = by_epoll_wait(others, count, milliseconds, NULL);
    for (nfds_t i = 0; i < count; i++)
        wanted[i].revents = others[i].revents;
    return result;
}

static void all_ways(const char *name,
                     int (*waits_by)(struct pollfd *, nfds_t, int, const sigset_t *))
{
    const struct wait wait = {name, waits_by, false, true};
    for (int edges = 0; edges < 2; edges++) {
        kept.trigger = edges ? EPOLLET : 0;
        send_by(&wait, edges ? GOES_ON_TO_EAGAIN : ONCE, 60000);
        send_by(&wait, STOPS_AT_A_SHORT_COUNT, 60000);
        receive_by(&wait, edges ? GOES_ON_TO_EAGAIN : ONCE, 40000);
        receive_by(&wait, STOPS_AT_A_SHORT_COUNT, 40000);
        echo_by(&wait, GOES_ON_TO_EAGAIN, 40000);
        accept_by(&wait, GOES_ON_TO_EAGAIN, 3);
        connect_by(&wait);
    }
}

#define ALL_WAYS(way)                                                                              \
    static void way(void)                                                                          \
    {                                                                                              \
        all_ways(#way, by_##way);                                                                  \
    }

ALL_WAYS(set_in_set)
ALL_WAYS(set_in_set_in_set)
ALL_WAYS(set_in_poll)
ALL_WAYS(set_in_select)
ALL_WAYS(two_numbers)
ALL_WAYS(ever_new_numbers)
ALL_WAYS(passed_number)
ALL_WAYS(two_sets)

static void set_in_set_by_edges(void)
{
    around = EPOLLET;
    all_ways("set in set", by_set_in_set);
}

static void duplicates(void)
{
    static int (*const ways[])(int) = {dup, by_fcntl, by_dup2};
    for (int i = 0; i < 3; i++) {
        duplicate = ways[i];
        all_ways("duplicates", by_duplicates);
    }
}

TWINS(TWIN(set_in_set), TWIN(set_in_set_in_set), TWIN(set_in_set_by_edges), TWIN(set_in_poll),
      TWIN(set_in_select), TWIN(two_numbers), TWIN(ever_new_numbers), TWIN(passed_number),
      TWIN(two_sets), TWIN(duplicates))
