/*
 * epoll_threads.c - sets of several threads: many that wait on one, and one that waits already
 * while another finds that nothing more goes.
 */
#include <semaphore.h>
#include <stdatomic.h>

#include "set.h"

enum { THREADS = 4, STREAMS = 6 };

static int quit[2]; /* a pipe: what comes out of it ends all loops */

struct stream_of {
    struct pair pair;
    struct progress progress;
    struct writer writer;
    struct reader reader;
    pthread_mutex_t mutex;
};

static struct stream_of streams[STREAMS];
static atomic_int left;
static uint32_t trigger;

static void begin(void)
{
    set = MUST(epoll_create1(EPOLL_CLOEXEC));
    MUST(pipe(quit));
    ctl(EPOLL_CTL_ADD, quit[0], EPOLLIN, STREAMS);
}

static void end(void)
{
    MUST(write(quit[1], "", 1));
}

/* Where one is armed once, no other thread has it; else each stream has a lock. */
static void *work(void *sends)
{
    struct epoll_event event;
    char own_room[AT_A_TIME];
    into = own_room;
    while (epoll_wait(set, &event, 1, patience) == 1 && event.data.u64 != STREAMS) {
        struct stream_of *one = &streams[event.data.u64];
        uint32_t events = (sends ? EPOLLOUT : EPOLLIN | EPOLLRDHUP) | trigger;
        pthread_mutex_lock(&one->mutex);
        bool before = one->progress.over;
        if (sends)
            push(one->pair.near, &one->progress);
        else
            pull(one->pair.far, &one->progress, (event.events & EPOLLRDHUP) != 0);
        bool now_over = one->progress.over;
        if (now_over && !before && sends)
            shutdown(one->pair.near, SHUT_WR);
        if (!now_over && (trigger & EPOLLONESHOT))
            ctl(EPOLL_CTL_MOD, sends ? one->pair.near : one->pair.far, events, event.data.u64);
        pthread_mutex_unlock(&one->mutex);
        if (now_over && !before && atomic_fetch_sub(&left, 1) == 1)
            end();
    }
    return NULL;
}

static void many_threads(bool sends, uint32_t with, enum manner manner)
{
    pthread_t threads[THREADS];
    trigger = with;
    begin();
    left = STREAMS;
    for (int i = 0; i < STREAMS; i++) {
        struct stream_of *one = &streams[i];
        *one = (struct stream_of){
            .pair = narrow_pair(),
            .progress = {.by = sends ? by_send : by_plain_recv, .manner = manner, .total = 40000}};
        pthread_mutex_init(&one->mutex, NULL);
        without_waiting(sends ? one->pair.near : one->pair.far);
        if (sends)
            reader_start(&one->reader, one->pair.far);
        else
            writer_start(&one->writer, one->pair.near, 40000, 7000);
        ctl(EPOLL_CTL_ADD, sends ? one->pair.near : one->pair.far,
            (sends ? EPOLLOUT : EPOLLIN | EPOLLRDHUP) | trigger, (uint64_t)i);
    }
    for (int i = 0; i < THREADS; i++)
        threads[i] = thread_start(work, sends ? &sends : NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < STREAMS; i++) {
        if (!sends)
            pthread_join(streams[i].writer.thread, NULL);
        say_matches(sends ? reader_end(&streams[i].reader) : streams[i].progress.stream, 40000);
        close_pair(streams[i].pair);
    }
    close(set);
}

static void sending_once_armed(void)
{
    many_threads(true, EPOLLONESHOT, ONCE);
    many_threads(true, EPOLLONESHOT | EPOLLET, GOES_ON_TO_EAGAIN);
}

static void receiving_once_armed(void)
{
    many_threads(false, EPOLLONESHOT, ONCE);
    many_threads(false, EPOLLONESHOT | EPOLLET, STOPS_AT_A_SHORT_COUNT);
}

static void sending_by_edges(void)
{
    many_threads(true, EPOLLET, GOES_ON_TO_EAGAIN);
    many_threads(true, EPOLLET, STOPS_AT_A_SHORT_COUNT);
}

static void receiving_by_edges(void)
{
    many_threads(false, EPOLLET, GOES_ON_TO_EAGAIN);
    many_threads(false, EPOLLET, STOPS_AT_A_SHORT_COUNT);
}

static void told_again(void)
{
    many_threads(true, 0, STOPS_AT_A_SHORT_COUNT);
    many_threads(false, 0, ONCE);
}

/* One that does nothing but wait, without end, and says what it was told. */
static struct {
    sem_t out, in, any;
    const struct wait *wait;
} told;

static void told_nothing_yet(void)
{
    sem_init(&told.out, 0, 0);
    sem_init(&told.in, 0, 0);
    sem_init(&told.any, 0, 0);
}

static void *wait_and_tell(void *unused)
{
    struct epoll_event event;
    (void)unused;
    while (epoll_wait(set, &event, 1, -1) == 1 && event.data.u64 != STREAMS) {
        if (event.events & EPOLLOUT)
            sem_post(&told.out);
        if (event.events & (EPOLLIN | EPOLLRDHUP))
            sem_post(&told.in);
        sem_post(&told.any);
    }
    return NULL;
}

