/*
 * full.c - a piece that the kernel has no room for: what it does not take is the others'.
 *
 * Limit: `out 1MB/s burst=20kB`.
 */
#include <fcntl.h>
#include <poll.h>

#include "line.h"

static void do_not_block(int fd)
{
    MUST(fcntl(fd, F_SETFL, O_NONBLOCK));
}

/* Small buffers. */
static struct pair narrow_pair(void)
{
    struct pair pair = tcp_pair();
    MUST(setsockopt(pair.far, SOL_SOCKET, SO_RCVBUF, &(int){4096}, sizeof(int)));
    MUST(setsockopt(pair.near, SOL_SOCKET, SO_SNDBUF, &(int){4096}, sizeof(int)));
    do_not_block(pair.near);
    return pair;
}

/* Nobody reads there. */
static int full_socket(void)
{
    int fd = narrow_pair().near;
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    while (poll(&p, 1, 100) > 0)
        MUST(send(fd, data, 4096, 0));
    return fd;
}

static void *retry(void *fd)
{
    while (now() < end) {
        send((int)(intptr_t)fd, data, 16384, 0);
        nap(0.001);
    }
    return NULL;
}

static void beside_bulk(int full)
{
    pthread_t threads[8];
    int fds[4];
    for (int i = 0; i < full; i++)
        fds[i] = full_socket();
    begin();
    for (int i = 0; i < full; i++)
        threads[i] = thread_start(retry, (void *)(intptr_t)fds[i]);
    for (int i = full; i < full + 3; i++)
        threads[i] = thread_start(send_bulk, NULL);
    nap_until(end);
    record_mark(END);
    for (int i = 0; i < full + 3; i++)
        pthread_join(threads[i], NULL);
}

static void one(void)
{
    beside_bulk(1);
}

static void four(void)
{
    beside_bulk(4);
}

/* As a server with several workers has: each with its event loop. */
enum { WORKERS = 8, SLOW = 16 };
static struct pair clients[SLOW + 1]; /* and a fast one */

static void *read_slowly(void *far)
{
    char bytes[1024];
    while (recv((int)(intptr_t)far, bytes, sizeof bytes, 0) > 0)
        nap(0.05);
    return NULL;
}

static void serve(int worker)
{
    struct pollfd fds[SLOW];
    nfds_t count = 0;
    for (int i = worker; i <= SLOW; i += WORKERS)
        fds[count++] = (struct pollfd){.fd = clients[i].near, .events = POLLOUT};
    while (now() < end) {
        poll(fds, count, 100);
        for (nfds_t i = 0; i < count; i++)
            if (fds[i].revents)
                send(fds[i].fd, data, 65536, 0);
    }
}

static void slow_clients(void)
{
    for (int i = 0; i < SLOW; i++) {
        clients[i] = narrow_pair();
        thread_start(read_slowly, (void *)(intptr_t)clients[i].far);
    }
    clients[SLOW] = tcp_pair();
    do_not_block(clients[SLOW].near);
    thread_start(read_all, (void *)(intptr_t)clients[SLOW].far);
    begin();
    for (int i = 0; i < WORKERS; i++)
        fork_one(serve, i);
    nap_until(end);
    record_mark(END);
    for (int i = 0; i < WORKERS; i++)
        MUST(wait(NULL));
}

static void *read_at_half_speed(void *far)
{
    static char bytes[65536];
    while (recv((int)(intptr_t)far, bytes, sizeof bytes, 0) > 0)
        nap(0.001);
    return NULL;
}

/* out 100MB/s burst=500kB: the reader is the slower one, and the socket full nearly all the time.
 */
static void slower_reader(void)
{
    struct pair pair = tcp_pair();
    thread_start(read_at_half_speed, (void *)(intptr_t)pair.far);
    for (int i = 0; i < 20; i++)
        CHECK_EQ(send(pair.near, data, DATA_BYTES, 0), DATA_BYTES);
}

static struct pair shared;

static void *send_in_vain(void *unused)
{
    nap(0.2);
    CHECK_FAILS(send(shared.near, data, 10, MSG_DONTWAIT), EAGAIN);
    return unused;
}

static void *read_late(void *far)
{
    nap(0.5);
    return read_at_half_speed(far);
}

/* send 1/m burst=1; out 10MB/s burst=6kB: what gates the socket for one that does not wait is
 * nothing to one that waits for room. */
static void gated_meanwhile(void)
{
    shared = narrow_pair();
    MUST(fcntl(shared.near, F_SETFL, 0));
    double begin = now();
    pthread_t thread = thread_start(send_in_vain, NULL);
    thread_start(read_late, (void *)(intptr_t)shared.far);
    CHECK_EQ(send(shared.near, data, DATA_BYTES, 0), DATA_BYTES);
    pthread_join(thread, NULL);
    CHECK_TOOK(begin, 0.5, 5);
}

HOLD_MAIN(BEHAVIOUR(one), BEHAVIOUR(four), BEHAVIOUR(slow_clients), BEHAVIOUR(slower_reader),
          BEHAVIOUR(gated_meanwhile))
