/*
 * hold.h - what the tests of held calls share: loopback pairs, a sink that looks at every byte, a
 * clock, and a table of behaviours to choose from.
 *
 * Each program has one subject. `PROGRAM BEHAVIOUR` runs under the shim with the limits that
 * holds.bats gives it, and exits with 0, 1 or 77 as check.h says. Bounds on time are strict from
 * below, that is what a limit promises, and generous from above, for a loaded machine.
 */
#ifndef HOLD_H
#define HOLD_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../unit/check.h"
#include "../unit/libc.h"

static inline _Noreturn void hold_skip(const char *why)
{
    fprintf(stderr, "%s\n", why);
    exit(SKIPPED);
}

/* What must work for the test to mean anything; returns the value. */
static inline int must(const char *what, int result)
{
    if (result < 0) {
        perror(what);
        exit(1);
    }
    return result;
}

#define MUST(call) must(#call, (int)(call))

/* Seconds of CLOCK_MONOTONIC. */
static inline double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Until an instant, whatever signals arrive. */
static inline void nap_until(double instant)
{
    struct timespec t = {(time_t)instant, (long)((instant - (double)(time_t)instant) * 1e9)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
        ;
}

static inline void nap(double seconds)
{
    nap_until(now() + seconds);
}

static inline bool check_took(const char *file, int line, double seconds, double least, double most)
{
    bool holds = seconds >= least && seconds <= most;
    if (!holds && check_failed())
        fprintf(stderr, "%s:%d: took %.3f s, expected %.3f to %.3f\n", file, line, seconds, least,
                most);
    return holds;
}

static inline bool check_fails(const char *file, int line, const char *text, long result, int error)
{
    bool holds = result == -1 && errno == error;
    if (!holds && check_failed())
        fprintf(stderr, "%s:%d: %s returned %ld (%s), expected %s\n", file, line, text, result,
                result < 0 ? strerrorname_np(errno) : "no error", strerrorname_np(error));
    return holds;
}

#define CHECK_SECONDS(seconds, least, most) check_took(__FILE__, __LINE__, seconds, least, most)
/* Since `begin`; and a call that must fail, and how. */
#define CHECK_TOOK(begin, least, most) CHECK_SECONDS(now() - (begin), least, most)
#define CHECK_FAILS(call, error)       check_fails(__FILE__, __LINE__, #call, (long)(call), error)

/* The bytes that every stream carries from its beginning: one lost, doubled or moved is seen. */
enum { DATA_BYTES = 1 << 20 };
static char data[DATA_BYTES];

static inline char data_at(size_t position)
{
    return (char)((uint32_t)(position + 1) * 2654435761u >> 24);
}

/* A thread that takes no signals, so that they all go to the one that is held. */
static inline pthread_t thread_start(void *(*run)(void *), void *argument)
{
    pthread_t thread;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    MUST(-pthread_create(&thread, NULL, run, argument));
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return thread;
}

/* Until a thread of this process sleeps, as one that is held does; and a while longer. */
static inline void await_hold(pid_t thread)
{
    char path[64], status[512] = "";
    const char *state = NULL;
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)thread);
    for (int tries = 0; tries < 5000 && !(state && state[2] == 'S'); tries++) {
        nap(0.001);
        FILE *file = fopen(path, "re");
        if (file && fgets(status, sizeof status, file))
            state = strrchr(status, ')');
        if (file)
            fclose(file);
    }
    nap(0.05);
}

/* A thread that says who it is before its call, and the one that waits until it is held. */
static pid_t caller;

static inline void about_to_call(void)
{
    __atomic_store_n(&caller, gettid(), __ATOMIC_RELEASE);
}

static inline void await_call(void)
{
    pid_t thread;
    while ((thread = __atomic_exchange_n(&caller, 0, __ATOMIC_ACQUIRE)) == 0)
        nap(0.001);
    await_hold(thread);
}

struct pair {
    int near, far;
};