static bool await_word(sem_t *word)
{
    struct timespec at_last;
    clock_gettime(CLOCK_REALTIME, &at_last);
    at_last.tv_sec += 5;
    bool came = sem_timedwait(word, &at_last) == 0;
    if (!came)
        say("nothing happens any more");
    return came;
}

/* It waits already when the other one finds that nothing more goes: not out, as long as there is no
 * room, nor in, as long as it is held back. Either may be the first. */
static void told_by_another(enum manner manner, uint32_t once)
{
    struct pair pair = narrow_pair();
    struct progress sent = {.by = by_send, .manner = manner, .total = 100000};
    struct progress got = {.by = by_plain_recv, .manner = manner};
    begin();
    told_nothing_yet();
    without_waiting(pair.near);
    without_waiting(pair.far);
    pthread_t thread = thread_start(wait_and_tell, NULL);
    ctl(EPOLL_CTL_ADD, pair.near, EPOLLOUT | EPOLLET | once, 0);
    ctl(EPOLL_CTL_ADD, pair.far, EPOLLIN | EPOLLRDHUP | EPOLLET | once, 1);
    /* Whatever it was told of already counts. */
    while (!got.over) {
        push(pair.near, &sent);
        if (sent.over)
            shutdown(pair.near, SHUT_WR);
        else if (once)
            ctl(EPOLL_CTL_MOD, pair.near, EPOLLOUT | EPOLLET | once, 0);
        pull(pair.far, &got, sent.over);
        if (got.over)
            break;
        if (once)
            ctl(EPOLL_CTL_MOD, pair.far, EPOLLIN | EPOLLRDHUP | EPOLLET | once, 1);
        if (!await_word(&told.any))
            break;
    }
    end();
    pthread_join(thread, NULL);
    say_matches(got.stream, sent.total);
    close_pair(pair);
    close(set);
}

static void one_that_waits_already(void)
{
    told_by_another(GOES_ON_TO_EAGAIN, 0);
    told_by_another(STOPS_AT_A_SHORT_COUNT, 0);
    told_by_another(GOES_ON_TO_EAGAIN, EPOLLONESHOT);
}

/* Is registered while it waits. */
static void registered_while_one_waits(void)
{
    begin();
    told_nothing_yet();
    pthread_t thread = thread_start(wait_and_tell, NULL);
    for (int i = 0; i < 4; i++) {
        struct pair pair = busy_pair();
        nap(0.01);
        ctl(EPOLL_CTL_ADD, pair.near, EPOLLOUT | EPOLLET, 0);
        say("out: %d", await_word(&told.out));
        ctl(EPOLL_CTL_ADD, pair.far, EPOLLIN | EPOLLET, 1);
        say("in: %d", await_word(&told.in));
        close_pair(pair);
    }
    end();
    pthread_join(thread, NULL);
    close(set);
}

/* The loop of one that waits in poll or select is told through a pipe that another thread, which
 * sends, needs to know when more goes. */
static struct pollfd asked[2];

static void *wait_when_asked(void *unused)
{
    char byte = 0;
    (void)unused;
    asked[0] = (struct pollfd){.fd = quit[0], .events = POLLIN};
    asked[1].fd = -1;
    for (;;) {
        if (told.wait->wait(asked, 2, -1, NULL) <= 0)
            break;
        if (asked[1].fd >= 0 && asked[1].revents) {
            asked[1].fd = -1;
            sem_post(&told.out);
        }
        if (asked[0].revents && read(quit[0], &byte, 1) == 1) {
            int fd = 0;
            if (byte == 'q' || read(quit[0], &fd, sizeof fd) != sizeof fd)
                break;
            asked[1] = (struct pollfd){.fd = fd, .events = POLLOUT};
        }
    }
    return NULL;
}

static void asked_by_another(void)
{
    WITH_ALL(FIRST_POLL, FIRST_EPOLL, wait)
    {
        struct pair pair = narrow_pair();
        struct reader reader;
        struct progress sent = {.by = by_send, .total = 60000};
        struct {
            char what;
            int fd;
        } __attribute__((packed)) order = {'w', pair.near};
        MUST(pipe(quit));
        told.wait = wait;
        told_nothing_yet();
        without_waiting(pair.near);
        reader_start(&reader, pair.far);
        pthread_t thread = thread_start(wait_when_asked, NULL);
        while (!sent.over) {
            push(pair.near, &sent);
            if (sent.over)
                break;
            MUST(write(quit[1], &order, sizeof order));
            if (!await_word(&told.out))
                break;
        }
        MUST(write(quit[1], "q", 1));
        pthread_join(thread, NULL);
        shutdown(pair.near, SHUT_WR);
        say("%s", wait->name);
        say_matches(reader_end(&reader), sent.total);
        close_pair(pair);
    }
}

TWINS(TWIN(sending_once_armed), TWIN(receiving_once_armed), TWIN(sending_by_edges),
      TWIN(receiving_by_edges), TWIN(told_again), TWIN(one_that_waits_already),
      TWIN(registered_while_one_waits), TWIN(asked_by_another))
