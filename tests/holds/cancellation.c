/*
 * cancellation.c - a hold is a cancellation point, as the call itself is.
 *
 * Limits: `send 1/h`, so that a held call lasts until it is ended; `others_go_on`,
 * `type_as_before` and `no_point` with `out 100kB/s burst=10kB`.
 */
#include <sys/mman.h>
#include <sys/sendfile.h>

#include "hold.h"

static struct pair pair;
static int type_wanted, state_wanted;
static bool cleaned_up, came_back;

static void clean_up(void *unused)
{
    (void)unused;
    cleaned_up = true;
}

static void *send_for_ever(void *unused)
{
    (void)unused;
    about_to_call();
    pthread_setcanceltype(type_wanted, NULL);
    pthread_setcancelstate(state_wanted, NULL);
    pthread_cleanup_push(clean_up, NULL);
    send(pair.near, data, 10, 0);
    came_back = true;
    pthread_cleanup_pop(0);
    return NULL;
}

static void cancel_one(int type)
{
    void *result;
    pair = tcp_pair();
    CHECK_EQ(send(pair.near, data, 10, 0), 10);
    type_wanted = type;
    pthread_t thread = thread_start(send_for_ever, NULL);
    await_call();
    double begin = now();
    CHECK_EQ(pthread_cancel(thread), 0);
    CHECK_EQ(pthread_join(thread, &result), 0);
    CHECK_TOOK(begin, 0, 0.4);
    CHECK(result == PTHREAD_CANCELED);
    CHECK(cleaned_up && !came_back);
}

static void deferred(void)
{
    cancel_one(PTHREAD_CANCEL_DEFERRED);
}

static void asynchronous(void)
{
    cancel_one(PTHREAD_CANCEL_ASYNCHRONOUS);
}

/* Cancelled before it comes to the call. */
static void *wait_and_send(void *begun)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    __atomic_store_n((bool *)begun, true, __ATOMIC_RELEASE);
    nap(0.1);
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    return send_for_ever(NULL);
}

static void pending(void)
{
    bool begun = false;
    void *result;
    pair = tcp_pair();
    CHECK_EQ(send(pair.near, data, 10, 0), 10);
    pthread_t thread = thread_start(wait_and_send, &begun);
    while (!__atomic_load_n(&begun, __ATOMIC_ACQUIRE))
        nap(0.001);
    CHECK_EQ(pthread_cancel(thread), 0);
    CHECK_EQ(pthread_join(thread, &result), 0);
    CHECK(result == PTHREAD_CANCELED && !came_back);
}

/* With cancellation disabled, the hold goes on, to its timeout: `send 1/h timeout=300ms`. */
static void disabled(void)
{
    pair = tcp_pair();
    CHECK_EQ(send(pair.near, data, 10, 0), 10);
    state_wanted = PTHREAD_CANCEL_DISABLE;
    double begin = now();
    pthread_t thread = thread_start(send_for_ever, NULL);
    await_call();
    CHECK_EQ(pthread_cancel(thread), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_TOOK(begin, 0.3, 0.8);
    CHECK(came_back && !cleaned_up);
}

static void *send_all(void *sink)
{
    CHECK_EQ(send(((struct sink *)sink)->pair.near, data, 15000, 0), 15000);
    return NULL;
}

/* It has not come to the end of that in the 120 ms that it is given. */
static void *send_much(void *sink)
{
    send(((struct sink *)sink)->pair.near, data, 60000, 0);
    came_back = true;
    return NULL;
}

/* What a cancelled thread had taken is forfeit, no more: 45000 bytes, and a piece of 2000. */
static void others_go_on(void)
{
    struct sink sinks[3], doomed;
    pthread_t senders[3];
    sink_start(&doomed, tcp_pair());
    pthread_t victim = thread_start(send_much, &doomed);
    nap(0.1);
    double begin = now();
    for (int i = 0; i < 3; i++) {
        sink_start(&sinks[i], tcp_pair());
        senders[i] = thread_start(send_all, &sinks[i]);
    }
    nap(0.02);
    CHECK_EQ(pthread_cancel(victim), 0);
    for (int i = 0; i < 3; i++)
        pthread_join(senders[i], NULL);
    CHECK_TOOK(begin, 0.35, 1.0);
    for (int i = 0; i < 3; i++)
        sink_stop(&sinks[i], 15000);
    pthread_join(victim, NULL);
    shutdown(doomed.pair.near, SHUT_WR);
    pthread_join(doomed.thread, NULL);
    CHECK(doomed.bytes > 0 && doomed.wrong == 0 && !came_back);
}

static void type_is_kept(int type)
{
    struct sink sink;
    int after, state;
    sink_start(&sink, tcp_pair());
    pthread_setcanceltype(type, NULL);
    double begin = now();
    CHECK_EQ(send(sink.pair.near, data, 20000, 0), 20000);
    CHECK_TOOK(begin, 0.1, 0.6);
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &after);
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
    CHECK_EQ(after, type);
    CHECK_EQ(state, PTHREAD_CANCEL_ENABLE);
    sink_stop(&sink, 20000);
}

static void type_as_before(void)
{
    type_is_kept(PTHREAD_CANCEL_DEFERRED);
    type_is_kept(PTHREAD_CANCEL_ASYNCHRONOUS);
}

/* sendfile is none (pthreads(7)). */
static void *send_file(void *sink)
{
    int file = MUST(memfd_create("data", 0));
    MUST(write(file, data, 20000));
    pthread_cancel(pthread_self());
    CHECK_EQ(sendfile(((struct sink *)sink)->pair.near, file, &(off_t){0}, 20000), 20000);
    came_back = true;
    pthread_testcancel();
    return sink;
}

static void no_point(void)
{
    struct sink sink;
    void *result;
    sink_start(&sink, tcp_pair());
    pthread_join(thread_start(send_file, &sink), &result);
    CHECK(came_back && result == PTHREAD_CANCELED);
    sink_stop(&sink, 20000);
}

HOLD_MAIN(BEHAVIOUR(deferred), BEHAVIOUR(asynchronous), BEHAVIOUR(pending), BEHAVIOUR(disabled),
          BEHAVIOUR(others_go_on), BEHAVIOUR(type_as_before), BEHAVIOUR(no_point))
