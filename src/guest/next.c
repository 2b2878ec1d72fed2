/* next.c - see next.h. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>

#include "next.h"
#include "symbols.h"

struct search {
    const char *names;
    void **functions;
    int count;
    bool anywhere; /* but in the program, or in this library */
    bool begun;    /* what comes first has been passed: the program, or this library */
};

bool next_covers(const struct dl_phdr_info *info, const void *address)
{
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        uintptr_t begin = info->dlpi_addr + segment->p_vaddr;
        if (segment->p_type == PT_LOAD && (uintptr_t)address - begin < segment->p_memsz)
            return true;
    }
    return false;
}

bool next_is_own(const struct dl_phdr_info *info)
{
    static const char here;
    return next_covers(info, &here);
}

static void *pointer(ElfW(Addr) address)
{
    return (void *)address; // NOLINT(performance-no-int-to-ptr)
}

/* In the order in which they were loaded, which is that of RTLD_NEXT. */
static int look_into(struct dl_phdr_info *info, size_t size, void *argument)
{
    struct search *search = argument;
    (void)size;
    bool ours = next_is_own(info);
    if (!search->begun || ours) {
        search->begun |= search->anywhere || ours;
        return 0;
    }
    struct rl_symbols symbols = rl_symbols_of(info);
    const char *name = search->names;
    for (int i = 0; i < search->count; i++, name += strlen(name) + 1) {
        if (__atomic_load_n(&search->functions[i], __ATOMIC_RELAXED))
            continue;
        const ElfW(Sym) *symbol = rl_symbols_find(&symbols, name);
        if (symbol && ELF64_ST_TYPE(symbol->st_info) == STT_FUNC)
            __atomic_store_n(&search->functions[i], pointer(info->dlpi_addr + symbol->st_value),
                             __ATOMIC_RELAXED);
    }
    return 0;
}

void next_functions(const char *names, void **functions, int count)
{
    struct search search = {.names = names, .functions = functions, .count = count};
    dl_iterate_phdr(look_into, &search);
}

void *next_anywhere(const char *name)
{
    void *function = NULL;
    struct search search = {name, &function, .count = 1, .anywhere = true};
    dl_iterate_phdr(look_into, &search);
    return function;
}

static int look_together(struct dl_phdr_info *info, size_t size, void *argument)
{
    const struct search *search = argument;
    struct rl_symbols symbols = rl_symbols_of(info);
    const char *name = search->names;
    (void)size;
    for (int i = 0; i < search->count; i++, name += strlen(name) + 1) {
        const ElfW(Sym) *symbol = rl_symbols_find(&symbols, name);
        if (!symbol || ELF64_ST_TYPE(symbol->st_info) != STT_FUNC)
            return 0;
        search->functions[i] = pointer(info->dlpi_addr + symbol->st_value);
    }
    return 1;
}

bool next_together(const char *names, void **functions, int count)
{
    struct search search = {.names = names, .functions = functions, .count = count};
    return dl_iterate_phdr(look_together, &search) != 0;
}

static int note_unloaded(struct dl_phdr_info *info, size_t size, void *unloaded)
{
    (void)size;
    *(unsigned long long *)unloaded = info->dlpi_subs;
    return 1;
}

unsigned long long next_unloaded(void)
{
    unsigned long long unloaded = 0;
    dl_iterate_phdr(note_unloaded, &unloaded);
    return unloaded;
}

static int look_at(struct dl_phdr_info *info, size_t size, void *name)
{
    (void)size;
    if (!next_is_own(info))
        return 0;
    *(const char **)name = info->dlpi_name;
    return 1;
}

/* Where a debugger finds the list of what is loaded, in the order in which it was. */
static const struct link_map *loaded(void)
{
    const ElfW(Phdr) *segments = pointer(getauxval(AT_PHDR));
    uintptr_t start = 0; /* of the program, beyond what it was linked for */
    const ElfW(Dyn) *entry = NULL;
    for (unsigned long i = 0; i < getauxval(AT_PHNUM); i++)
        if (segments[i].p_type == PT_PHDR)
            start = (uintptr_t)segments - segments[i].p_vaddr;
        else if (segments[i].p_type == PT_DYNAMIC)
            entry = pointer(start + segments[i].p_vaddr);
    for (; entry && entry->d_tag != DT_NULL; entry++)
        if (entry->d_tag == DT_DEBUG && entry->d_un.d_ptr)
            return ((const struct r_debug *)pointer(entry->d_un.d_ptr))->r_map;
    return NULL;
}

void *next_quietly(const char *name)
{
    void *before = NULL, *behind = NULL, **found = &before;
    for (const struct link_map *one = loaded(); one && !behind; one = one->l_next) {
        ElfW(Phdr) dynamic = {.p_type = PT_DYNAMIC, .p_vaddr = (uintptr_t)one->l_ld - one->l_addr};
        struct dl_phdr_info info = {one->l_addr, .dlpi_phdr = &dynamic, .dlpi_phnum = 1};
        struct rl_symbols symbols = rl_symbols_of(&info);
        const ElfW(Sym) *symbol = rl_symbols_find(&symbols, name);
        if (one->l_ld == _DYNAMIC)
            found = &behind;
        else if (symbol && !*found)
            *found = pointer(one->l_addr + symbol->st_value);
    }
    return behind ? behind : before;
}

struct own {
    const char *name;
    void *function;
};

static int look_for_own(struct dl_phdr_info *info, size_t size, void *argument)
{
    struct own *own = argument;
    (void)size;
    if (!next_is_own(info))
        return 0;
    struct rl_symbols symbols = rl_symbols_of(info);
    const ElfW(Sym) *symbol = rl_symbols_find(&symbols, own->name);
    if (symbol)
        own->function = pointer(info->dlpi_addr + symbol->st_value);
    return 1;
}

void *next_own(const char *name)
{
    struct own own = {.name = name};
    dl_iterate_phdr(look_for_own, &own);
    return own.function;
}

/* By this name ld.so(8) gives all copies the variable of the first one. */
static const char copy;
__attribute__((visibility("default"))) const void *rlshim_first_copy = &copy;

bool next_is_first(void)
{
    return rlshim_first_copy == &copy;
}

const char *next_own_name(void)
{
    const char *name = "";
    dl_iterate_phdr(look_at, &name);
    return name;
}

struct relocated_at {
    const void *address;
    struct relocated *relocated;
};

/* ld.so leaves writable what shares its last page with other data (_dl_protect_relro()). */
static int look_for_relocated(struct dl_phdr_info *info, size_t size, void *argument)
{
    const struct relocated_at *at = argument;
    struct relocated *relocated = at->relocated;
    uintptr_t page = getauxval(AT_PAGESZ);
    (void)size;
    if (!next_covers(info, at->address))
        return 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        uintptr_t begin = info->dlpi_addr + segment->p_vaddr, end = begin + segment->p_memsz;
        if (segment->p_type != PT_GNU_RELRO)
            continue;
        relocated->begin = pointer((begin + sizeof(void *) - 1) & -sizeof(void *));
        relocated->end = pointer(end & -sizeof(void *));
        relocated->pages = pointer(begin & -page);
        relocated->pages_length = (end & -page) - (begin & -page);
    }
    return 1;
}

bool next_relocated(const void *address, struct relocated *relocated)
{
    struct relocated_at at = {.address = address, .relocated = relocated};
    *relocated = (struct relocated){0};
    dl_iterate_phdr(look_for_relocated, &at);
    return relocated->begin != NULL;
}
