/* elf_file.h - what an ELF file says of itself (elf(5)); read with pread(2), and nothing believed.
 */
#ifndef ELF_FILE_H
#define ELF_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

struct elf {
    const char *damage;         /* what is wrong with it, if it cannot be a program; else NULL */
    bool foreign;               /* of another word size or byte order: the rest is not read */
    bool is_64;                 /* EI_CLASS */
    uint16_t machine;           /* e_machine */
    char interpreter[PATH_MAX]; /* PT_INTERP; empty: statically linked */
    bool go;                    /* made by the Go linker */
    bool uring;                 /* DT_NEEDED liburing */
    bool asan;                  /* DT_NEEDED the runtime of -fsanitize=address */
};

/* elf_read - inspect an open file that begins as ELF files do. It may be truncated, or hostile. */
void elf_read(int fd, struct elf *elf);

/* elf_machine - "64-bit x86"; what is unknown by its number. The caller frees it. */
char *elf_machine(const struct elf *elf);

#endif
