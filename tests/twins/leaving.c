/* leaving.c - waits for readiness that never return: a handler that jumps, a thread cancelled. */
#include <setjmp.h>
#include <sys/time.h>

#include "loop.h"

#define WITH_EACH(wait) WITH_ALL(FIRST_POLL, ALL_WAITS, wait)

static sigjmp_buf back;

static void jump(int signal)
{
    (void)signal;
    siglongjmp(back, 1);
}

static void say_mask(const char *when, const sigset_t *mask)
{
    say("%s: %d %d %d %d", when, sigismember(mask, SIGALRM), sigismember(mask, SIGUSR1),
        sigismember(mask, SIGUSR2), sigismember(mask, SIGTERM));
}

static void wait_in_vain(const struct wait *wait, int fd)
{
    struct pollfd wanted = {.fd = fd, .events = POLLIN};
    struct timeval soon = {0, 30000};
    sigset_t unblocked;
    sigemptyset(&unblocked);
    sigaddset(&unblocked, SIGTERM);
    if (sigsetjmp(back, 1) == 0) {
        setitimer(ITIMER_REAL, &(struct itimerval){soon, soon}, NULL);
        wait->wait(&wanted, 1, 5000, &unblocked);
        say("it returned");
    }
    setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
}

/* More can be sent, and waited for, afterwards. */
static void by_a_jump(void)
{
    sigset_t blocked;
    sigaction(SIGALRM, &(struct sigaction){.sa_handler = jump}, NULL);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR2);
    pthread_sigmask(SIG_SETMASK, &blocked, NULL);
    WITH_EACH(wait)
    {
        struct pair pair = busy_pair();
        struct pollfd wanted = {.fd = pair.near, .events = POLLOUT};
        wait_in_vain(wait, pair.near);
        say("%s", wait->name);
        sigset_t mask;
        pthread_sigmask(SIG_SETMASK, NULL, &mask);
        say_mask("afterwards", &mask);
        say("more goes: %d", came_to_pass(wait, &wanted, 1));
        wait_end();
        close_pair(pair);
    }
}

static struct {
    const struct wait *wait;
    int fd;
    pid_t id;
    int cleanups;
    sigset_t mask; /* in the handler of the cancellation, of whose stack a sanitizer knows little */
} waiter;

static void cleanup(void *count)
{
    *(int *)count += 1;
    pthread_sigmask(SIG_SETMASK, NULL, &waiter.mask);
}

static void *wait_for_ever(void *unused)
{
    struct pollfd wanted = {.fd = waiter.fd, .events = POLLIN};
    sigset_t blocked;
    (void)unused;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR2);
    pthread_sigmask(SIG_SETMASK, &blocked, NULL);
    __atomic_store_n(&waiter.id, gettid(), __ATOMIC_RELEASE);
    pthread_cleanup_push(cleanup, &waiter.cleanups);
    waiter.wait->wait(&wanted, 1, 10000, NULL);
    say("it returned");
    pthread_testcancel();
    pthread_cleanup_pop(0);
    return NULL;
}

/* While it waits, or just before. */
static void cancelled(bool asleep)
{
    WITH_EACH(wait)
    {
        struct pair pair = busy_pair();
        pthread_t thread;
        void *result;
        /* By number it is no cancellation point. */
        if (strstr(wait->name, "number") || (wait->wait == by_epoll_pwait2 && !GLIBC_HAS(35)))
            continue;
        waiter.wait = wait;
        waiter.fd = pair.near;
        waiter.id = waiter.cleanups = 0;
        MUST(-pthread_create(&thread, NULL, wait_for_ever, NULL));
        while (!__atomic_load_n(&waiter.id, __ATOMIC_ACQUIRE))
            nap(0.001);
        if (asleep)
            await_sleep(getpid(), waiter.id);
        pthread_cancel(thread);
        pthread_join(thread, &result);
        say("%s: cancelled %d, cleanups %d", wait->name, result == PTHREAD_CANCELED,
            waiter.cleanups);
#ifdef __GLIBC__ /* with musl, signals that are blocked for the wait stay so */
        say_mask("in the handler of the cancellation", &waiter.mask);
#endif
        wait_end();
        close_pair(pair);
    }
}

static void by_cancellation(void)
{
    cancelled(true);
}

static void by_cancellation_at_once(void)
{
    cancelled(false);
}

TWINS(TWIN(by_a_jump), TWIN(by_cancellation), TWIN(by_cancellation_at_once))
