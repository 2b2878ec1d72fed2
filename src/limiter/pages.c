/* pages.c - see pages.h. */
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "raw.h"
#include "pages.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* the same number on all architectures */
#endif

int pages_ask(const void *memory, size_t length)
{
    uintptr_t begin = (uintptr_t)memory & -getauxval(AT_PAGESZ);
    size_t whole = (uintptr_t)memory + length - begin; /* the kernel rounds it up */
    long result = raw_call(SYS_madvise, (long)begin, (long)whole, MADV_POPULATE_WRITE, 0, 0);
    return result == 0 ? 0 : result == -EINVAL ? EOPNOTSUPP : ENOSPC;
}
