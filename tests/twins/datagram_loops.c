/* datagram_loops.c - datagrams that are sent and received in loops that wait for readiness. */
#include "loop.h"

enum { DATAGRAMS = 12, BYTES = 1000 };

/* Each as a whole, once, in order: the buffers have room for all. */
static void datagrams_by(const struct wait *wait, int flags)
{
    struct pair pair = udp_pair();
    int sent = 0, got = 0, wrong = 0;
    if (!flags) {
        without_waiting(pair.near);
        without_waiting(pair.far);
    }
    while (sent < DATAGRAMS) {
        struct pollfd wanted = {.fd = pair.near, .events = POLLOUT};
        if (!came_to_pass(wait, &wanted, 1))
            break;
        while (sent < DATAGRAMS && send(pair.near, data + sent, BYTES, flags) == BYTES)
            sent++;
    }
    wait_end();
    while (got < DATAGRAMS) {
        struct pollfd wanted = {.fd = pair.far, .events = POLLIN};
        if (!came_to_pass(wait, &wanted, 1))
            break;
        for (ssize_t count; got < DATAGRAMS; got++) {
            count = recv(pair.far, room, 5000, flags);
            if (count < 0)
                break;
            wrong += count != BYTES || memcmp(room, data + got, BYTES) != 0;
        }
    }
    say("%s: sent %d, received %d, wrong %d", wait->name, sent, got, wrong);
    errno = 0;
    SAY(recv(pair.far, room, 5000, MSG_DONTWAIT));
    wait_end();
    close_pair(pair);
}

static void told_again(void)
{
    WITH_ALL(FIRST_POLL, ALL_WAITS, wait)
    {
        datagrams_by(wait, 0);
    }
}

static void told_once(void)
{
    kept.trigger = EPOLLET;
    WITH_ALL(FIRST_EPOLL, ALL_WAITS, wait)
    {
        datagrams_by(wait, 0);
    }
}

static void armed_once(void)
{
    kept.trigger = EPOLLET | EPOLLONESHOT;
    WITH_ALL(FIRST_EPOLL, ALL_WAITS, wait)
    {
        datagrams_by(wait, 0);
    }
}

static void this_once(void)
{
    WITH_ALL(FIRST_POLL, ALL_WAITS, wait)
    {
        datagrams_by(wait, MSG_DONTWAIT);
    }
}

/* Several a call: what did not go then goes next time. */
static void batches(void)
{
    WITH_ALL(FIRST_POLL, ALL_WAITS, wait)
    {
        struct pair pair = udp_pair();
        struct iovec iovs[DATAGRAMS];
        struct mmsghdr messages[DATAGRAMS] = {{{0}, 0}};
        int sent = 0, got = 0, wrong = 0;
        kept.trigger = (wait - waits) % 2 ? EPOLLET : 0;
        without_waiting(pair.near);
        without_waiting(pair.far);
        while (sent < DATAGRAMS) {
            struct pollfd wanted = {.fd = pair.near, .events = POLLOUT};
            if (!came_to_pass(wait, &wanted, 1))
                break;
            for (int count = 1; count > 0 && sent<DATAGRAMS; sent += count> 0 ? count : 0) {
                for (int i = 0; i < DATAGRAMS - sent; i++) {
                    iovs[i] = (struct iovec){data + sent + i, BYTES};
                    messages[i].msg_hdr = (struct msghdr){.msg_iov = &iovs[i], .msg_iovlen = 1};
                }
                count = sendmmsg(pair.near, messages, (unsigned)(DATAGRAMS - sent), 0);
            }
        }
        wait_end();
        while (got < DATAGRAMS) {
            struct pollfd wanted = {.fd = pair.far, .events = POLLIN};
            if (!came_to_pass(wait, &wanted, 1))
                break;
            for (int count = 1; count > 0 && got < DATAGRAMS;) {
                for (int i = 0; i < DATAGRAMS; i++) {
                    iovs[i] = (struct iovec){room + i * 2000, 2000};
                    messages[i].msg_hdr = (struct msghdr){.msg_iov = &iovs[i], .msg_iovlen = 1};
                }
                count = recvmmsg(pair.far, messages, DATAGRAMS, 0, NULL);
                for (int i = 0; i < count; i++, got++)
                    wrong += messages[i].msg_len != BYTES ||
                             memcmp(room + i * 2000, data + got, BYTES) != 0;
            }
        }
        say("%s: sent %d, received %d, wrong %d", wait->name, sent, got, wrong);
        wait_end();
        close_pair(pair);
    }
}

/* To nobody: the error of one is told, once. */
static void nobody_there(void)
{
    WITH_ALL(FIRST_POLL, ALL_WAITS, wait)
    {
        struct pair pair = udp_pair();
        close(pair.far);
        MUST(send(pair.near, data, BYTES, 0));
        without_waiting(pair.near);
        await_events(pair.near, POLLIN);
        struct pollfd wanted = {.fd = pair.near, .events = POLLIN};
        if (came_to_pass(wait, &wanted, 1))
            say("%s: events %#x", wait->name, wanted.revents);
        SAY(receive_once(pair.near));
        SAY(recv(pair.near, room, 100, 0));
        wait_end();
        close(pair.near);
    }
}

TWINS(TWIN(told_again), TWIN(told_once), TWIN(armed_once), TWIN(this_once), TWIN(batches),
      TWIN(nobody_there))
