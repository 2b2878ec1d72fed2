/* zeroes.c - see zeroes.h. */
#include <errno.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "real.h"
#include "sandbox.h"
#include "zeroes.h"

void *zeroes_map(size_t bytes)
{
    if (in_sandbox())
        return NULL;
    int saved_errno = errno;
    long mapped = REAL(syscall)(SYS_mmap, NULL, bytes, (long)(PROT_READ | PROT_WRITE),
                                (long)(MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE), -1L, 0L);
    errno = saved_errno;
    return mapped == -1 ? NULL : (void *)mapped; // NOLINT(performance-no-int-to-ptr)
}

void zeroes_unmap(void *memory, size_t bytes)
{
    REAL(syscall)(SYS_munmap, memory, bytes);
}

void *zeroes_publish(void **place, size_t bytes)
{
    void *none = NULL, *mapped = zeroes_map(bytes);
    if (!mapped)
        return NULL;
    if (__atomic_compare_exchange_n(place, &none, mapped, false, __ATOMIC_SEQ_CST,
                                    __ATOMIC_ACQUIRE))
        return mapped;
    zeroes_unmap(mapped, bytes);
    return none;
}
