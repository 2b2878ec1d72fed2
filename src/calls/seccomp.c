/* seccomp.c - prctl(PR_SET_SECCOMP) and seccomp(2). See sandbox.h. */
#include <errno.h>
#include <stdarg.h>
#include <sys/syscall.h>

#include "gate.h"
#include "lifecycle.h"
#include "readable.h"
#include "real.h"
#include "report.h"
#include "sandbox.h"
#include "seccomp.h"

/* struct sock_fprog, linux/filter.h */
struct filter {
    unsigned short length;
    void *instructions;
};

static void look_at_all(void)
{
    int saved_errno = errno;
    for (int fd = 0; fd < FD_LOW; fd++) /* RLIMIT_NOFILE, to limit that, may be 0 already */
        gate_find_out(fd);
    report_sandbox();
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
