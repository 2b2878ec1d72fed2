/*
 * ring.c - io_uring_setup(2) by number: what goes through a ring cannot be limited.
 *
 * Limits: as each behaviour says.
 */
#include <linux/io_uring.h>
#include <sys/syscall.h>

#include "hold.h"

#ifndef SYS_io_uring_setup
#define SYS_io_uring_setup 425
#endif

static long set_up(void)
{
    struct io_uring_params params = {0};
    return syscall(SYS_io_uring_setup, 4, &params);
}

/* The first one, before all constructors: the configuration is not read yet. */
static long first;
static int first_errno;

static void before_all_constructors(int argc, char **argv, char **environment)
{
    (void)argc, (void)argv;
    environ = environment;
    errno = 0;
    first = set_up();
    first_errno = errno;
}

__attribute__((used, section(".preinit_array"))) static void (*const preinit)(
    int, char **, char **) = before_all_constructors;

/* Any limit: as by a kernel that does not have it, whatever is asked for, each time. */
static void refused(void)
{
    CHECK(first == -1 && first_errno == ENOSYS);
    CHECK_FAILS(set_up(), ENOSYS);
    CHECK_FAILS(syscall(SYS_io_uring_setup, 0, NULL), ENOSYS);
}

/* None, or RL_ESCAPE=allow. */
static void passed(void)
{
    CHECK(first >= 0 && first_errno == 0);
    errno = 0;
    CHECK_EQ(close(MUST(set_up())), 0);
    CHECK_EQ(errno, 0);
    CHECK_FAILS(syscall(SYS_io_uring_setup, 4, NULL), EFAULT);
}

HOLD_MAIN(BEHAVIOUR(refused), BEHAVIOUR(passed))
