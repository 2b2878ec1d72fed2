/*
 * receive_threads.c - threads that receive at the same time, of which some end, or close what
 * another receives from; and processes.
 *
 * Limits: as each behaviour says.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "receive.h"

enum { THREADS = 8, EACH = 150000 };

static char bytes[20000];

static struct receiver {
    pthread_t thread;
    struct feeder feeder;
    char bytes[30000];
} receivers[THREADS];
static size_t received;
static double receivers_begin;
static int finished;

static void *receive_all(void *argument)
{
    struct receiver *r = argument;
    size_t position = 0;
    for (ssize_t got; (got = recv(r->feeder.pair.near, r->bytes, sizeof r->bytes, 0)) > 0;) {
        size_t all = __atomic_add_fetch(&received, (size_t)got, __ATOMIC_RELAXED);
        CHECK_BOUND(all, receivers_begin, 20000, 1000000);
        CHECK_DATA(r->bytes, position, got);
        position += (size_t)got;
    }
    CHECK_EQ(position, EACH);
    return NULL;
}

/* in 1MB/s burst=20kB: all eight together get the whole of it, and no more. */
static void eight_share(void)
{
    receivers_begin = now();
    for (int i = 0; i < THREADS; i++) {
        feeder_start(&receivers[i].feeder, tcp_pair(), EACH);
        receivers[i].thread = thread_start(receive_all, &receivers[i]);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(receivers[i].thread, NULL);
    double seconds = now() - receivers_begin, least = (THREADS * EACH - 20000) / 1e6;
    printf("%.4f of the rate\n", least / seconds);
    CHECK_TOOK(receivers_begin, least, least / 0.9 + 0.1);
    for (int i = 0; i < THREADS; i++)
        feeder_stop(&receivers[i].feeder);
}

static void ignore(int signal)
{
    (void)signal;
}

static void *receive_interrupted(void *argument)
{
    struct receiver *r = argument;
    sigset_t none;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, NULL);
    for (ssize_t got; (got = recv(r->feeder.pair.near, r->bytes, 20000, 0)) != 0;) {
        if (got < 0 && CHECK(errno == EINTR))
            continue;
        if (got < 0)
            break;
        size_t all = __atomic_add_fetch(&received, (size_t)got, __ATOMIC_RELAXED);
        CHECK_BOUND(all, receivers_begin, 100000, 1000000);
    }
    __atomic_add_fetch(&finished, 1, __ATOMIC_RELAXED);
    return NULL;
}

