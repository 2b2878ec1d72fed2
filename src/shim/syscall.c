/*
 * syscall.c - syscall: what a program asks of the kernel by number is what it would be by name.
 *
 * Only through libc's syscall(2) function: the instruction itself cannot be intercepted.
 */
#include <stdarg.h>
#include <sys/syscall.h>

#include "gate.h"
#include "lifecycle.h"
#include "real.h"

#define SIZE(n) ((size_t)a[n])
#define LONG(n) ((long)a[n])
#define INT(n)  ((int)LONG(n))
#define UINT(n) ((unsigned)LONG(n))

/* What is limited is as by name. What is not, is left to the kernel: by name, it might be a point
 * at which a thread can be cancelled, and by number it never is. */
static bool by_name(long number, void *const a[6], long *result)
{
    switch (number) {
#define CASE(name, family, call)                                                                   \
    case SYS_##name:                                                                               \
        if (gate_passes(family, INT(0)))                                                           \
            return false;                                                                          \
        *result = (call);                                                                          \
        return true;
        CASE(connect, CALL_CONNECT, connect(INT(0), a[1], UINT(2)))
        CASE(sendto, CALL_SEND, sendto(INT(0), a[1], SIZE(2), INT(3), a[4], UINT(5)))
        CASE(sendmsg, CALL_SEND, sendmsg(INT(0), a[1], INT(2)))
        CASE(sendmmsg, CALL_SEND, sendmmsg(INT(0), a[1], UINT(2), (mmsg_flags)LONG(3)))
        CASE(write, CALL_WRITE, write(INT(0), a[1], SIZE(2)))
        CASE(writev, CALL_WRITE, writev(INT(0), a[1], INT(2)))
        CASE(pwritev2, CALL_WRITE, pwritev2(INT(0), a[1], INT(2), LONG(3), INT(5)))
        CASE(sendfile, CALL_SEND, sendfile(INT(0), INT(1), a[2], SIZE(3)))
        CASE(recvfrom, CALL_RECV, recvfrom(INT(0), a[1], SIZE(2), INT(3), a[4], a[5]))
        CASE(recvmsg, CALL_RECV, recvmsg(INT(0), a[1], INT(2)))
        CASE(recvmmsg, CALL_RECV, recvmmsg(INT(0), a[1], UINT(2), (mmsg_flags)LONG(3), a[4]))
        CASE(read, CALL_READ, read(INT(0), a[1], SIZE(2)))
        CASE(readv, CALL_READ, readv(INT(0), a[1], INT(2)))
        CASE(preadv2, CALL_READ, preadv2(INT(0), a[1], INT(2), LONG(3), INT(5)))
        CASE(accept4, CALL_ACCEPT, accept4(INT(0), a[1], a[2], INT(3)))
#ifdef SYS_accept /* newer architectures do without */
        CASE(accept, CALL_ACCEPT, accept(INT(0), a[1], a[2]))
#endif
#undef CASE
    case SYS_splice:
        if (gate_passes(CALL_SEND, INT(2)) && gate_passes(CALL_RECV, INT(0)))
            return false;
        *result = splice(INT(0), a[1], INT(2), a[3], SIZE(4), UINT(5));
        return true;
    default:
        return false;
    }
}

/* The numbers that a call makes mean something else: those it closes, and those it opens. */
static void forget_closed(long number, void *const a[6])
{
    if (number == SYS_close)
        fd_forget(INT(0));
#ifdef SYS_close_range
    if (number == SYS_close_range)
        fd_forget_range(UINT(0), UINT(1));
#endif
}

static void forget_opened(long number, void *const a[6], long result)
{
    switch (number) {
    case SYS_recvmsg:
        lifecycle_received(a[1]);
        break;
    case SYS_recvmmsg:
        for (long i = 0; i < result; i++)
            lifecycle_received(&((struct mmsghdr *)a[1])[i].msg_hdr);
        break;
    case SYS_socketpair:
        fd_forget(((const int *)a[3])[0]);
        fd_forget(((const int *)a[3])[1]);
        break;
    case SYS_dup:
    case SYS_dup3:
    case SYS_fcntl:
    case SYS_socket:
    case SYS_accept4:
#ifdef SYS_accept
    case SYS_accept:
#endif
#ifdef SYS_dup2
    case SYS_dup2:
#endif
#ifdef SYS_pidfd_getfd
    case SYS_pidfd_getfd:
#endif
        fd_forget((int)result);
        break;
    default:
        break;
    }
}

long syscall(long number, ...)
{
    void *a[6];
    long result;
    va_list arguments;
    va_start(arguments, number);
    for (int i = 0; i < 6; i++) /* the kernel takes what it needs */
        a[i] = va_arg(arguments, void *);
    va_end(arguments);

    if (by_name(number, a, &result))
        return result;
    if (!shim.inert)
        forget_closed(number, a);
    result = REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    if (!shim.inert && result >= 0)
        forget_opened(number, a, result);
    return result;
}
