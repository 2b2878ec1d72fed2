/* waiting.c - how waits for readiness end when nothing is ready: by time, and by signals. */
#include <sys/time.h>

#include "loop.h"

#define WITH_EACH(wait) WITH_ALL(FIRST_POLL, ALL_WAITS, wait)

static volatile sig_atomic_t handled;

static void count(int signal)
{
    (void)signal;
    handled++;
}

static void handle(int signal, int flags)
{
    handled = 0;
    sigaction(signal, &(struct sigaction){.sa_handler = count, .sa_flags = flags}, NULL);
}

/* Again and again: one that comes before the wait begins does not end it. */
static void every(int milliseconds)
{
    struct timeval each = {0, milliseconds * 1000L};
    setitimer(ITIMER_REAL, &(struct itimerval){each, each}, NULL);
}

static const char *result_name(int result)
{
    return result > 0 ? "something" : result == 0 ? "nothing" : name_of_error(errno);
}

/* How long a wait takes of who has nothing to receive, though much was sent. The timer, if any,
 * begins when the connection is made. */
static void say_quiet(const struct wait *wait, int milliseconds, const sigset_t *mask,
                      double at_least, int timer)
{
    struct pair pair = busy_pair();
    struct pollfd wanted = {.fd = pair.near, .events = POLLIN};
    double begin = now();
    every(timer);
    int result = wait->wait(&wanted, 1, milliseconds, mask);
    const char *name = result_name(result);
    double took = now() - begin;
    every(0);
    say("%s of %d ms: %s, %s", wait->name, milliseconds, name,
        took < at_least       ? "too early"
        : took > at_least + 1 ? "too late"
                              : "in time");
    wait_end();
    close_pair(pair);
}

static void by_time(void)
{
    WITH_EACH(wait)
    {
        say_quiet(wait, 0, NULL, 0, 0);
        say_quiet(wait, 1, NULL, 0.001, 0);
        say_quiet(wait, 60, NULL, 0.06, 0);
    }
}

/* No sooner than asked, where there is nothing to wait for at all. */
static void for_nothing(void)
{
    WITH_ALL(FIRST_POLL, FIRST_EPOLL, wait)
    {
        double begin = now();
        int result = wait->wait(NULL, 0, 20, NULL);
        say("%s: %d, in time %d", wait->name, result, now() - begin >= 0.02);
    }
}

static void *send_late(void *fd)
{
    nap(0.05);
    send_once(*(int *)fd, 1);
    return NULL;
}

/* Never 0. */
static void without_end(void)
{
    for (int milliseconds = -2; milliseconds < 0; milliseconds++) {
        WITH_EACH(wait)
        {
            struct pair pair = busy_pair();
            struct pollfd wanted = {.fd = pair.near, .events = POLLIN};
            pthread_t thread = thread_start(send_late, &pair.far);
            int result = wait->wait(&wanted, 1, milliseconds, NULL);
            say("%s of %d: %s, events %#x", wait->name, milliseconds, result_name(result),
                wanted.revents);
            pthread_join(thread, NULL);
            wait_end();
            close_pair(pair);
        }
    }
}

/* And a stream with such waits alone. */
static void loops_without_end(void)
{
    static const int first[] = {FIRST_POLL, FIRST_SELECT, FIRST_EPOLL};
    for (int i = 0; i < 3; i++) {
        patience = -1 - i % 2;
        send_by(&waits[first[i]], GOES_ON_TO_EAGAIN, 100000);
        receive_by(&waits[first[i]], STOPS_AT_A_SHORT_COUNT, 60000);
        echo_by(&waits[first[i]], ONCE, 40000);
    }
}

/* Whatever its flags, a handler ends the wait. */
static void by_a_timer(void)
{
    WITH_EACH(wait)
    {
        handle(SIGALRM, (wait - waits) % 2 ? SA_RESTART : 0);
        say_quiet(wait, (wait - waits) % 3 ? 5000 : -1, NULL, 0.04, 40);
        say("handled %d", handled > 0);
    }
}