static inline struct sockaddr_in loopback(const char *host)
{
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = inet_addr(host)};
}

/* *address: where to bind; on return with the port. */
static inline int bound(int type, struct sockaddr_in *address)
{
    socklen_t length = sizeof *address;
    int fd = MUST(socket(AF_INET, type, 0));
    MUST(bind(fd, (struct sockaddr *)address, length));
    MUST(getsockname(fd, (struct sockaddr *)address, &length));
    return fd;
}

static inline int tcp_listen(struct sockaddr_in *address, int backlog)
{
    *address = loopback("127.0.0.1");
    int fd = bound(SOCK_STREAM, address);
    MUST(listen(fd, backlog));
    return fd;
}

static inline struct pair tcp_pair_at(const char *host)
{
    struct pair pair;
    struct sockaddr_in address = loopback(host);
    int listener = bound(SOCK_STREAM, &address);
    MUST(listen(listener, 1));
    pair.near = MUST(socket(AF_INET, SOCK_STREAM, 0));
    MUST(connect(pair.near, (struct sockaddr *)&address, sizeof address));
    pair.far = MUST(accept(listener, NULL, NULL));
    MUST(close(listener));
    return pair;
}

static inline struct pair tcp_pair(void)
{
    return tcp_pair_at("127.0.0.1");
}

static inline struct pair udp_pair(void)
{
    struct pair pair;
    struct sockaddr_in address = loopback("127.0.0.1");
    pair.far = bound(SOCK_DGRAM, &address);
    pair.near = MUST(socket(AF_INET, SOCK_DGRAM, 0));
    MUST(connect(pair.near, (struct sockaddr *)&address, sizeof address));
    return pair;
}

/* Reads one end of a stream to its end. */
struct sink {
    pthread_t thread;
    struct pair pair;
    size_t bytes, wrong;
};

static inline void *sink_run(void *argument)
{
    struct sink *sink = argument;
    char bytes[16384];
    for (ssize_t got; (got = recv(sink->pair.far, bytes, sizeof bytes, 0)) > 0;)
        for (ssize_t i = 0; i < got; i++)
            sink->wrong += bytes[i] != data_at(sink->bytes++);
    return NULL;
}

static inline void sink_start(struct sink *sink, struct pair pair)
{
    *sink = (struct sink){.pair = pair};
    sink->thread = thread_start(sink_run, sink);
}

/* What arrived, once and in order: `sent` bytes of `data`. Closes the pair. */
static inline void sink_stop(struct sink *sink, size_t sent)
{
    shutdown(sink->pair.near, SHUT_WR);
    pthread_join(sink->thread, NULL);
    CHECK_EQ(sink->bytes, sent);
    CHECK_EQ(sink->wrong, 0);
    close(sink->pair.near);
    close(sink->pair.far);
}

struct behaviour {
    const char *name;
    void (*run)(void);
};

#define BEHAVIOUR(function)                                                                        \
    {                                                                                              \
#function, function                                                                        \
    }

static inline int hold_main(int argc, char **argv, const struct behaviour *behaviours, size_t count)
{
    for (size_t i = 0; i < DATA_BYTES; i++)
        data[i] = data_at(i);
    for (size_t i = 0; i < count; i++)
        if (argc == 2 && strcmp(argv[1], behaviours[i].name) == 0) {
            check_run(behaviours[i].name, behaviours[i].run);
            return check_status();
        }
    fprintf(stderr, "%s BEHAVIOUR, one of:\n", argv[0]);
    for (size_t i = 0; i < count; i++)
        fprintf(stderr, "  %s\n", behaviours[i].name);
    return 2;
}

#define HOLD_MAIN(...)                                                                             \
    int main(int argc, char **argv)                                                                \
    {                                                                                              \
        static const struct behaviour behaviours[] = {__VA_ARGS__};                                \
        return hold_main(argc, argv, behaviours, sizeof behaviours / sizeof *behaviours);          \
    }

#endif
