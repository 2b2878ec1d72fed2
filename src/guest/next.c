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
    bool behind; /* this library, which has been passed */
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

static void *pointer(ElfW(Addr) address)
{
    return (void *)address; // NOLINT(performance-no-int-to-ptr)
}

/* glibc has put addresses in the place of offsets, musl has not, nor anybody in the vDSO. */
static const void *at(const struct dl_phdr_info *info, ElfW(Addr) address)
{
    return pointer(address < info->dlpi_addr ? info->dlpi_addr + address : address);
}

static struct rl_symbols symbols_of(const struct dl_phdr_info *info)
{
    struct rl_symbols symbols = {0};
    const ElfW(Dyn) *entry = NULL;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
            entry = pointer(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
    for (; entry && entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag == DT_SYMTAB)
            symbols.symbols = at(info, entry->d_un.d_ptr);
        else if (entry->d_tag == DT_STRTAB)
            symbols.names = at(info, entry->d_un.d_ptr);
        else if (entry->d_tag == DT_HASH)
            symbols.hash = at(info, entry->d_un.d_ptr);
        else if (entry->d_tag == DT_GNU_HASH)
            symbols.gnu_hash = at(info, entry->d_un.d_ptr);
        else if (entry->d_tag == DT_VERSYM)
            symbols.versions = at(info, entry->d_un.d_ptr);
    }
    return symbols;
}

/* In the order in which they were loaded, which is that of RTLD_NEXT. */
static int look_into(struct dl_phdr_info *info, size_t size, void *argument)
{
    struct search *search = argument;
    (void)size;
    if (!search->behind) {
        search->behind = is_this_library(info);
        return 0;
    }
    struct rl_symbols symbols = symbols_of(info);
    for (int i = 0; i < search->count; i++) {
        if (__atomic_load_n(&search->functions[i], __ATOMIC_RELAXED))
            continue;
        const ElfW(Sym) *symbol = rl_symbols_find(&symbols, search->names[i]);
        if (symbol && ELF64_ST_TYPE(symbol->st_info) == STT_FUNC)
            __atomic_store_n(&search->functions[i], pointer(info->dlpi_addr + symbol->st_value),
                             __ATOMIC_RELAXED);
    }
    return 0;
}

void next_functions(const char *const *names, void **functions, int count)
{
    struct search search = {.names = names, .functions = functions, .count = count};
    dl_iterate_phdr(look_into, &search);
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
