/* next.c - see next.h. */
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "next.h"
#include "symbols.h"

struct search {
    const char *name;
    bool behind; /* this library, which has been passed */
    void *found;
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

/* glibc has put addresses in the place of offsets, musl has not, nor anybody in the vDSO. */
static const void *at(const struct dl_phdr_info *info, ElfW(Addr) address)
{
    return (const void *)(address < info->dlpi_addr ? info->dlpi_addr + address : address);
}

static struct rl_symbols symbols_of(const struct dl_phdr_info *info)
{
    struct rl_symbols symbols = {0};
    const ElfW(Dyn) *entry = NULL;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
            entry = (const void *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
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
    const ElfW(Sym) *symbol = rl_symbols_find(&symbols, search->name);
    if (!symbol)
        return 0;
    if (ELF64_ST_TYPE(symbol->st_info) == STT_FUNC)
        search->found = (void *)(info->dlpi_addr + symbol->st_value);
    return 1;
}

void *next_function(const char *name)
{
    struct search search = {.name = name};
    dl_iterate_phdr(look_into, &search);
    return search.found;
}