/* in 1MB/s burst=100kB: each gets a signal each 5 ms, without SA_RESTART, which slows none down. */
static void interrupted(void)
{
    struct sigaction action = {.sa_handler = ignore};
    MUST(sigaction(SIGUSR1, &action, NULL));
    receivers_begin = now();
    for (int i = 0; i < THREADS; i++) {
        feeder_start(&receivers[i].feeder, tcp_pair(), EACH);
        receivers[i].thread = thread_start(receive_interrupted, &receivers[i]);
    }
    for (int turn = 0; __atomic_load_n(&finished, __ATOMIC_RELAXED) < THREADS;) {
        nap(0.0006);
        pthread_kill(receivers[turn++ % THREADS].thread, SIGUSR1);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(receivers[i].thread, NULL);
    CHECK_TOOK(receivers_begin, 1.1, 3);
}

static struct pair waiting;
static void *result;

static void *wait_for_data(void *unused)
{
    (void)unused;
    about_to_call();
    return (void *)recv(waiting.near, bytes, sizeof bytes, 0);
}

/* in 100kB/s burst=10kB: who waits for data holds nobody up, and pays when they come. */
static void blocked(void)
{
    static char others[30000];
    struct feeder feeder;
    waiting = tcp_pair();
    feeder_start(&feeder, tcp_pair(), 60000);
    pthread_t thread = thread_start(wait_for_data, NULL);
    await_call();
    double begin = now();
    CHECK_EQ(recv(feeder.pair.near, others, 30000, MSG_WAITALL), 30000);
    CHECK_BOUND(30000, begin, 10000, 100000);
    CHECK_TOOK(begin, 0.2, 0.8);
    CHECK_EQ(send(waiting.far, data, 1000, 0), 1000);
    pthread_join(thread, &result);
    CHECK_EQ((ssize_t)result, 1000);
    CHECK_DATA(bytes, 0, 1000);
    CHECK_EQ(recv(feeder.pair.near, others, 10000, MSG_WAITALL), 10000);
    CHECK_BOUND(41000, begin, 10000, 100000);
    feeder_stop(&feeder);
}

/* recv 1/h timeout=1ms: nor does it take the only one there is. */
static void blocked_takes_no_place(void)
{
    struct pair pair = pair_with(100);
    waiting = tcp_pair();
    pthread_t thread = thread_start(wait_for_data, NULL);
    await_call();
    CHECK_EQ(recv(pair.near, bytes, 10, 0), 10);
    CHECK_FAILS(recv(pair.near, bytes, 10, 0), ETIMEDOUT);
    pthread_cancel(thread);
    pthread_join(thread, NULL);
}

static struct pair pair;

/* recv 2/s burst=1: held for the second one. */
static void *receive_two(void *unused)
{
    CHECK_EQ(recv(pair.near, bytes, 1000, 0), 1000);
    about_to_call();
    CHECK_FAILS(recv(pair.near, bytes, 1000, 0), EBADF);
    return unused;
}

static void closed_while_held(int (*replace)(int fd))
{
    pair = pair_with(2000);
    pthread_t thread = thread_start(receive_two, NULL);
    await_call();
    int instead = replace(pair.near);
    pthread_join(thread, NULL);
    if (instead >= 0)
        CHECK_EQ(recv(instead, bytes, 2000, MSG_PEEK), 1500);
}

static int only_close(int fd)
{
    MUST(close(fd));
    return -1;
}

static int socket_over(int fd)
{
    return MUST(dup2(pair_with(1500).near, fd));
}

static int socket_instead(int fd)
{
    int near = pair_with(1500).near;
    MUST(close(fd));
    CHECK_EQ(fcntl(near, F_DUPFD, fd), fd);
    return fd;
}

static int file_over(int fd)
{
    MUST(dup2(memfd_create("over", 0), fd));
    return -1;
}

static void closed(void)
{
    closed_while_held(only_close);
}

static void number_taken(void)
{
    closed_while_held(socket_over);
    closed_while_held(socket_instead);
    closed_while_held(file_over);
}

/* in 100kB/s burst=10kB: a family shares one limit. */
static void forks(void)
{
    enum { CHILDREN = 3, OF_EACH = 10000 };
    struct feeder feeders[CHILDREN + 1];
    for (int i = 0; i <= CHILDREN; i++)
        feeder_start(&feeders[i], tcp_pair(), OF_EACH);
    double begin = now();
    for (int i = 0; i < CHILDREN; i++)
        if (MUST(fork()) == 0)
            _exit(recv(feeders[i].pair.near, bytes, OF_EACH, MSG_WAITALL) != OF_EACH);
    CHECK_EQ(recv(feeders[CHILDREN].pair.near, bytes, OF_EACH, MSG_WAITALL), OF_EACH);
    for (int i = 0, status; i < CHILDREN; i++) {
        MUST(wait(&status));
        CHECK_EQ(status, 0);
    }
    CHECK_TOOK(begin, 0.3, 1.2);
    for (int i = 0; i <= CHILDREN; i++)
        feeder_stop(&feeders[i]);
}

HOLD_MAIN(BEHAVIOUR(eight_share), BEHAVIOUR(interrupted), BEHAVIOUR(blocked),
          BEHAVIOUR(blocked_takes_no_place), BEHAVIOUR(closed), BEHAVIOUR(number_taken),
          BEHAVIOUR(forks))
