/*
 * syscall.c - syscall: what a program asks of the kernel by number is what it would be by name.
 *
 * Only through libc's syscall(2) function: the instruction itself cannot be intercepted.
 */
#include <stdarg.h>
#include <sys/syscall.h>

#include "real.h"

#define SIZE(n) ((size_t)a[n])
#define LONG(n) ((long)a[n])
#define INT(n)  ((int)LONG(n))
#define UINT(n) ((unsigned)LONG(n))

/* Each number as its function; false if it is none of ours. */
static bool by_name(long number, void *const a[6], long *result)
{
    switch (number) {
#define CASE(name, call)                                                                           \
    case SYS_##name:                                                                               \
        *result = (call);                                                                          \
        return true;
        CASE(connect, connect(INT(0), a[1], UINT(2)))
        CASE(sendto, sendto(INT(0), a[1], SIZE(2), INT(3), a[4], UINT(5)))
        CASE(sendmsg, sendmsg(INT(0), a[1], INT(2)))
        CASE(sendmmsg, sendmmsg(INT(0), a[1], UINT(2), INT(3)))
        CASE(write, write(INT(0), a[1], SIZE(2)))
        CASE(writev, writev(INT(0), a[1], INT(2)))
        CASE(pwritev2, pwritev2(INT(0), a[1], INT(2), LONG(3), INT(5)))
        CASE(sendfile, sendfile(INT(0), INT(1), a[2], SIZE(3)))
        CASE(splice, splice(INT(0), a[1], INT(2), a[3], SIZE(4), UINT(5)))
        CASE(recvfrom, recvfrom(INT(0), a[1], SIZE(2), INT(3), a[4], a[5]))
        CASE(recvmsg, recvmsg(INT(0), a[1], INT(2)))
        CASE(recvmmsg, recvmmsg(INT(0), a[1], UINT(2), INT(3), a[4]))
        CASE(read, read(INT(0), a[1], SIZE(2)))
        CASE(readv, readv(INT(0), a[1], INT(2)))
        CASE(preadv2, preadv2(INT(0), a[1], INT(2), LONG(3), INT(5)))
        CASE(accept4, accept4(INT(0), a[1], a[2], INT(3)))
        CASE(close, close(INT(0)))
        CASE(dup, dup(INT(0)))
        CASE(dup3, dup3(INT(0), INT(1), INT(2)))
        CASE(fcntl, fcntl(INT(0), INT(1), a[2]))
        CASE(socket, socket(INT(0), INT(1), INT(2)))
        CASE(socketpair, socketpair(INT(0), INT(1), INT(2), a[3]))
#ifdef SYS_accept /* the older calls, that newer architectures do without */
        CASE(accept, accept(INT(0), a[1], a[2]))
#endif
#ifdef SYS_dup2
        CASE(dup2, dup2(INT(0), INT(1)))
#endif
#ifdef SYS_close_range
        CASE(close_range, close_range(UINT(0), UINT(1), INT(2)))
#endif
#ifdef SYS_pidfd_getfd
        CASE(pidfd_getfd, pidfd_getfd(INT(0), INT(1), UINT(2)))
#endif
#undef CASE
    default:
        return false;
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
    return REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
