/* symbols.h - the symbols of a loaded library, by the tables of elf(5). */
#ifndef SYMBOLS_H
#define SYMBOLS_H

#include <link.h>
#include <stdint.h>

/* Either table of hashes may be missing; versions may be. */
struct rl_symbols {
    const ElfW(Sym) * symbols;
    const char *names;
    const uint32_t *hash, *gnu_hash;
    const uint16_t *versions;
};

/* rl_symbols_of - the tables of one that dl_iterate_phdr(3) tells of; all NULL if it has none. */
struct rl_symbols rl_symbols_of(const struct dl_phdr_info *info);

/* rl_dynamic_of - its dynamic section, up to DT_NULL; NULL if it has none. */
const ElfW(Dyn) * rl_dynamic_of(const struct dl_phdr_info *info);

/*
 * rl_symbols_find - the symbol of that name that the library defines, in the version that who asks
 * for none is given; NULL if there is none. Takes no lock, and allocates nothing.
 */
const ElfW(Sym) * rl_symbols_find(const struct rl_symbols *symbols, const char *name);

#endif
