/*
 * twin.h - what the twins share: small programs that print everything a program could observe.
 *
 * `PROGRAM BEHAVIOUR` runs once plain and once under the shim, and prints the same both times: what
 * a limit changes is only when something happens. Counts that the kernel is free to choose are
 * printed as classes (full, partial, EINTR). The last line names the behaviour, so that one that
 * died early is no twin. `PROGRAM` alone lists the behaviours; exit status 77 is skipped.
 */
#ifndef TWIN_H
#define TWIN_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "../unit/libc.h"

enum { SKIPPED = 77, REPORT_FD = 700, DATA_BYTES = 1 << 20 };

static int report_fd = STDOUT_FILENO;
static char data[DATA_BYTES]; /* what every stream carries from its beginning */

/* A line. Not by stdio, which is among what is looked at. */
__attribute__((format(printf, 1, 2))) static inline void say(const char *format, ...)
{
    char line[512];
    va_list arguments;
    int saved_errno = errno;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line - 1, format, arguments);
    va_end(arguments);
    if (length > (int)sizeof line - 2)
        length = (int)sizeof line - 2;
    line[length++] = '\n';
    while (write(report_fd, line, (size_t)length) < 0 && errno == EINTR)
        ;
    errno = saved_errno;
}

static inline const char *name_of_error(int error)
{
    const char *name = strerrorname_np(error);
    return name ? name : "an unknown error";
}

static inline long say_result(const char *what, long result)
{
    int error = errno;
    if (result < 0)
        say("%s: %s", what, name_of_error(error));
    else if (error)
        say("%s: %ld, and errno became %s", what, result, name_of_error(error));
    else
        say("%s: %ld", what, result);
    return result;
}

/* A call with what it returned, and what became of errno. */
#define SAY(call) (errno = 0, say_result(#call, (long)(call)))

/* Likewise, with a name and the count as a class. */
#define SAY_CLASS(what, call, asked) (errno = 0, say_class(what, (long)(call), (long)(asked)))

static inline long say_class(const char *what, long result, long asked)
{
    const char *class = result < 0        ? name_of_error(errno)
                        : result == asked ? "full"
                        : result == 0     ? "nothing"
                                          : "partial";
    say("%s: %s", what, class);
    return result;
}

/* What must work for the twin to mean anything; returns the value. Of what returns an error number
 * itself, minus that. */
static inline int must(const char *what, int result)
{
    if (result < 0) {
        say("%s: %s, and must not fail", what, name_of_error(result == -1 ? errno : -result));
        _exit(1);
    }
    return result;
}

#define MUST(call) must(#call, (int)(call))

static inline _Noreturn void skip(const char *why)
{
    say("%s", why);
    _exit(SKIPPED);
}

static inline double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static inline void nap(double seconds)
{
    struct timespec left = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    while (nanosleep(&left, &left) < 0 && errno == EINTR)
        ;
}

/* The second of two pages, which nobody may read. */
static inline char *guard_page(void)
{
    char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(mprotect(pages + 4096, 4096, PROT_NONE));
    return pages + 4096;
}

/* A thread that takes no signals. */
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

/* Until a thread sleeps, as one does that is held, or that the kernel holds up; or has ended. */
static inline void await_sleep(pid_t process, pid_t thread)
{
    char path[64], status[512];
    int asleep = 0;
    snprintf(path, sizeof path, "/proc/%d/task/%d/stat", (int)process, (int)thread);
    for (int tries = 0; tries < 5000 && asleep < 5; tries++) {
        nap(0.001);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            return;
        ssize_t got = read(fd, status, sizeof status - 1);
        close(fd);
        status[got < 0 ? 0 : got] = '\0';
        const char *state = strrchr(status, ')');
        asleep = state && state[2] == 'S' ? asleep + 1 : 0;
    }
}

struct pair {
    int near, far;
};

union address {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
};

static inline socklen_t length_of(const union address *address)
{
    return address->any.sa_family == AF_INET6 ? sizeof address->in6 : sizeof address->in;
}

static inline union address loopback(int family)
{
    union address address = {.any.sa_family = (sa_family_t)family};
    if (family == AF_INET6)
        address.in6.sin6_addr = in6addr_loopback;
    else
        address.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/* On the loopback at a port of the kernel's choice, which *address then has. */
static inline int bound(int family, int type, union address *address)
{
    *address = loopback(family);
    socklen_t length = sizeof *address;
    int fd = MUST(socket(family, type, 0));
    MUST(bind(fd, &address->any, length_of(address)));
    MUST(getsockname(fd, &address->any, &length));
    return fd;
}

static inline int tcp_listener(union address *address, int backlog)
{
    int fd = bound(AF_INET, SOCK_STREAM, address);
    MUST(listen(fd, backlog));
    return fd;
}

static inline void set_option(int fd, int level, int option, int value)
{
    MUST(setsockopt(fd, level, option, &value, sizeof value));
}

/* buffers: of either end in bytes, 0 for the usual ones. Then segments are as on Ethernet: those of
 * the loopback are larger than such buffers. */
static inline struct pair stream_pair(int family, int buffers)
{
    struct pair pair;
    union address address;
    int listener = bound(family, SOCK_STREAM, &address);
    pair.near = MUST(socket(family, SOCK_STREAM, 0));
    if (buffers) {
        set_option(listener, SOL_SOCKET, SO_RCVBUF, buffers);
        set_option(pair.near, SOL_SOCKET, SO_SNDBUF, buffers);
        set_option(listener, IPPROTO_TCP, TCP_MAXSEG, 1400);
        set_option(pair.near, IPPROTO_TCP, TCP_MAXSEG, 1400);
    }
    MUST(listen(listener, 1));
    MUST(connect(pair.near, &address.any, length_of(&address)));
    pair.far = MUST(accept(listener, NULL, NULL));
    close(listener);
    return pair;
}

static inline struct pair tcp_pair(void)
{
    return stream_pair(AF_INET, 0);
}

/* One that a peer who does not read fills with less than `data`. */
static inline struct pair narrow_pair(void)
{
    return stream_pair(AF_INET, 16384);
}

static inline struct pair udp_pair(void)
{
    struct pair pair;
    union address address;
    pair.far = bound(AF_INET, SOCK_DGRAM, &address);
    pair.near = MUST(socket(AF_INET, SOCK_DGRAM, 0));
    MUST(connect(pair.near, &address.any, length_of(&address)));
    return pair;
}

static inline void close_pair(struct pair pair)
{
    close(pair.near);
    close(pair.far);
}

#include "twin_io.h"
#include "twin_main.h"

#endif
