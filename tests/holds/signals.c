/*
 * signals.c - a signal during a hold does what it does to a send(2) that the network holds up.
 *
 * Limits: `out 100kB/s burst=10kB`, and for `nothing_sent` `send 1/s`.
 */
#include <sys/time.h>

#include "hold.h"

static volatile sig_atomic_t handled;

static void count(int signal)
{
    (void)signal;
    handled++;
}

static void on(int signal, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    sigaction(signal, &action, NULL);
}

/* Sends SIGUSR1 to the thread that started it, once that is held, and again and again. */
static struct poker {
    pthread_t thread, target;
    pid_t target_id;
    double every;
    int times;
} poker;

static void *poke(void *unused)
{
    (void)unused;
    await_hold(poker.target_id);
    double next = now();
    for (int i = 0; i < poker.times; i++) {
        pthread_kill(poker.target, SIGUSR1);
        nap_until(next += poker.every);
    }
    return NULL;
}

static void poker_start(double every, int times)
{
    poker = (struct poker){pthread_self(), pthread_self(), gettid(), every, times};
    poker.thread = thread_start(poke, NULL);
}

static void poker_stop(void)
{
    pthread_join(poker.thread, NULL);
}

static void partial(void)
{
    struct sink sink;
    sink_start(&sink, tcp_pair());
    on(SIGUSR1, count, 0);
    poker_start(0, 1);
    double begin = now();
    errno = 0;
    ssize_t sent = send(sink.pair.near, data, 200000, 0);
    CHECK_TOOK(begin, 0.05, 1.5);
    CHECK(sent >= 10000 && sent < 200000);
    CHECK_EQ(errno, 0);
    CHECK_EQ(handled, 1);
    poker_stop();
    sink_stop(&sink, (size_t)sent);
}

/* The third is held as if the second had never been. */
static void nothing_sent(void)
{
    struct sink sink;
    sink_start(&sink, tcp_pair());
    on(SIGUSR1, count, 0);
    double begin = now();
    CHECK_EQ(send(sink.pair.near, data, 1000, 0), 1000);
    poker_start(0, 1);
    CHECK_FAILS(send(sink.pair.near, data + 1000, 1000, 0), EINTR);
    CHECK_TOOK(begin, 0.05, 0.9);
    poker_stop();
    CHECK_EQ(send(sink.pair.near, data + 1000, 1000, 0), 1000);
    CHECK_TOOK(begin, 1, 1.8);
    sink_stop(&sink, 2000);
}

/* As long as nothing went: then a handler with SA_RESTART ends it as well, as in the kernel. */
static void restarted(void)
{
    struct sink sink;
    sink_start(&sink, tcp_pair());
    CHECK_EQ(send(sink.pair.near, data, 10000, 0), 10000);
    on(SIGUSR1, count, SA_RESTART);
    poker_start(0.003, 4);
    double begin = now();
    CHECK_EQ(send(sink.pair.near, data + 10000, 1900, 0), 1900);
    CHECK_TOOK(begin, 0.018, 0.3);
    poker_stop();
    CHECK_EQ(handled, 4);

    poker_start(0.1, 1);
    begin = now();
    ssize_t sent = send(sink.pair.near, data + 11900, 40000, 0);
    CHECK(sent > 0 && sent < 20000);
    CHECK_TOOK(begin, 0.04, 0.3);
    poker_stop();
    sink_stop(&sink, 11900 + (size_t)(sent > 0 ? sent : 0));
}

/* Ignored, by default or as asked, or blocked: nobody is told. */
static void unseen(void)
{
    struct sink sink;
    sigset_t blocked;
    sink_start(&sink, tcp_pair());
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &blocked, NULL);
    on(SIGUSR1, count, 0);
    on(SIGALRM, SIG_IGN, 0);
    setitimer(ITIMER_REAL, &(struct itimerval){{0, 5000}, {0, 5000}}, NULL);
    poker_start(0.05, 4);
    double begin = now();
    CHECK_EQ(send(sink.pair.near, data, 40000, 0), 40000);
    CHECK_TOOK(begin, 0.3, 0.8);
    poker_stop();
    CHECK_EQ(handled, 0);
    sink_stop(&sink, 40000);
}

/* As programs do it: go on where it stopped. Returns how often that was. */
static int send_all(int fd, size_t length)
{
    int stops = 0;
    for (size_t done = 0; done < length; stops++) {
        ssize_t sent = send(fd, data + done, length - done, 0);
        if (sent < 0 && !CHECK(errno == EINTR))
            break;
        if (sent > 0)
            done += (size_t)sent;
    }
    return stops - 1;
}

/* A timer that restarts each 5 ms, another signal that does not each 37 ms. */
static void mixed(void)
{
    struct sink sink;
    sink_start(&sink, tcp_pair());
    on(SIGALRM, count, SA_RESTART);
    on(SIGUSR1, count, 0);
    setitimer(ITIMER_REAL, &(struct itimerval){{0, 5000}, {0, 5000}}, NULL);
    poker_start(0.037, 8);
    double begin = now();
    int stops = send_all(sink.pair.near, 50000);
    CHECK(stops >= 8);
    CHECK_TOOK(begin, 0.4, 0.9);
    poker_stop();
    CHECK(handled > 20);
    sink_stop(&sink, 50000);
}

/* Each hold is 20 ms, and none lasts for more than 5: who asks again keeps his place. */
static void storm(void)
{
    struct sink sink;
    sink_start(&sink, tcp_pair());
    on(SIGALRM, count, 0);
    setitimer(ITIMER_REAL, &(struct itimerval){{0, 5000}, {0, 5000}}, NULL);
    double begin = now();
    CHECK(send_all(sink.pair.near, 50000) > 10);
    CHECK_TOOK(begin, 0.4, 0.9);
    sink_stop(&sink, 50000);
}

static int handlers_socket;

static void write_some(int signal)
{
    int saved_errno = errno;
    CHECK_EQ(write(handlers_socket, data + handled * 5000, 5000), 5000);
    count(signal);
    errno = saved_errno;
}

static void write_in_handler(int flags)
{
    struct sink sink, handlers;
    sink_start(&sink, tcp_pair());
    sink_start(&handlers, tcp_pair());
    handlers_socket = handlers.pair.near;
    on(SIGUSR1, write_some, flags);
    poker_start(0.05, 2);
    double begin = now();
    CHECK(send_all(sink.pair.near, 30000) >= 1);
    CHECK_TOOK(begin, 0.3, 1.0);
    poker_stop();
    sink_stop(&sink, 30000);
    sink_stop(&handlers, 10000);
}

static void in_handler(void)
{
    write_in_handler(SA_RESTART);
}

static void in_handler_that_ends_it(void)
{
    write_in_handler(0);
}

HOLD_MAIN(BEHAVIOUR(partial), BEHAVIOUR(nothing_sent), BEHAVIOUR(restarted), BEHAVIOUR(unseen),
          BEHAVIOUR(mixed), BEHAVIOUR(storm), BEHAVIOUR(in_handler),
          BEHAVIOUR(in_handler_that_ends_it))
