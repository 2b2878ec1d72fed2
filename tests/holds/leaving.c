/*
 * leaving.c - who leaves the line costs the others nothing that lasts.
 *
 * Limits: `out 200kB/s burst=20kB`, for `limit_timeout` with `timeout=5ms`; `connect 1/s burst=1`
 * where the name begins with `connect`.
 */
#include <setjmp.h>
#include <sys/time.h>

#include "line.h"

enum { BURST = 20000, MOST = 20 };
static const double rate = 200e3;

/* Afterwards a lone send waits for its own units, and for nothing else. */
static void nobody_owes(void)
{
    int fd = open_stream();
    double before = now();
    ssize_t sent;
    do
        sent = send(fd, data, BURST, 0);
    while (sent < 0 && errno == ETIMEDOUT);
    CHECK(sent > 0);
    CHECK_TOOK(before, 0, BURST / rate + 1);
}

static void end_it(int signal)
{
    (void)signal;
}

static void handle(int signal, void (*handler)(int))
{
    MUST(sigaction(signal, &(struct sigaction){.sa_handler = handler}, NULL));
}

/* A handler without SA_RESTART each 10 ms. */
static void be_interrupted(int unused)
{
    (void)unused;
    int fd = open_stream();
    handle(SIGALRM, end_it);
    MUST(setitimer(ITIMER_REAL, &(struct itimerval){{0, 10000}, {0, 10000}}, NULL));
    send_to_the_end(fd);
}

static void interrupted(int processes)
{
    begin();
    for (int i = 0; i < processes; i++)
        fork_one(be_interrupted, i);
    nap_until(end);
    record_mark(END);
    for (int i = 0; i < processes; i++)
        MUST(wait(NULL));
    nobody_owes();
}

static void two_interrupted(void)
{
    interrupted(2);
}

static void four_interrupted(void)
{
    interrupted(4);
}

static void leave(pthread_t thread)
{
    pthread_cancel(thread);
    pthread_join(thread, NULL);
}

static void run_four(void *(*run)(void *))
{
    pthread_t threads[4];
    begin();
    for (int i = 0; i < 4; i++)
        threads[i] = thread_start(run, NULL);
    nap_until(end);
    record_mark(END);
    for (int i = 0; i < 4; i++)
        leave(threads[i]);
    nobody_owes();
}

static void *give_up(void *unused)
{
    (void)unused;
    int fd = open_stream();
    struct timeval timeout = {0, 5000};
    MUST(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout));
    send_to_the_end(fd);
    return NULL;
}

static void socket_timeout(void)
{
    run_four(give_up);
}

static void limit_timeout(void)
{
    run_four(send_bulk);
}

/* Threads, or processes, to which something happens while they wait. */
static struct victim {
    pthread_t thread;
    pid_t process;
    int fd;
} victims[MOST];

static void *send_from(void *victim)
{
    send_to_the_end(((struct victim *)victim)->fd);
    return NULL;
}

static void start(struct victim *victim)
{
    victim->fd = open_stream();
    victim->thread = thread_start(send_from, victim);
}

/* It happens to one after the other, each 20 ms; two are spared until the end. */
static void befall(int count, void (*come)(struct victim *), void (*happen)(struct victim *))
{
    pthread_t spared[2];
    begin();
    for (int i = 0; i < 2; i++)
        spared[i] = thread_start(send_bulk, NULL);
    for (int i = 0; i < count; i++)
        come(&victims[i]);
    for (int i = 0; now() < end; i++) {
        nap(0.02);
        happen(&victims[i % count]);
    }
    record_mark(END);
    for (int i = 0; i < 2; i++)
        leave(spared[i]);
    for (int i = 0; i < count; i++)
        if (!victims[i].process)
            leave(victims[i].thread);
    nobody_owes();
}

static void cancel(struct victim *victim)
{
    leave(victim->thread);
    victim->thread = thread_start(send_from, victim);
}

static void cancelled(void)
{
    befall(4, start, cancel);
}

static void close_it(struct victim *victim)
{
    close(victim->fd);
    pthread_join(victim->thread, NULL);
    start(victim);
}

static void closed(void)
{
    befall(4, start, close_it);
}

static __thread sigjmp_buf way_out;
static __thread volatile bool in_send;
static bool for_good;

static void jump(int signal)
{
    (void)signal;
    if (in_send)
        siglongjmp(way_out, 1);
}

static void *send_until_jump(void *victim)
{
    volatile int fd = ((struct victim *)victim)->fd;
    if (sigsetjmp(way_out, 1) > 0 && for_good) {
        in_send = false;
        for (;;)
            pause();
    }
    in_send = true;
    send_to_the_end(fd);
    in_send = false;
    return NULL;
}

