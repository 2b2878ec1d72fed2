/*
 * raw.h - a system call by the instruction, where we know it.
 *
 * What libc has for it, syscall(2) included, are functions that others put theirs in front of:
 * libfaketime, whose clock says what it was told and whose sleep lasts accordingly, and the shim
 * itself, at the price of its stack. Here nobody stands between.
 */
#ifndef RAW_H
#define RAW_H

#include <errno.h>
#include <unistd.h>

/*
 * raw_call - returns what the kernel does: a negative errno value for an error. errno is left
 * alone, and it is no point at which a thread can be cancelled.
 */
__attribute__((always_inline)) static inline long raw_call(long number, long a, long b, long c,
                                                           long d, long e)
{
#if defined __x86_64__ /* syscall(2) has which registers */
    register long fourth __asm__("r10") = d;
    register long fifth __asm__("r8") = e;
    __asm__ volatile("syscall"
                     : "+a"(number)
                     : "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth)
                     : "rcx", "r11", "memory");
    return number;
#elif defined __aarch64__
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
    return x0;
#else
    int saved_errno = errno;
    long result = syscall(number, a, b, c, d, e);
    if (result < 0)
        result = -errno;
    errno = saved_errno;
    return result;
#endif
}

#endif
