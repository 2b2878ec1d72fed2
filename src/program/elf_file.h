/* elf_file.h - what an ELF file says of itself (elf(5)); read as by pread(2), and nothing believed.
 */
#ifndef ELF_FILE_H
#define ELF_FILE_H

#include <stdbool.h>
#include <stdint.h>

enum { LONGEST_INTERPRETER = 256 };

struct elf {
    const char *damage; /* what is wrong with it, if it cannot be a program; else NULL */
    uint16_t machine;   /* e_machine */
    bool is_64;         /* EI_CLASS */
    bool foreign;       /* of another word size or byte order: the rest is not read */
    bool loader;        /* is a dynamic loader itself, to be run as `ld.so PROGRAM` */
    bool go;            /* made by the Go linker */
    bool uring;         /* DT_NEEDED liburing */
    bool asan;          /* DT_NEEDED the runtime of -fsanitize=address */
    /*
     * PT_INTERP; of a loader, its own name (DT_SONAME); empty: statically linked. Of one that is
     * longer, "..." and the end.
     */
    char interpreter[LONGEST_INTERPRETER];
};

/*
 * elf_read - inspect an open file that begins as ELF files do. It may be truncated, or hostile, and
 * change meanwhile. Takes some 1,000 bytes of stack and MOST_READS system calls at most; for the
 * rest, see program.h.
 */
void elf_read(int fd, struct elf *elf);

/* elf_machine_name - "x86", "ARM"; NULL for one without a name here. */
const char *elf_machine_name(uint16_t machine);

#endif
