/* readable.c - see readable.h. */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>

#include "readable.h"
#include "real.h"
#include "sandbox.h"

enum { PAGE = 4096, KNOWN_PAGES = 64 }; /* where pages are larger, they are asked for in parts */

/* By number; 0, which is never readable, where none is known. Atomic: threads may race for a place.
 */
static uintptr_t known_pages[KNOWN_PAGES];

/*
 * rt_sigprocmask(2) reads the set before it looks at what to do with it, which is nothing sensible
 * here: EFAULT if it could not, EINVAL if it could, and neither has an effect. The address is that
 * of 8 bytes of one page, and of the object itself, for valgrind(1) to have nothing to say.
 */
static bool ask_kernel(uintptr_t address)
{
    const int nothing_sensible = -1;
    int saved_errno = errno;
    long result = REAL(syscall)(SYS_rt_sigprocmask, nothing_sensible, address, NULL, _NSIG / 8);
    bool readable = result == 0 || errno != EFAULT;
    errno = saved_errno;
    return readable;
}

bool is_readable(const void *bytes, size_t length)
{
    uintptr_t first = (uintptr_t)bytes, last;
    if (length == 0)
        return true;
    if (first < PAGE || __builtin_add_overflow(first, length - 1, &last))
        return false;
    for (uintptr_t page = first / PAGE; page <= last / PAGE; page++) {
        uintptr_t *known = &known_pages[page % KNOWN_PAGES];
        uintptr_t address = page * PAGE > first ? page * PAGE : first & ~(uintptr_t)7;
        if (__atomic_load_n(known, __ATOMIC_RELAXED) == page)
            continue;
        if (!in_sandbox() && !ask_kernel(address))
            return false;
        __atomic_store_n(known, page, __ATOMIC_RELAXED);
    }
    return true;
}

bool is_readable_string(const char *string)
{
    for (;;) {
        size_t rest = PAGE - (uintptr_t)string % PAGE;
        if (!is_readable(string, 1))
            return false;
        if (strnlen(string, rest) < rest)
            return true;
        string += rest;
    }
}
