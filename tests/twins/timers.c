/* timers.c - timers that run while calls wait, and go on as they were set. */
#include <sys/time.h>
#include <sys/timerfd.h>

#include "twin.h"

static volatile sig_atomic_t fired;

static void count(int signal)
{
    (void)signal;
    fired++;
}

static void on(int signal, int flags)
{
    sigaction(signal, &(struct sigaction){.sa_handler = count, .sa_flags = flags}, NULL);
}

static const struct itimerspec each_2_ms = {{0, 2000000}, {0, 2000000}};

/* Sends to a peer that begins to read only when `ready` says so, or after 50 ms. */
static bool (*ready)(void);
static int far_side;

static void *late_reader(void *result)
{
    for (int i = 0; i < 5000 && !ready(); i++)
        nap(0.001);
    *(struct stream *)result = drain(far_side);
    return NULL;
}

static bool has_fired(void)
{
    return fired >= 3;
}

static void send_meanwhile(void)
{
    struct pair pair = narrow_pair();
    struct stream stream;
    far_side = pair.far;
    pthread_t thread = thread_start(late_reader, &stream);
    say("sent %zu", send_all(pair.near, 150000));
    shutdown(pair.near, SHUT_WR);
    pthread_join(thread, NULL);
    say_stream("peer", stream);
    close_pair(pair);
}

static void interval(int flags)
{
    struct itimerval timer = {{0, 2000}, {0, 2000}};
    on(SIGALRM, flags);
    ready = has_fired;
    setitimer(ITIMER_REAL, &timer, NULL);
    send_meanwhile();
    getitimer(ITIMER_REAL, &timer);
    say("interval %ld us", (long)timer.it_interval.tv_usec);
    say("fired often: %d", fired >= 3);
}

static void setitimer_restarting(void)
{
    interval(SA_RESTART);
}

static void setitimer_interrupting(void)
{
    interval(0);
}

static void posix_timer(int flags)
{
    timer_t timer;
    struct itimerspec now;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
    on(SIGRTMIN, flags);
    ready = has_fired;
    MUST(timer_create(CLOCK_MONOTONIC, &event, &timer));
    MUST(timer_settime(timer, 0, &each_2_ms, NULL));
    send_meanwhile();
    timer_gettime(timer, &now);
    say("interval %ld ns, fired often: %d", now.it_interval.tv_nsec, fired >= 3);
    timer_delete(timer);
}

static void timer_create_restarting(void)
{
    posix_timer(SA_RESTART);
}

static void timer_create_interrupting(void)
{
    posix_timer(0);
}

static void notified(union sigval value)
{
    __atomic_fetch_add((int *)value.sival_ptr, 1, __ATOMIC_RELAXED);
}

static int notifications;

static bool was_notified(void)
{
    return __atomic_load_n(&notifications, __ATOMIC_RELAXED) >= 3;
}

static void timer_create_with_thread(void)
{
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_THREAD,
                             .sigev_value.sival_ptr = &notifications,
                             .sigev_notify_function = notified};
    ready = was_notified;
    MUST(timer_create(CLOCK_MONOTONIC, &event, &timer));
    MUST(timer_settime(timer, 0, &each_2_ms, NULL));
    send_meanwhile();
    timer_delete(timer);
    say("notified often: %d", was_notified());
}

static int timer_fd;

static bool has_expired(void)
{
    return poll(&(struct pollfd){.fd = timer_fd, .events = POLLIN}, 1, 0) == 1;
}

static void timerfds(void)
{
    uint64_t times = 0;
    timer_fd = MUST(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
    MUST(timerfd_settime(timer_fd, 0, &each_2_ms, NULL));
    ready = has_expired;
    send_meanwhile();
    SAY(read(timer_fd, &times, sizeof times));
    say("expired: %d", times > 0);
    timerfd_settime(timer_fd, 0, &(struct itimerspec){0}, NULL);
    SAY(read(timer_fd, &times, sizeof times));
}

/* The usual way to bound a call that has no timeout. */
static void alarm_bounds_it(void)
{
    struct pair pair = narrow_pair();
    size_t filled = fill(pair.near);
    on(SIGALRM, 0);
    setitimer(ITIMER_REAL, &(struct itimerval){{0, 20000}, {0, 20000}}, NULL);
    SAY_CLASS("send", send(pair.near, data + filled, 1000, 0), 1000);
    setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, 0}}, NULL);
    shutdown(pair.near, SHUT_WR);
    say_matches(drain(pair.far), filled);
}

TWINS(TWIN(setitimer_restarting), TWIN(setitimer_interrupting), TWIN(timer_create_restarting),
      TWIN(timer_create_interrupting), TWIN(timer_create_with_thread), TWIN(timerfds),
      TWIN(alarm_bounds_it))
