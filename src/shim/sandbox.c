/* sandbox.c - prctl(PR_SET_SECCOMP); syscall.c sees seccomp(2). See sandbox.h. */
#include <errno.h>
#include <stdarg.h>

#include "gate.h"
#include "readable.h"
#include "real.h"
#include "report.h"
#include "sandbox.h"

unsigned sandbox_entries;

/* struct sock_fprog, linux/filter.h */
struct filter {
    unsigned short length;
    void *instructions;
};

static void look_at_all(void)
{
    int saved_errno = errno;
    for (int fd = 0; fd < FD_TABLE; fd++) /* RLIMIT_NOFILE, to limit that, may be 0 already */
        gate_find_out(fd);
    report_sandbox();
    errno = saved_errno;
}

bool sandbox_enter(const void *filter)
{
    bool only_asks = filter && !is_readable(filter, sizeof(struct filter));
    if (shim.inert || only_asks || getpid() != fd_owner)
        return false;
    if (!in_sandbox())
        look_at_all();
    __atomic_fetch_add(&sandbox_entries, 1, __ATOMIC_RELAXED);
    return true;
}

void sandbox_stay_out(void)
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
    bool entered = option == PR_SET_SECCOMP && (((long)a == STRICT && sandbox_enter(NULL)) ||
                                                ((long)a == FILTER && b && sandbox_enter(b)));
    int result = REAL(prctl)(option, a, b, c, d);
    if (entered && result != 0)
        sandbox_stay_out();
    return result;
}
