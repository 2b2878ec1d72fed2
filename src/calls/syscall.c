/*
 * syscall.c - syscall: what a program asks of the kernel by number is what it would be by name.
 *
 * Only through libc's syscall(2) function: the instruction itself cannot be intercepted.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>

#include "gate.h"
#include "lifecycle.h"
#include "messages.h"
#include "readable.h"
#include "readiness.h"
#include "real.h"
#include "report.h"
#include "seccomp.h"
#include "ticket.h"
#include "threads.h"

/* Newer than some C libraries, and the same numbers on all architectures. */
#ifndef SYS_io_uring_setup
#define SYS_io_uring_setup 425
#endif
#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

/* The kernel takes as many of them as it needs. As a function with six arguments it has them where
 * syscall, which has any number, is given them (System V and ARM procedure call standards), and
 * passes them on without a copy on the stack. */
EXPORT long by_number(long number, void *a, void *b, void *c, void *d, void *e,
                      void *f) __asm__("syscall");

#define SIZE(x) ((size_t)(x))
#define LONG(x) ((long)(x))
#define INT(x)  ((int)LONG(x))
#define UINT(x) ((unsigned)LONG(x))

/* The calls that make a number mean something else. */
__attribute__((noinline)) static long change(long number, void *a, void *b, void *c, void *d,
                                             void *e, void *f)
{
    if (number == SYS_close)
        lifecycle_closing(INT(a));
    if (number == SYS_close_range && !(UINT(c) & CLOSE_RANGE_CLOEXEC))
        lifecycle_closing_range(UINT(a), UINT(b));
#ifdef SYS_dup2
    if (number == SYS_dup2)
        lifecycle_replacing(INT(b), INT(a));
#endif
    if (number == SYS_dup3)
        lifecycle_replacing(INT(b), INT(a));
    long result = REAL(syscall)(number, a, b, c, d, e, f);
    if (result < 0)
        return result;
    switch (number) {
    case SYS_recvmsg:
        lifecycle_received(b);
        break;
    case SYS_recvmmsg:
        for (long i = 0; i < result; i++)
            lifecycle_received(&((struct mmsghdr *)b)[i].msg_hdr);
        break;
    case SYS_socketpair:
        lifecycle_opened(((const int *)d)[0]);
        lifecycle_opened(((const int *)d)[1]);
        break;
    case SYS_close:
    case SYS_close_range:
        break;
    case SYS_fcntl:
        if (INT(b) == F_DUPFD || INT(b) == F_DUPFD_CLOEXEC)
            lifecycle_duplicated(INT(a), (int)result);
        break;
#ifdef SYS_dup2
    case SYS_dup2:
        if (INT(a) == INT(b))
            break;
        lifecycle_duplicated(INT(a), (int)result);
        break;
#endif
    case SYS_dup:
    case SYS_dup3:
        lifecycle_duplicated(INT(a), (int)result);
        break;
    default:
        lifecycle_opened((int)result);
        break;
    }
    return result;
}

/* A child in a namespace of its own has another number there. */
static bool has_other_number(long number, const void *flags)
{
    uint64_t all = number == SYS_clone    ? (uintptr_t)flags
                   : number == SYS_clone3 ? *(const uint64_t *)flags
                                          : 0;
    return all & CLONE_NEWPID;
}

/* A child with memory of its own, which pthread_atfork(3) does not tell of. */
__attribute__((noinline)) static long fork_by_number(long number, void *a, void *b, void *c,
                                                     void *d, void *e, void *f)
{
    if (loop_any_closed() && getpid() == fd_owner)
        gate_before_fork();
    long pid = REAL(syscall)(number, a, b, c, d, e, f);
    return pid > 0 && has_other_number(number, a) ? pid : lifecycle_forked(pid);
}

/* What a program does through a ring no function sees. Without one, as on kernels that have none,
 * it does the same by calls. */
__attribute__((noinline)) static long set_up_ring(long number, void *a, void *b, void *c, void *d,
                                                  void *e, void *f)
{
    static bool said;
    if (shim_limits_of(CALL_SEND) == NOT_READ_YET)
        shim_start();
    if (shim.inert || shim.config.escape == ESCAPE_ALLOW)
        return REAL(syscall)(number, a, b, c, d, e, f);
    messages_warn(&said, "io_uring is not limited: io_uring_setup is refused (ENOSYS), and "
                         "programs do without; RL_ESCAPE=allow lets it through");
    errno = ENOSYS;
    return -1;
}

static bool shares_memory(const uint64_t *flags)
{
    return !is_readable(flags, sizeof *flags) || (*flags & CLONE_VM);
}

/*
 * By name a call may be a cancellation point (pthreads(7)), by number it never is; but whoever is
 * to be cancelled anywhere still is. A handler that jumps out of it leaves that so, in a program
 * with threads.
 */
__attribute__((noinline)) static int disable_points(void)
{
    int type, state = -1;
    if (!rl_has_threads())
        return state;
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &type);
    if (type == PTHREAD_CANCEL_DEFERRED)
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    else
        pthread_setcanceltype(type, NULL);
    return state;
}

static void restore_points(int state)
{
    if (state >= 0)
        pthread_setcancelstate(state, NULL);
}

#define NO_POINT(call)                                                                             \
    ({                                                                                             \
        int state = disable_points();                                                              \
        long result = (call);                                                                      \
        restore_points(state);                                                                     \
        result;                                                                                    \
    })