/* Waits that do not end by what they wait for, but go on after each handler. */
static void by_timers_while_sending(void)
{
    WITH_EACH(wait)
    {
        struct pair pair = narrow_pair();
        struct progress sent = {.by = by_send, .manner = ONCE, .total = 300000};
        double begin = now();
        int result;
        handle(SIGALRM, (wait - waits) % 2 ? 0 : SA_RESTART);
        without_waiting(pair.near);
        every(50);
        do {
            struct pollfd wanted = {.fd = pair.near, .events = POLLOUT};
            result = wait->wait(&wanted, 1, 5000, NULL);
            if (result > 0)
                push(pair.near, &sent);
        } while (result > 0 || (result < 0 && errno != EINTR));
        const char *name = result_name(result);
        every(0);
        say("%s: %s, handled %d, in time %d", wait->name, name, handled > 0, now() - begin >= 0.05);
        shutdown(pair.near, SHUT_WR);
        say_matches(drain(pair.far), sent.done);
        wait_end();
        close_pair(pair);
    }
}

/* The whole stream comes, however often it is interrupted. */
static void by_many_timers(void)
{
    static const int first[] = {FIRST_POLL, FIRST_SELECT, FIRST_EPOLL};
    handle(SIGALRM, 0);
    for (int i = 0; i < 3; i++) {
        struct pair pair = narrow_pair();
        struct reader reader;
        struct progress sent = {.by = by_send, .total = 100000};
        const double end = now() + 5;
        kept.trigger = EPOLLET;
        without_waiting(pair.near);
        reader_start(&reader, pair.far);
        every(1);
        while (!sent.over && now() < end) {
            struct pollfd wanted = {.fd = pair.near, .events = POLLOUT};
            int result = waits[first[i]].wait(&wanted, 1, 5000, NULL);
            if (result == 0 || (result < 0 && errno != EINTR))
                break;
            if (result > 0)
                push(pair.near, &sent);
        }
        every(0);
        shutdown(pair.near, SHUT_WR);
        say("%s", waits[first[i]].name);
        say_matches(reader_end(&reader), sent.total);
        wait_end();
        close_pair(pair);
    }
}

/* One that is pending comes through while the wait lasts, and is blocked again afterwards. */
static void let_through(int milliseconds, short events)
{
    sigset_t blocked, none, after;
    sigemptyset(&none);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    sigaddset(&blocked, SIGUSR2);
    pthread_sigmask(SIG_SETMASK, &blocked, NULL);
    WITH_EACH(wait)
    {
        struct pair pair = busy_pair();
        struct pollfd wanted = {.fd = events & POLLOUT ? pair.far : pair.near, .events = events};
        const sigset_t before = none;
        if (!wait->takes_mask)
            continue;
        handle(SIGUSR1, SA_RESTART);
        raise(SIGUSR1);
        int result = wait->wait(&wanted, 1, milliseconds, &none);
        say("%s of %d ms: %s", wait->name, milliseconds, result_name(result));
        pthread_sigmask(SIG_SETMASK, NULL, &after);
        say("handled %d, blocked again %d %d %d, mask unchanged %d", handled,
            sigismember(&after, SIGUSR1), sigismember(&after, SIGUSR2),
            sigismember(&after, SIGTERM), memcmp(&before, &none, sizeof none) == 0);
        wait_end();
        close_pair(pair);
        pthread_sigmask(SIG_SETMASK, &none, NULL); /* what is pending still comes now */
        pthread_sigmask(SIG_SETMASK, &blocked, NULL);
        say("handled %d in all", handled);
    }
}

static void by_a_pending_signal(void)
{
    let_through(5000, POLLIN);
    let_through(-1, POLLIN);
    let_through(0, POLLIN);
}

/* What is ready goes first. */
static void by_what_is_ready(void)
{
    let_through(5000, POLLOUT);
}

/* A mask that lets nothing through. */
static void by_time_alone(void)
{
    sigset_t all;
    sigfillset(&all);
    handle(SIGALRM, 0);
    WITH_EACH(wait)
    {
        if (!wait->takes_mask)
            continue;
        say_quiet(wait, 60, &all, 0.06, 20);
        say("handled %d", handled > 0);
    }
}

TWINS(TWIN(by_time), TWIN(for_nothing), TWIN(without_end), TWIN(loops_without_end),
      TWIN(by_a_timer), TWIN(by_timers_while_sending), TWIN(by_many_timers),
      TWIN(by_a_pending_signal), TWIN(by_what_is_ready), TWIN(by_time_alone))
