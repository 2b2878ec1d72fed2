/*
 * fd_kernel.h - for tests of what is noted of descriptor numbers: a kernel of our own, which has
 * all of them open, as high as an int goes.
 */
#ifndef FD_KERNEL_H
#define FD_KERNEL_H

#include <errno.h>
#include <limits.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "fd_table.h"
#include "real.h"

enum meaning { A_FILE, A_SOCKET, NOT_OPEN };

static enum meaning meaning; /* of all numbers */
static unsigned asked;

static int answer(int fd, int level, int name, void *value, socklen_t *size)
{
    (void)level, (void)size;
    __atomic_fetch_add(&asked, 1, __ATOMIC_RELAXED);
    enum meaning is = fd < 0 ? NOT_OPEN : __atomic_load_n(&meaning, __ATOMIC_SEQ_CST);
    *(int *)value = name == SO_DOMAIN ? AF_INET : SOCK_STREAM;
    errno = is == A_FILE ? ENOTSOCK : EBADF;
    return is == A_SOCKET ? 0 : -1;
}

__attribute__((constructor)) static void boot(void)
{
    real_functions[REAL_getsockopt] = (void *)answer;
}

static const int numbers[] = {0,
                              3,
                              511,
                              512,
                              8191,
                              8192,
                              8193,
                              16383,
                              16384,
                              50000,
                              65535,
                              65536,
                              100000,
                              131071,
                              131072,
                              1 << 20,
                              (1 << 20) + 32768,
                              1 << 24,
                              (1 << 30) - 1,
                              1 << 30,
                              INT_MAX};
enum { NUMBERS = sizeof numbers / sizeof *numbers };

static inline unsigned asked_for(int fd, enum fd_class expected)
{
    unsigned before = asked;
    errno = 0;
    CHECK_EQ(fd_class(fd_look(fd)), expected);
    CHECK_EQ(errno, 0);
    return asked - before;
}

static inline void look_at_all(enum fd_class expected)
{
    for (int i = 0; i < NUMBERS; i++)
        asked_for(numbers[i], expected);
}

static inline void open_all(enum meaning as)
{
    fd_forget_range(0, UINT_MAX);
    meaning = as;
}

/* In a process of its own, whose table is empty. */
static inline void in_child(void (*test)(void))
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        fd_own_table();
        test();
        _exit(check_failures != 0);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

#endif
