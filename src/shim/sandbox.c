/* sandbox.c - prctl(PR_SET_SECCOMP); syscall.c sees seccomp(2). See sandbox.h. */
#include <errno.h>
#include <stdarg.h>
#include <sys/prctl.h>

#include "gate.h"
#include "real.h"
#include "report.h"
#include "sandbox.h"
#include "wait.h"

bool sandbox_entered;

static void set(bool entered)
{
    __atomic_store_n(&sandbox_entered, entered, __ATOMIC_RELAXED);
    rl_wait_plainly(entered);
}

bool sandbox_enter(void)
{
    if (shim.inert || in_sandbox() || getpid() != fd_owner)
        return false;
    int saved_errno = errno;
    for (int fd = 0; fd < FD_TABLE; fd++) /* RLIMIT_NOFILE, to limit that, may be 0 already */
        gate_find_out(fd);
    report_sandbox();
    set(true);
    errno = saved_errno;
    return true;
}

void sandbox_stay_out(void)
{
    set(false);
}

/* Of five arguments those that there are go on as they came. */
int prctl(int option, ...)
{
    unsigned long a, b, c, d;
    va_list arguments;
    va_start(arguments, option);
    a = va_arg(arguments, unsigned long);
    b = va_arg(arguments, unsigned long);
    c = va_arg(arguments, unsigned long);
    d = va_arg(arguments, unsigned long);
    va_end(arguments);

    bool entered = option == PR_SET_SECCOMP && sandbox_enter();
    int result = REAL(prctl)(option, a, b, c, d);
    if (entered && result != 0)
        sandbox_stay_out();
    return result;
}
