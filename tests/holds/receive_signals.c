/*
 * receive_signals.c - a signal during a receive does what it does without a limit: nothing is
 * taken that the program does not get.
 *
 * Limits: as each behaviour says.
 */
#include "receive.h"

static char bytes[DATA_BYTES];
static volatile sig_atomic_t handled;

static void count(int signal)
{
    (void)signal;
    handled++;
}

static void on_signal(int flags)
{
    struct sigaction action = {.sa_handler = count, .sa_flags = flags};
    MUST(sigaction(SIGUSR1, &action, NULL));
}

/* Signals for the thread that started it, once that sleeps; then data for it, if it is to have
 * some. */
static struct poker {
    pthread_t thread, target;
    pid_t target_id;
    int times, far;
    size_t feed;
} poker;

static void *poke(void *unused)
{
    (void)unused;
    await_hold(poker.target_id);
    for (int i = 0; i < poker.times; i++) {
        pthread_kill(poker.target, SIGUSR1);
        nap(0.03);
    }
    if (poker.feed)
        CHECK_EQ(send(poker.far, data, poker.feed, 0), poker.feed);
    return NULL;
}

static void poker_start(int times, int far, size_t feed)
{
    poker = (struct poker){pthread_self(), pthread_self(), gettid(), times, far, feed};
    poker.thread = thread_start(poke, NULL);
}

static void poker_stop(void)
{
    pthread_join(poker.thread, NULL);
}

/* recv 1/s: a handler without SA_RESTART ends the hold, and nothing is taken. */
static void held(void)
{
    struct pair pair = pair_with(3000);
    on_signal(0);
    double begin = now();
    CHECK_EQ(recv(pair.near, bytes, 1000, 0), 1000);
    poker_start(1, -1, 0);
    CHECK_FAILS(recv(pair.near, bytes + 1000, 1000, 0), EINTR);
    CHECK_TOOK(begin, 0.05, 0.9);
    poker_stop();
    CHECK_EQ(recv(pair.near, bytes + 1000, 2000, 0), 2000);
    CHECK_TOOK(begin, 1, 2.5);
    CHECK_DATA(bytes, 0, 3000);
    CHECK_EQ(handled, 1);
}

/* recv 2/s burst=1: after one with SA_RESTART it goes on. */
static void held_restarts(void)
{
    struct pair pair = pair_with(3000);
    on_signal(SA_RESTART);
    double begin = now();
    CHECK_EQ(recv(pair.near, bytes, 1000, 0), 1000);
    poker_start(4, -1, 0);
    CHECK_EQ(recv(pair.near, bytes + 1000, 2000, 0), 2000);
    CHECK_TOOK(begin, 0.5, 1.5);
    poker_stop();
    CHECK_DATA(bytes, 0, 3000);
    CHECK_EQ(handled, 4);
}

/* in 100kB/s burst=10kB: in the middle of a MSG_WAITALL, what came is what it returns. */
static void partial(void)
{
    struct feeder feeder;
    feeder_start(&feeder, tcp_pair(), 300000);
    on_signal(0);
    double begin = now();
    poker_start(1, -1, 0);
    errno = 12345;
    ssize_t got = recv(feeder.pair.near, bytes, 200000, MSG_WAITALL);
    CHECK_BOUND(got, begin, 10000, 100000);
    CHECK_TOOK(begin, 0.05, 1.5);
    CHECK(got >= 10000 && got < 200000);
    CHECK_EQ(errno, 12345);
    poker_stop();
    CHECK_EQ(recv(feeder.pair.near, bytes + got, 1000, MSG_WAITALL), 1000);
    CHECK_DATA(bytes, 0, got + 1000);
    feeder_stop(&feeder);
}

/* recv 1/h timeout=1ms: while there are no data; it is not charged. */
static void waiting(void)
{
    struct pair pair = tcp_pair();
    on_signal(0);
    for (int i = 1; i <= 3; i++) {
        poker_start(1, -1, 0);
        CHECK_FAILS(recv(pair.near, bytes, 1000, 0), EINTR);
        CHECK_EQ(handled, i);
        poker_stop();
    }
    CHECK_EQ(send(pair.far, data, 100, 0), 100);
    CHECK_EQ(recv(pair.near, bytes, 1000, 0), 100);
    CHECK_DATA(bytes, 0, 100);
    CHECK_EQ(send(pair.far, data, 100, 0), 100);
    CHECK_FAILS(recv(pair.near, bytes, 1000, 0), ETIMEDOUT);
}

/* recv 1/h timeout=1ms: with SA_RESTART it goes on to wait, and gets what comes. */
static void waiting_restarts(void)
{
    struct pair pair = tcp_pair();
    on_signal(SA_RESTART);
    poker_start(4, pair.far, 100);
    double begin = now();
    CHECK_EQ(recv(pair.near, bytes, 1000, 0), 100);
    CHECK_TOOK(begin, 0.12, 1.5);
    poker_stop();
    CHECK_DATA(bytes, 0, 100);
    CHECK_EQ(handled, 4);
}

/* Waits for data in a connection of its own, all of them at once. */
enum { THREADS = 6, EACH = 10000 };

static struct receiver {
    pthread_t thread;
    struct pair pair;
    pid_t id;
    char bytes[EACH];
    double begin;
} receivers[THREADS];
static size_t received;

static void *receive(void *argument)
{
    struct receiver *r = argument;
    __atomic_store_n(&r->id, gettid(), __ATOMIC_RELEASE);
    errno = 12345;
    CHECK_EQ(recv(r->pair.near, r->bytes, EACH, 0), EACH);
    CHECK_EQ(errno, 12345);
    CHECK_DATA(r->bytes, 0, EACH);
    size_t all = __atomic_add_fetch(&received, EACH, __ATOMIC_RELAXED);
    CHECK_BOUND(all, r->begin, 10000, 100000);
    return NULL;
}

/*
 * in 100kB/s burst=10kB: six wait for data when all of it conforms, and get them at once. So they
 * are held after they received, and what they have is theirs, whatever signals come.
 */
static void after_the_data(void)
{
    on_signal(0);
    for (int i = 0; i < THREADS; i++) {
        receivers[i].pair = tcp_pair();
        MUST(-pthread_create(&receivers[i].thread, NULL, receive, &receivers[i]));
        while (__atomic_load_n(&receivers[i].id, __ATOMIC_ACQUIRE) == 0)
            nap(0.001);
        await_hold(receivers[i].id);
    }
    double begin = now();
    for (int i = 0; i < THREADS; i++)
        receivers[i].begin = begin;
    for (int i = 0; i < THREADS; i++)
        CHECK_EQ(send(receivers[i].pair.far, data, EACH, 0), EACH);
    nap(0.02); /* they have them by now */
    for (int i = 0; i < THREADS; i++)
        pthread_kill(receivers[i].thread, SIGUSR1);
    for (int i = 0; i < THREADS; i++)
        pthread_join(receivers[i].thread, NULL);
    CHECK_TOOK(begin, (THREADS - 1) * 0.1, 2);
    CHECK(handled > 0);
}

HOLD_MAIN(BEHAVIOUR(held), BEHAVIOUR(held_restarts), BEHAVIOUR(partial), BEHAVIOUR(waiting),
          BEHAVIOUR(waiting_restarts), BEHAVIOUR(after_the_data))
