/*
 * clock.c - the one clock of everything, read where nobody stands between.
 *
 * libc's clock_gettime is a function that others put theirs in front of, to tell a program any time
 * they like: a limit must not go by that. It does no more than to call a function of the kernel's,
 * which needs no system call (vdso(7)). So that is called here, found once. Where there is none,
 * since valgrind(1) hides it or the kernel was started without (vdso=0), the system call says the
 * same, more slowly.
 */
#include <errno.h>
#include <stddef.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <time.h>

#include "raw.h"
#include "rl.h"
#include "vdso.h"
#include "wait.h"

/* Of architectures where it is called as any function is, and that can be tried. */
#if defined __x86_64__
#define VDSO_NAME "__vdso_clock_gettime"
#elif defined __aarch64__
#define VDSO_NAME "__kernel_clock_gettime"
#else
#define VDSO_NAME NULL
#endif

/* Returns 0, or a negative errno value. */
typedef int clock_reader(clockid_t clock, struct timespec *t);

static int read_by_system_call(clockid_t clock, struct timespec *t)
{
    return (int)raw_call(SYS_clock_gettime, clock, (long)t, 0, 0, 0);
}

static int find_reader(clockid_t clock, struct timespec *t);

/* Written to the same value by whoever is first, and by those who are meanwhile. */
static clock_reader *reader = find_reader;

static int find_reader(clockid_t clock, struct timespec *t)
{
    int saved_errno = errno; /* getauxval has ENOENT for what is not there */
    unsigned long image = getauxval(AT_SYSINFO_EHDR);
    errno = saved_errno;

    clock_reader *found = NULL;
    if (image && VDSO_NAME) // NOLINTNEXTLINE(performance-no-int-to-ptr)
        found = (clock_reader *)rl_vdso_find((const char *)image, VDSO_NAME);
    if (!found)
        found = read_by_system_call;
    __atomic_store_n(&reader, found, __ATOMIC_RELAXED);
    return found(clock, t);
}

int64_t rl_clock_ahead_ns;

static uint64_t read_clock(clockid_t clock)
{
    struct timespec t = {0}; /* if a seccomp(2) filter refuses to tell, nothing is ever over */
    __atomic_load_n(&reader, __ATOMIC_RELAXED)(clock, &t);
    return (uint64_t)t.tv_sec * RL_SECOND + (uint64_t)t.tv_nsec - (uint64_t)rl_clock_ahead_ns;
}

uint64_t rl_now(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t rl_recently(void)
{
    return read_clock(CLOCK_MONOTONIC_COARSE);
}
