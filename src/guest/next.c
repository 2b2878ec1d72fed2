/* next.c - see next.h. */
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "next.h"
#include "symbols.h"

struct search {
    const char *const *names;
    void **functions;
    int count;
    bool anywhere; /* but in the program, or in this library */
    bool begun;    /* what comes first has been passed: the program, or this library */
};

static bool is_this_library(const struct dl_phdr_info *info)
{
    static const char here;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        uintptr_t begin = info->dlpi_addr + segment->p_vaddr;
        if (segment->p_type == PT_LOAD && (uintptr_t)&here - begin < segment->p_memsz)
            return true;
    }
    return false;
}

/* In the order in which they were loaded, which is that of RTLD_NEXT. */
static int look_into(struct dl_phdr_info *info, size_t size, void *argument)
{
    struct search *search = argument;
    (void)size;
    bool ours = is_this_library(info);
    if (!search->begun || ours) {
        search->begun |= search->anywhere || ours;
        return 0;
    }
    struct rl_symbols symbols = rl_symbols_of(info);
    for (int i = 0; i < search->count; i++) {
        if (__atomic_load_n(&search->functions[i], __ATOMIC_RELAXED))
            continue;
        const ElfW(Sym) *symbol = rl_symbols_find(&symbols, search->names[i]);
        if (symbol && ELF64_ST_TYPE(symbol->st_info) == STT_FUNC)
            // NOLINTNEXTLINE(performance-no-int-to-ptr)
            __atomic_store_n(&search->functions[i], (void *)(info->dlpi_addr + symbol->st_value),
                             __ATOMIC_RELAXED);
    }
    return 0;
}

void next_functions(const char *const *names, void **functions, int count)
{
    struct search search = {.names = names, .functions = functions, .count = count};
    dl_iterate_phdr(look_into, &search);
}

void *next_anywhere(const char *name)
{
    void *function = NULL;
    struct search search = {&name, &function, .count = 1, .anywhere = true};
    dl_iterate_phdr(look_into, &search);
    return function;
}

static int look_at(struct dl_phdr_info *info, size_t size, void *name)
{
    (void)size;
    if (!is_this_library(info))
        return 0;
    *(const char **)name = info->dlpi_name;
    return 1;
}

const char *next_own_name(void)
{
    const char *name = "";
    dl_iterate_phdr(look_at, &name);
    return name;
}
