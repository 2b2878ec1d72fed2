/* real.c - looking up the real functions: the one place that calls dlsym. */
#include <dlfcn.h>
#include <errno.h>
#include <sys/syscall.h>

#include "next.h"
#include "real.h"

void *real_functions[REAL_CALLS];

static const char *const names[REAL_CALLS] = {
#define CALL(name) [REAL_##name] = #name,
#define ALIAS(alias, name)
#include "calls.def"
#undef CALL
#undef ALIAS
};

/* In the place of a function that this C library does not have. */
static long missing(void)
{
    errno = ENOSYS;
    return -1;
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

static void *instead_of(enum real call)
{
    switch (call) {
    case REAL_preadv2:
        return (void *)preadv2_by_number;
    case REAL_pwritev2:
        return (void *)pwritev2_by_number;
    default:
        return (void *)missing;
    }
}

static void *look_up(enum real call)
{
    int saved_errno = errno;
    void *function = dlsym(RTLD_NEXT, names[call]);
    if (!function)
        function = instead_of(call);
    __atomic_store_n(&real_functions[call], function, __ATOMIC_RELAXED);
    errno = saved_errno;
    return function;
}

/* It may be malloc itself that calls, when it starts; and before glibc 2.34 dlsym calls malloc. */
void *real_find(enum real call)
{
    void *function = next_function(names[call]);
    if (!function)
        return look_up(call);
    __atomic_store_n(&real_functions[call], function, __ATOMIC_RELAXED);
    return function;
}

void real_find_all(void)
{
    for (int call = 0; call < REAL_CALLS; call++)
        if (!__atomic_load_n(&real_functions[call], __ATOMIC_RELAXED))
            look_up((enum real)call);
}
