/*
 * vdso.c - finding a function of the vDSO as ld.so(8) would: by the tables of elf(5).
 *
 * dlsym(3) knows the vDSO of glibc only, takes locks, and is a function that others replace. The
 * image is the kernel's: nothing in it has to be doubted. It is mapped as the file is laid out, and
 * linked for any address: old kernels for one at the end of memory. All of its functions have the
 * version that they came with, and would get another name, not another meaning: none is asked for.
 */
#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "vdso.h"

typedef ElfW(Addr) elf_address;
typedef ElfW(Ehdr) file_header;
typedef ElfW(Phdr) program_header;
typedef ElfW(Dyn) dynamic_entry;
typedef ElfW(Sym) symbol_entry;

/* Either table of hashes may be missing: some kernels came with one, some with the other. */
struct tables {
    const symbol_entry *symbols;
    const char *names;
    const uint32_t *hash, *gnu_hash;
};

static bool is_named(const struct tables *tables, uint32_t index, const char *name)
{
    const symbol_entry *symbol = &tables->symbols[index];
    return symbol->st_shndx != SHN_UNDEF && strcmp(tables->names + symbol->st_name, name) == 0;
}

/* DT_HASH: how many chains there are is how many symbols. They are too few to be hashed. */
static uint32_t index_by_hash(const struct tables *tables, const char *name)
{
    uint32_t count = tables->hash[1];
    for (uint32_t i = 1; i < count; i++)
        if (is_named(tables, i, name))
            return i;
    return STN_UNDEF;
}

/*
 * DT_GNU_HASH does not say how many symbols there are. A header of four words; a filter to be asked
 * first, in words as long as an address; for each bucket its first symbol; for each symbol from
 * `first` on its hash, whose lowest bit is set in the last of a bucket.
 */
static uint32_t index_by_gnu_hash(const struct tables *tables, const char *name)
{
    const uint32_t *header = tables->gnu_hash;
    uint32_t bucket_count = header[0], first = header[1], filter_words = header[2];
    const uint32_t *buckets = header + 4 + filter_words * (sizeof(elf_address) / sizeof *buckets);
    const uint32_t *hashes = buckets + bucket_count;

    uint32_t wanted = 5381;
    for (const char *at = name; *at; at++)
        wanted = wanted * 33 + (unsigned char)*at;

    uint32_t i = buckets[wanted % bucket_count];
    if (i < first) /* it is empty */
        return STN_UNDEF;
    for (;; i++) {
        uint32_t hash = hashes[i - first];
        if ((hash | 1) == (wanted | 1) && is_named(tables, i, name))
            return i;
        if (hash & 1)
            return STN_UNDEF;
    }
}

const void *rl_vdso_find(const char *image, const char *name)
{
    const file_header *header = (const void *)image;
    const program_header *segments = (const void *)(image + header->e_phoff);
    const dynamic_entry *entry = NULL;
    elf_address start = 0; /* for which the beginning of the image was linked */
    for (int i = 0; i < header->e_phnum; i++) {
        if (segments[i].p_type == PT_LOAD)
            start = segments[i].p_vaddr - segments[i].p_offset;
        else if (segments[i].p_type == PT_DYNAMIC)
            entry = (const void *)(image + segments[i].p_offset);
    }

    struct tables tables = {0};
    for (; entry && entry->d_tag != DT_NULL; entry++) {
        elf_address offset = entry->d_un.d_ptr - start;
        if (entry->d_tag == DT_SYMTAB)
            tables.symbols = (const void *)(image + offset);
        else if (entry->d_tag == DT_STRTAB)
            tables.names = image + offset;
        else if (entry->d_tag == DT_HASH)
            tables.hash = (const void *)(image + offset);
        else if (entry->d_tag == DT_GNU_HASH)
            tables.gnu_hash = (const void *)(image + offset);
    }

    uint32_t index = STN_UNDEF;
    if (tables.symbols && tables.names && tables.gnu_hash)
        index = index_by_gnu_hash(&tables, name);
    else if (tables.symbols && tables.names && tables.hash)
        index = index_by_hash(&tables, name);
    return index == STN_UNDEF ? NULL : image + (tables.symbols[index].st_value - start);
}