/* What is limited is as by name; what is not, is left to the kernel. */
long by_number(long number, void *a, void *b, void *c, void *d, void *e, void *f)
{
    switch (number) {
#define SEND(name, flags, call)                                                                    \
    case SYS_##name:                                                                               \
        if (!gate_passes_send(INT(a), INT(flags)))                                                 \
            return NO_POINT(call);                                                                 \
        break;
        SEND(sendto, d, sendto(INT(a), b, SIZE(c), INT(d), e, UINT(f)))
        SEND(sendmsg, c, sendmsg(INT(a), b, INT(c)))
        SEND(sendmmsg, d, sendmmsg(INT(a), b, UINT(c), (mmsg_flags)LONG(d)))
#undef SEND
#define CASE(name, family, call)                                                                   \
    case SYS_##name:                                                                               \
        if (!gate_passes(family, INT(a)))                                                          \
            return NO_POINT(call);                                                                 \
        break;
        CASE(connect, CALL_CONNECT, connect(INT(a), b, UINT(c)))
        CASE(sendfile, CALL_SEND, sendfile(INT(a), INT(b), c, SIZE(d)))
        CASE(write, CALL_WRITE, write(INT(a), b, SIZE(c)))
        CASE(writev, CALL_WRITE, writev(INT(a), b, INT(c)))
        CASE(pwritev2, CALL_WRITE, pwritev2(INT(a), b, INT(c), LONG(d), INT(f)))
        CASE(recvfrom, CALL_RECV, recvfrom(INT(a), b, SIZE(c), INT(d), e, f))
        CASE(read, CALL_READ, read(INT(a), b, SIZE(c)))
        CASE(readv, CALL_READ, readv(INT(a), b, INT(c)))
        CASE(preadv2, CALL_READ, preadv2(INT(a), b, INT(c), LONG(d), INT(f)))
#undef CASE
    case SYS_splice:
        if (!gate_passes(CALL_SEND, INT(c)) || !gate_passes(CALL_RECV, INT(a)))
            return NO_POINT(splice(INT(a), b, INT(c), d, SIZE(e), UINT(f)));
        break;
#define CASE(name, family, call)                                                                   \
    case SYS_##name:                                                                               \
        if (!gate_passes(family, INT(a)))                                                          \
            return NO_POINT(call);                                                                 \
        return change(number, a, b, c, d, e, f);
        CASE(recvmsg, CALL_RECV, recvmsg(INT(a), b, INT(c)))
        CASE(recvmmsg, CALL_RECV, recvmmsg(INT(a), b, UINT(c), (mmsg_flags)LONG(d), e))
        CASE(accept4, CALL_ACCEPT, accept4(INT(a), b, c, INT(d)))
#ifdef SYS_accept /* newer architectures do without */
        CASE(accept, CALL_ACCEPT, accept(INT(a), b, c))
#endif
#undef CASE
#ifdef SYS_poll /* newer architectures do without these */
    case SYS_poll:
        return NO_POINT(poll(a, UINT(b), INT(c)));
    case SYS_select:
        return NO_POINT(select(INT(a), b, c, d, e));
    case SYS_epoll_create:
        return epoll_create(INT(a));
    case SYS_epoll_wait:
        return NO_POINT(epoll_wait(INT(a), b, INT(c), INT(d)));
#endif
    case SYS_ppoll:
        return NO_POINT(ppoll_by_number(a, UINT(b), c, d, SIZE(e)));
    case SYS_pselect6:
        return NO_POINT(pselect6_by_number(INT(a), b, c, d, e, f));
    case SYS_epoll_create1:
        return epoll_create1(INT(a));
    case SYS_epoll_ctl:
        return epoll_ctl(INT(a), INT(b), INT(c), d);
    case SYS_epoll_pwait:
        if (e && SIZE(f) != sizeof(uint64_t))
            break;
        return NO_POINT(epoll_pwait(INT(a), b, INT(c), INT(d), e));
    case SYS_epoll_pwait2:
        if (e && SIZE(f) != sizeof(uint64_t))
            break;
        return NO_POINT(epoll_pwait2(INT(a), b, INT(c), d, e));
    case SYS_ioctl:
        return ioctl(INT(a), (ioctl_request)LONG(b), c);
    case SYS_exit_group:
        report_end();
        break;
    case SYS_execve:
        return execve(a, b, c);
    case SYS_execveat:
        return execveat(INT(a), b, c, d, INT(e));
    case SYS_getpeername:
        return getpeername(INT(a), b, c);
    case SYS_getsockname:
        return getsockname(INT(a), b, c);
    case SYS_shutdown:
        return shutdown(INT(a), INT(b));
    case SYS_getsockopt:
        return getsockopt(INT(a), INT(b), INT(c), d, e);
    case SYS_prctl:
        if (INT(a) != PR_SET_SECCOMP)
            break;
        return prctl(INT(a), b, c, d, e);
    case SYS_seccomp:
        return seccomp_by_number(a, b, c, d, e, f);
    case SYS_io_uring_setup:
        return set_up_ring(number, a, b, c, d, e, f);
    case SYS_clone:
        if (LONG(a) & CLONE_VM)
            break;
        return fork_by_number(number, a, b, c, d, e, f);
    case SYS_clone3:
        if (shares_memory(a))
            break;
        return fork_by_number(number, a, b, c, d, e, f);
#ifdef SYS_fork
    case SYS_fork:
        return fork_by_number(number, a, b, c, d, e, f);
#endif
    case SYS_close:
    case SYS_dup:
    case SYS_dup3:
    case SYS_fcntl:
    case SYS_socket:
    case SYS_socketpair:
#ifdef SYS_dup2
    case SYS_dup2:
#endif
    case SYS_close_range:
    case SYS_pidfd_getfd:
        return change(number, a, b, c, d, e, f);
    default:
        break;
    }
    return REAL(syscall)(number, a, b, c, d, e, f);
}
