/*
 * receive_cancellation.c - a receive is a cancellation point while it is held and while it waits,
 * and nothing that came is lost by it.
 *
 * Limits: as each behaviour says.
 */
#include "receive.h"

static struct pair pair;
static char bytes[20000];
static ssize_t got; /* -2 until the call came back */

static void *receive(void *unused)
{
    got = -2;
    about_to_call();
    got = recv(pair.near, bytes, sizeof bytes, 0);
    pthread_testcancel();
    return unused;
}

static void *receive_asynchronously(void *unused)
{
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    return receive(unused);
}

static void cancel_one(void *(*run)(void *))
{
    void *result;
    pthread_t thread = thread_start(run, NULL);
    await_call();
    double begin = now();
    CHECK_EQ(pthread_cancel(thread), 0);
    CHECK_EQ(pthread_join(thread, &result), 0);
    CHECK_TOOK(begin, 0, 0.5);
    CHECK(result == PTHREAD_CANCELED);
    CHECK_EQ((size_t)got, (size_t)-2);
}

/* recv 2/s burst=1: what is there is the next one's. */
static void held(void)
{
    pair = pair_with(3000);
    double begin = now();
    CHECK_EQ(recv(pair.near, bytes, 1000, 0), 1000);
    cancel_one(receive);
    cancel_one(receive_asynchronously);
    CHECK_EQ(recv(pair.near, bytes + 1000, 2000, 0), 2000);
    CHECK_TOOK(begin, 0.5, 2);
    CHECK_DATA(bytes, 0, 3000);
}

/* recv 1/h timeout=1ms: nothing came, nothing is charged. */
static void waiting(void)
{
    pair = tcp_pair();
    cancel_one(receive);
    cancel_one(receive_asynchronously);
    CHECK_EQ(send(pair.far, data, 1000, 0), 1000);
    CHECK_EQ(recv(pair.near, bytes, 1000, 0), 1000);
    CHECK_DATA(bytes, 0, 1000);
}

/* recv 2/s burst=1: a thread that does not want to be cancelled goes on. */
static void *receive_disabled(void *unused)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    about_to_call();
    CHECK_EQ(recv(pair.near, bytes, 1000, 0), 1000);
    CHECK_DATA(bytes, 1000, 1000);
    return unused;
}

static void disabled(void)
{
    void *result;
    pair = pair_with(2000);
    double begin = now();
    CHECK_EQ(recv(pair.near, bytes, 1000, 0), 1000);
    pthread_t thread = thread_start(receive_disabled, NULL);
    await_call();
    CHECK_EQ(pthread_cancel(thread), 0);
    CHECK_EQ(pthread_join(thread, &result), 0);
    CHECK(result == NULL);
    CHECK_TOOK(begin, 0.5, 1.5);
}

/* in 100kB/s burst=10kB: the others go on, at the whole rate. */
static void others_go_on(void)
{
    struct feeder feeder;
    pair = tcp_pair();
    feeder_start(&feeder, tcp_pair(), 100000);
    double begin = now();
    for (int i = 0; i < 3; i++)
        cancel_one(receive);
    CHECK_EQ(recv(feeder.pair.near, data, 30000, MSG_WAITALL), 30000);
    CHECK_BOUND(30000, begin, 10000, 100000);
    CHECK_TOOK(begin, 0.2, 1.5);
    feeder_stop(&feeder);
}

/*
 * in 100kB/s burst=10kB: the data came when others had used up what conformed. They are this
 * thread's, so the call returns, as it does if it is cancelled just after the kernel gave them.
 */
static void after_the_data(void)
{
    static char others[10000];
    struct pair other = pair_with(10000);
    void *result;
    pair = tcp_pair();
    pthread_t thread = thread_start(receive, NULL);
    await_call();
    double begin = now();
    CHECK_EQ(recv(other.near, others, 10000, 0), 10000);
    CHECK_EQ(send(pair.far, data, 10000, 0), 10000);
    nap(0.01);
    CHECK_EQ(pthread_cancel(thread), 0);
    CHECK_EQ(pthread_join(thread, &result), 0);
    ssize_t left = recv(pair.near, others, sizeof others, MSG_PEEK | MSG_DONTWAIT);
    CHECK(got > 0);
    CHECK_EQ((got > 0 ? got : 0) + (left > 0 ? left : 0), 10000);
    CHECK_BOUND(10000 + (got > 0 ? got : 0), begin, 10000, 100000);
    CHECK_DATA(bytes, 0, got);
}

HOLD_MAIN(BEHAVIOUR(held), BEHAVIOUR(waiting), BEHAVIOUR(disabled), BEHAVIOUR(others_go_on),
          BEHAVIOUR(after_the_data))
