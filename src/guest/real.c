/* real.c - looking up the real functions. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "next.h"
#include "real.h"

/* The same numbers on all architectures. */
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

void *real_functions[REAL_CALLS];

bool real_lacks_epoll_pwait2;

static const char names[] =
#define CALL(name) #name "\0"
#define ALIAS(alias, name)
#include "calls.def"
#undef CALL
#undef ALIAS
    ;

static const char *name_of(enum real call)
{
    const char *name = names;
    while (call-- > 0)
        name += strlen(name) + 1;
    return name;
}

/* In the place of a function that this C library does not have. */
static long missing(void)
{
    errno = ENOSYS;
    return -1;
}

/* Likewise, of those that return an error number. */
static int missing_spawn(void)
{
    return ENOSYS;
}

/* What an older C library lacks, and the kernel has: for programs that call it by number. */
static ssize_t preadv2_by_number(int fd, const struct iovec *iov, int count, off_t offset,
                                 int flags)
{
    return REAL(syscall)(SYS_preadv2, fd, iov, count, offset, 0, flags);
}

static ssize_t pwritev2_by_number(int fd, const struct iovec *iov, int count, off_t offset,
                                  int flags)
{
    return REAL(syscall)(SYS_pwritev2, fd, iov, count, offset, 0, flags);
}

static int execveat_by_number(int fd, const char *path, char *const argv[], char *const envp[],
                              int flags)
{
    return (int)REAL(syscall)(SYS_execveat, fd, path, argv, envp, flags);
}

static int close_range_by_number(unsigned first, unsigned last, int flags)
{
    return (int)REAL(syscall)(SYS_close_range, first, last, flags);
}

/* It cannot fail. Before Linux 5.9 one by one. */
static void close_from(int first)
{
    struct rlimit limit = {0};
    int saved_errno = errno, fd = first < 0 ? 0 : first;
    if (close_range_by_number((unsigned)fd, UINT_MAX, 0) != 0 &&
        getrlimit(RLIMIT_NOFILE, &limit) == 0)
        for (; fd < INT_MAX && (rlim_t)fd < limit.rlim_cur; fd++)
            REAL(close)(fd);
    errno = saved_errno;
}

static int epoll_pwait2_by_number(int set, struct epoll_event *events, int most,
                                  const struct timespec *timeout, const sigset_t *mask)
{
    enum { MASK_BYTES = 8 };
    return (int)REAL(syscall)(SYS_epoll_pwait2, set, events, most, timeout, mask,
                              (size_t)MASK_BYTES);
}

static void *instead_of(enum real call)
{
    switch (call) {
    case REAL_close_range:
        return (void *)close_range_by_number;
    case REAL_closefrom:
        return (void *)close_from;
    case REAL_epoll_pwait2:
        real_lacks_epoll_pwait2 = true;
        return (void *)epoll_pwait2_by_number;
    case REAL_execveat:
        return (void *)execveat_by_number;
    case REAL_pidfd_spawn:
    case REAL_pidfd_spawnp:
        return (void *)missing_spawn;
    case REAL_preadv2:
        return (void *)preadv2_by_number;
    case REAL_pwritev2:
        return (void *)pwritev2_by_number;
    default:
        return (void *)missing;
    }
}

/*
 * Not by dlsym(3), which before glibc 2.34 is of a library that a program may do without,
 * allocates, and takes one of the keys that there are for data of threads: it may be malloc itself
 * that calls, when it starts.
 */
void *real_find(enum real call)
{
    const char *name = name_of(call);
    int saved_errno = errno;
    void *libc = NULL, *function = NULL;
    next_functions(name, &function, 1);
    if (!function)
        next_functions("syscall", &libc, 1);
    if (!function && !libc)
        function = next_anywhere(name);
    if (!function)
        function = instead_of(call);
    __atomic_store_n(&real_functions[call], function, __ATOMIC_RELAXED);
    errno = saved_errno;
    return function;
}

/* What libc, once it was found behind, does not have needs no second search: of a start-up that
 * takes 2 us for each name. But if a call that came before this has found one, then perhaps not
 * behind. */
void real_find_all(void)
{
    bool was_found = __atomic_load_n(&real_functions[REAL_syscall], __ATOMIC_RELAXED);
    next_functions(names, real_functions, REAL_CALLS);
    bool libc = !was_found && real_functions[REAL_syscall];
    for (int call = 0; call < REAL_CALLS; call++)
        if (!real_functions[call] && libc)
            __atomic_store_n(&real_functions[call], instead_of((enum real)call), __ATOMIC_RELAXED);
        else
            real_function((enum real)call);
}