static void start_jumper(struct victim *victim)
{
    victim->fd = open_stream();
    handle(SIGUSR1, jump);
    MUST(-pthread_create(&victim->thread, NULL, send_until_jump, victim));
}

static void make_jump(struct victim *victim)
{
    pthread_kill(victim->thread, SIGUSR1);
}

static void jumped(void)
{
    befall(4, start_jumper, make_jump);
}

/* And never come again. */
static void jumped_for_good(void)
{
    for_good = true;
    befall(8, start_jumper, make_jump);
}

static void send_in_process(int unused)
{
    (void)unused;
    send_bulk(NULL);
}

static void start_process(struct victim *victim)
{
    victim->process = fork_one(send_in_process, 0);
}

static void kill_it(struct victim *victim)
{
    MUST(kill(victim->process, SIGKILL));
    MUST(waitpid(victim->process, NULL, 0));
}

/* One of twenty each 50 ms. */
static void killed(void)
{
    begin();
    for (int i = 0; i < MOST; i++)
        start_process(&victims[i]);
    for (int i = 0; now() < end; i++) {
        nap(0.05);
        kill_it(&victims[i % MOST]);
        start_process(&victims[i % MOST]);
    }
    record_mark(END);
    for (int i = 0; i < MOST; i++)
        kill_it(&victims[i]);
    nobody_owes();
}

static void stop(struct victim *victim)
{
    MUST(kill(victim->process, SIGSTOP));
}

/* One after the other, for good; then they go on, all at once. */
static void stopped(void)
{
    befall(8, start_process, stop);
    for (int i = 0; i < 8; i++)
        MUST(kill(victims[i].process, SIGCONT));
    nap(0.1);
    for (int i = 0; i < 8; i++)
        kill_it(&victims[i]);
}

/* Connections: one goes, and ten wait for theirs. */
static struct sockaddr_in server;
enum { WAITING = 10 };

static int connect_with(int fd)
{
    return connect(fd, (struct sockaddr *)&server, sizeof server);
}

static void connect_in_process(int unused)
{
    (void)unused;
    connect_with(socket(AF_INET, SOCK_STREAM, 0));
}

static void *connect_in_thread(void *victim)
{
    connect_with(((struct victim *)victim)->fd);
    return NULL;
}

static void first_connects(void)
{
    begin();
    tcp_listen(&server, 100);
    MUST(connect_with(socket(AF_INET, SOCK_STREAM, 0)));
}

/* Half a second after the first did; its turn is a second after. */
static void next_connects(double most)
{
    double before = now();
    MUST(connect_with(socket(AF_INET, SOCK_STREAM, 0)));
    CHECK_TOOK(before, 0, most);
    record_mark(END);
}

static void processes_wait(void)
{
    first_connects();
    for (int i = 0; i < WAITING; i++)
        victims[i].process = fork_one(connect_in_process, 0);
    nap(0.5);
}

/* They are zombies by then, and not waited for. */
static void connect_killed(void)
{
    processes_wait();
    for (int i = 0; i < WAITING; i++)
        MUST(kill(victims[i].process, SIGKILL));
    next_connects(1.3);
}

/* To pass them by may take a little. */
static void connect_stopped(void)
{
    processes_wait();
    for (int i = 0; i < WAITING; i++)
        MUST(kill(victims[i].process, SIGSTOP));
    next_connects(3);
    for (int i = 0; i < WAITING; i++)
        MUST(kill(victims[i].process, SIGKILL));
}

/* Of those that are interrupted, or lose patience, the attempt is under way: they owe for it. */
static void connect_cancelled(void)
{
    first_connects();
    for (int i = 0; i < WAITING; i++) {
        victims[i].fd = MUST(socket(AF_INET, SOCK_STREAM, 0));
        MUST(-pthread_create(&victims[i].thread, NULL, connect_in_thread, &victims[i]));
    }
    nap(0.5);
    double before = now();
    for (int i = 0; i < WAITING; i++) {
        pthread_cancel(victims[i].thread);
        pthread_join(victims[i].thread, NULL);
    }
    CHECK_TOOK(before, 0, 0.3);
    next_connects(1.3);
}

HOLD_MAIN(BEHAVIOUR(two_interrupted), BEHAVIOUR(four_interrupted), BEHAVIOUR(socket_timeout),
          BEHAVIOUR(limit_timeout), BEHAVIOUR(cancelled), BEHAVIOUR(closed), BEHAVIOUR(jumped),
          BEHAVIOUR(jumped_for_good), BEHAVIOUR(killed), BEHAVIOUR(stopped),
          BEHAVIOUR(connect_killed), BEHAVIOUR(connect_stopped), BEHAVIOUR(connect_cancelled))
