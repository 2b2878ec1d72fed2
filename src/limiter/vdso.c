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
#include <stddef.h>

#include "symbols.h"
#include "vdso.h"

typedef ElfW(Addr) elf_address;
typedef ElfW(Ehdr) file_header;
typedef ElfW(Phdr) program_header;
typedef ElfW(Dyn) dynamic_entry;

/* Either table of hashes may be missing: some kernels came with one, some with the other. */
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

    struct rl_symbols symbols = {0};
    for (; entry && entry->d_tag != DT_NULL; entry++) {
        elf_address offset = entry->d_un.d_ptr - start;
        if (entry->d_tag == DT_SYMTAB)
            symbols.symbols = (const void *)(image + offset);
        else if (entry->d_tag == DT_STRTAB)
            symbols.names = image + offset;
        else if (entry->d_tag == DT_HASH)
            symbols.hash = (const void *)(image + offset);
        else if (entry->d_tag == DT_GNU_HASH)
            symbols.gnu_hash = (const void *)(image + offset);
    }

    const ElfW(Sym) *symbol = rl_symbols_find(&symbols, name);
    return symbol ? image + (symbol->st_value - start) : NULL;
}
