/*
 * threads.c - see threads.h.
 *
 * What glibc has for it is looked for: who refers to it, even weakly, needs a glibc that has it, or
 * ld.so(8) complains at each start. The first one in the order of loading counts: a program may
 * have a copy, to which libc then writes.
 */
#include <link.h>
#include <stddef.h>
#include <sys/auxv.h>

#include "symbols.h"
#include "threads.h"

const char *rl_single_threaded;

#ifdef __GLIBC__
static int look_into(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size;
    (void)unused;
    struct rl_symbols symbols = rl_symbols_of(info);
    const ElfW(Sym) *symbol = rl_symbols_find(&symbols, "__libc_single_threaded");
    if (!symbol || ELF64_ST_TYPE(symbol->st_info) != STT_OBJECT)
        return 0;
    // NOLINTNEXTLINE(performance-no-int-to-ptr)
    const char *found = (const char *)(info->dlpi_addr + symbol->st_value);
    __atomic_store_n(&rl_single_threaded, found, __ATOMIC_RELAXED);
    return 1;
}

/* At the start, since it takes a lock. Whoever is earlier looks as well, and finds the same. */
__attribute__((constructor)) static void look(void)
{
    dl_iterate_phdr(look_into, NULL);
}

bool rl_had_threads(void)
{
    static bool looked;
    if (!__atomic_load_n(&looked, __ATOMIC_RELAXED)) {
        look();
        __atomic_store_n(&looked, true, __ATOMIC_RELAXED);
        return rl_has_threads();
    }
#if defined __x86_64__ && defined __LP64__
    /* Before 2.32 it says so only where its own calls look: in each thread's control block
     * (tcbhead_t). A static program, which has no symbols either, may have a newer one. */
    int multiple_threads;
    __asm__ volatile("movl %%fs:0x18, %0" : "=r"(multiple_threads));
    return multiple_threads != 0 || !getauxval(AT_BASE);
#else
    return true;
#endif
}
#else
bool rl_had_threads(void)
{
    return true;
}
#endif
