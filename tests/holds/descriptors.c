/*
 * descriptors.c - closing a socket that another thread is held on, and forks.
 *
 * Limits: as each behaviour says.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "hold.h"

static struct pair pair;

/* Held for the second message: its number is not what it was when it may go. */
static void *send_two(void *unused)
{
    (void)unused;
    CHECK_EQ(send(pair.near, data, 1000, 0), 1000);
    about_to_call();
    CHECK_FAILS(send(pair.near, data + 1000, 1000, 0), EBADF);
    return NULL;
}

/* send 2/s burst=1. `replace` gives the number to something else, and returns how to read that. */
static void closed_while_held(int (*replace)(int fd))
{
    pair = tcp_pair();
    pthread_t thread = thread_start(send_two, NULL);
    await_call();
    int reader = replace(pair.near);
    pthread_join(thread, NULL);
    char bytes[2000];
    CHECK_EQ(recv(pair.far, bytes, sizeof bytes, MSG_DONTWAIT), 1000);
    if (reader >= 0)
        CHECK_FAILS(recv(reader, bytes, sizeof bytes, MSG_DONTWAIT), EAGAIN);
    else {
        struct stat status;
        CHECK(fstat(pair.near, &status) < 0 || status.st_size == 0);
    }
}

static int only_close(int fd)
{
    MUST(close(fd));
    return -1;
}

static int file_instead(int fd)
{
    int file = MUST(memfd_create("instead", 0));
    MUST(close(fd));
    CHECK_EQ(fcntl(file, F_DUPFD, fd), fd);
    return -1;
}

static int file_over(int fd)
{
    MUST(dup2(memfd_create("over", 0), fd));
    return -1;
}

static int socket_instead(int fd)
{
    struct pair another = tcp_pair();
    MUST(close(fd));
    CHECK_EQ(fcntl(another.near, F_DUPFD, fd), fd);
    return another.far;
}

static int socket_over(int fd)
{
    struct pair another = tcp_pair();
    MUST(dup3(another.near, fd, O_CLOEXEC));
    return another.far;
}

static void closed(void)
{
    closed_while_held(only_close);
}

static void file_takes_number(void)
{
    closed_while_held(file_instead);
    closed_while_held(file_over);
}

static void socket_takes_number(void)
{
    closed_while_held(socket_instead);
    closed_while_held(socket_over);
}

/* out 100kB/s burst=10kB: in the middle of a long one, what went is what it returns. */
static void *send_long(void *unused)
{
    (void)unused;
    about_to_call();
    ssize_t sent = send(pair.near, data, 200000, 0);
    CHECK(sent >= 10000 && sent < 200000);
    return (void *)sent;
}

static void closed_in_the_middle(void)
{
    pair = tcp_pair();
    struct sink sink, other;
    void *sent;
    sink_start(&sink, pair);
    struct pair another = tcp_pair();
    sink_start(&other, another);
    pthread_t thread = thread_start(send_long, NULL);
    await_call();
    MUST(dup2(another.near, pair.near));
    pthread_join(thread, &sent);
    pthread_join(sink.thread, NULL);
    CHECK_EQ(sink.bytes, (size_t)sent);
    CHECK_EQ(sink.wrong, 0);
    sink_stop(&other, 0);
}

/* out 100kB/s burst=10kB: a family shares one limit; each has a socket of before the fork. */
static void forks(void)
{
    enum { CHILDREN = 3, EACH = 10000 };
    struct pair pairs[CHILDREN + 1];
    struct sink sinks[CHILDREN + 1];
    for (int i = 0; i <= CHILDREN; i++)
        pairs[i] = tcp_pair();
    double begin = now();
    for (int i = 0; i < CHILDREN; i++)
        if (MUST(fork()) == 0)
            _exit(send(pairs[i].near, data, EACH, 0) != EACH);
    for (int i = 0; i <= CHILDREN; i++)
        sink_start(&sinks[i], pairs[i]);
    CHECK_EQ(send(pairs[CHILDREN].near, data, EACH, 0), EACH);
    for (int i = 0, status; i < CHILDREN; i++) {
        MUST(wait(&status));
        CHECK_EQ(status, 0);
    }
    CHECK_TOOK(begin, 0.3, 0.8);
    for (int i = 0; i <= CHILDREN; i++)
        sink_stop(&sinks[i], EACH);
}

/* write 1/h timeout=1ms: in a child that shares the parent's memory, until it becomes another. */
static void vforked(void)
{
    int status, file = MUST(memfd_create("file", 0));
    pair = tcp_pair();
    int spare = MUST(dup(file));
    CHECK_EQ(write(pair.near, data, 10), 10);
    CHECK_FAILS(write(pair.near, data, 10), ETIMEDOUT);
    CHECK_EQ(write(spare, data, 10), 10);
    pid_t child = vfork();
    if (child == 0) {
        bool limited = write(pair.near, data, 10) == -1 && errno == ETIMEDOUT;
        dup2(pair.near, spare);
        limited &= write(spare, data, 10) == -1 && errno == ETIMEDOUT;
        _exit(!limited);
    }
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    CHECK_EQ(write(spare, data, 10), 10);
    CHECK_FAILS(write(pair.near, data, 10), ETIMEDOUT);
}

HOLD_MAIN(BEHAVIOUR(closed), BEHAVIOUR(file_takes_number), BEHAVIOUR(socket_takes_number),
          BEHAVIOUR(closed_in_the_middle), BEHAVIOUR(forks), BEHAVIOUR(vforked))
