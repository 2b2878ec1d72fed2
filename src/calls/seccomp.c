/* seccomp.c - prctl(PR_SET_SECCOMP) and seccomp(2). See sandbox.h. */
#include <errno.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

#include "gate.h"
#include "lifecycle.h"
#include "readable.h"
#include "real.h"
#include "report.h"
#include "sandbox.h"
#include "seccomp.h"
#include "streams.h"
#include "ticket.h"

/* struct sock_fprog, linux/filter.h */
struct filter {
    unsigned short length;
    void *instructions;
};

static bool is_open(unsigned number)
{
    return REAL(fcntl)((int)number, F_GETFD) >= 0;
}

/*
 * Whether the kernel's table of descriptors, which never shrinks, has room for a number. Neither
 * RLIMIT_NOFILE tells, nor can /proc/self/fd be opened, if that limit is 0 already. But select(2)
 * looks at those numbers only for which there is room, and fails if one of them is not open.
 */
static bool has_room_for(unsigned number)
{
    enum { BITS = 8 * sizeof(unsigned long) };
    if (is_open(number))
        return true;
    size_t size = (number / BITS + 1) * sizeof(unsigned long);
    unsigned long *set =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (set == MAP_FAILED)
        return false;
    set[number / BITS] = 1ul << number % BITS;
    struct timespec at_once = {0};
    long result = REAL(syscall)(SYS_pselect6, (long)number + 1, set, NULL, NULL, &at_once, NULL);
    bool not_open = result < 0 && errno == EBADF;
    munmap(set, size);
    return not_open;
}

static void look_at_all(void)
{
    const unsigned most = 1u << 30; /* that the kernel has room for */
    unsigned end = FD_LOW;
    int saved_errno = errno;
    while (end < most && has_room_for(end))
        end *= 2;
    for (unsigned fd = 0; fd < end; fd++)
        if (is_open(fd))
            gate_find_out((int)fd);
    streams_see();
    report_sandbox();
    gate_open_all();
    errno = saved_errno;
}

/*
 * Before the process installs a filter (a struct sock_fprog), or, with NULL, goes into strict mode.
 * Returns whether that is noted: not of a filter that cannot be read, as of those who only ask
 * whether there is seccomp, nor of a vfork child, which has its parent's memory.
 */
static bool enter(const void *filter)
{
    bool only_asks = filter && !is_readable(filter, sizeof(struct filter));
    if (shim.inert || only_asks || getpid() != fd_owner)
        return false;
    if (!in_sandbox())
        look_at_all();
    __atomic_fetch_add(&sandbox_entries, 1, __ATOMIC_RELAXED);
    return true;
}

/* After enter was true: it could not. */
static void stay_out(void)
{
    __atomic_fetch_sub(&sandbox_entries, 1, __ATOMIC_RELAXED);
}

/* Of five arguments those that there are go on as they came. */
int prctl(int option, ...)
{
    va_list arguments;
    va_start(arguments, option);
    void *a = va_arg(arguments, void *);
    void *b = va_arg(arguments, void *);
    void *c = va_arg(arguments, void *);
    void *d = va_arg(arguments, void *);
    va_end(arguments);

    enum { STRICT = 1, FILTER = 2 }; /* SECCOMP_MODE_*, linux/seccomp.h */
    bool entered = option == PR_SET_SECCOMP &&
                   (((long)a == STRICT && enter(NULL)) || ((long)a == FILTER && b && enter(b)));
    int result = REAL(prctl)(option, a, b, c, d);
    if (entered && result != 0)
        stay_out();
    return result;
}

long seccomp_by_number(void *operation, void *flags, void *filter, void *d, void *e, void *f)
{
    enum { STRICT, FILTER }; /* SECCOMP_SET_MODE_*, linux/seccomp.h */
    const unsigned all_threads = 1, new_listener = 8;
    unsigned mode = (unsigned)(long)operation, how = (unsigned)(long)flags;
    bool entered = (mode == STRICT && enter(NULL)) || (mode == FILTER && filter && enter(filter));
    long result = REAL(syscall)(SYS_seccomp, operation, flags, filter, d, e, f);
    if (result > 0 && (how & new_listener))
        return lifecycle_opened((int)result);
    if (entered && (result < 0 || (result > 0 && (how & all_threads))))
        stay_out();
    return result;
}
