/* symbols.c - see symbols.h. */
#include <stdbool.h>
#include <stddef.h>

#include "symbols.h"

enum { NOT_THE_DEFAULT = 0x8000 }; /* of several versions */

/* No function is called to look a name up: those of libc may not work yet (next_quietly()). */
static bool same(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

static bool is_named(const struct rl_symbols *symbols, uint32_t index, const char *name)
{
    const ElfW(Sym) *symbol = &symbols->symbols[index];
    return symbol->st_shndx != SHN_UNDEF && same(symbols->names + symbol->st_name, name) &&
           !(symbols->versions && (symbols->versions[index] & NOT_THE_DEFAULT));
}

/* DT_HASH: how many chains there are is how many symbols. They are too few to be hashed. */
static uint32_t index_by_hash(const struct rl_symbols *symbols, const char *name)
{
    uint32_t count = symbols->hash[1];
    for (uint32_t i = 1; i < count; i++)
        if (is_named(symbols, i, name))
            return i;
    return STN_UNDEF;
}

/*
 * DT_GNU_HASH does not say how many symbols there are. A header of four words; a filter to be asked
 * first, in words as long as an address; for each bucket its first symbol; for each symbol from
 * `first` on its hash, whose lowest bit is set in the last of a bucket.
 */
static uint32_t index_by_gnu_hash(const struct rl_symbols *symbols, const char *name)
{
    enum { BITS = 8 * sizeof(ElfW(Addr)) };
    const uint32_t *header = symbols->gnu_hash;
    uint32_t bucket_count = header[0], first = header[1], filter_words = header[2];
    const ElfW(Addr) *filter = (const void *)(header + 4);
    const uint32_t *buckets = (const void *)(filter + filter_words);
    const uint32_t *hashes = buckets + bucket_count;
    if (!bucket_count || !filter_words)
        return STN_UNDEF;

    uint32_t wanted = 5381;
    for (const char *at = name; *at; at++)
        wanted = wanted * 33 + (unsigned char)*at;
    ElfW(Addr) bits = filter[wanted / BITS % filter_words];
    if (!(bits >> wanted % BITS & bits >> (wanted >> header[3]) % BITS & 1))
        return STN_UNDEF;

    uint32_t i = buckets[wanted % bucket_count];
    if (i < first) /* it is empty */
        return STN_UNDEF;
    for (;; i++) {
        uint32_t hash = hashes[i - first];
        if ((hash | 1) == (wanted | 1) && is_named(symbols, i, name))
            return i;
        if (hash & 1)
            return STN_UNDEF;
    }
}

static const void *pointer(ElfW(Addr) address)
{
    return (const void *)address; // NOLINT(performance-no-int-to-ptr)
}

/* glibc has put addresses in the place of offsets, musl has not, nor anybody in the vDSO. */
static const void *at(const struct dl_phdr_info *info, ElfW(Addr) address)
{
    return pointer(address < info->dlpi_addr ? info->dlpi_addr + address : address);
}

const ElfW(Dyn) * rl_dynamic_of(const struct dl_phdr_info *info)
{
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
            return pointer(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
    return NULL;
}

struct rl_symbols rl_symbols_of(const struct dl_phdr_info *info)
{
    struct rl_symbols symbols = {0};
    const ElfW(Dyn) *entry = rl_dynamic_of(info);
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

const ElfW(Sym) * rl_symbols_find(const struct rl_symbols *symbols, const char *name)
{
    uint32_t index = STN_UNDEF;
    if (symbols->symbols && symbols->names && symbols->gnu_hash)
        index = index_by_gnu_hash(symbols, name);
    else if (symbols->symbols && symbols->names && symbols->hash)
        index = index_by_hash(symbols, name);
    return index == STN_UNDEF ? NULL : &symbols->symbols[index];
}
