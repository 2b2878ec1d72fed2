/*
 * line.h - what the tests of the line share: streams that somebody reads, senders that never have
 * enough, and the marks in the record (record.h) from which line.bats tells whether the bound was
 * kept, and how much was made of it.
 */
#ifndef LINE_H
#define LINE_H

#include <sys/prctl.h>
#include <sys/wait.h>

#include "../tools/record.h"
#include "hold.h"

enum { BULK = 100000 }; /* bytes a call */

static double end;

static inline void begin(void)
{
    const char *duration = getenv("HOLD_SECONDS");
    record_open();
    record_mark(BEGIN);
    end = now() + (duration ? atof(duration) : 2);
}

static inline void *read_all(void *far)
{
    char bytes[16384];
    while (recv((int)(intptr_t)far, bytes, sizeof bytes, 0) > 0)
        ;
    close((int)(intptr_t)far);
    return NULL;
}

/* Returns the near end of one. */
static inline int open_stream(void)
{
    struct pair pair = tcp_pair();
    MUST(-pthread_detach(thread_start(read_all, (void *)(intptr_t)pair.far)));
    return pair.near;
}

/* Whatever ends a call but for an error of the socket. */
static inline void send_to_the_end(int fd)
{
    while (now() < end)
        if (send(fd, data, BULK, MSG_NOSIGNAL) < 0 && errno != EINTR && errno != EAGAIN &&
            errno != ETIMEDOUT)
            break;
}

static inline void *send_bulk(void *unused)
{
    (void)unused;
    int fd = open_stream();
    send_to_the_end(fd);
    close(fd);
    return NULL;
}

/* A process that ends with its parent, which may be killed. */
static inline pid_t fork_one(void (*run)(int), int argument)
{
    pid_t parent = getpid(), child = MUST(fork());
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() == parent)
            run(argument);
        _exit(0);
    }
    return child;
}

#endif
