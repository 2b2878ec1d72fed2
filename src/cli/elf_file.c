/*
 * elf_file.c - what an ELF file says of itself.
 *
 * The file is whatever the user named, and may be truncated, hostile, or change meanwhile: each
 * size and offset is bounded before it is used, and all is read with pread(2), since a mapping
 * would answer a truncation with SIGBUS. Damage is what execve(2) would refuse; where only the
 * finer inspection fails (sections, notes), it has found nothing.
 */
#include <elf.h>
#include <endian.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "elf_file.h"

/* In our own word size; files of the other are not read that far. */
typedef ElfW(Addr) elf_address;
typedef ElfW(Ehdr) file_header;
typedef ElfW(Phdr) program_header;
typedef ElfW(Shdr) section_header;
typedef ElfW(Dyn) dynamic_entry;
typedef ElfW(Nhdr) note_header;

enum {
    MOST_HEADERS = 65536, /* bytes of program headers: what the kernel accepts */
    MOST_NOTES = 65536,   /* bytes of notes in one segment */
    MOST_DYNAMIC = 65536, /* bytes of the dynamic section */
    MOST_SECTIONS = 1024 * sizeof(section_header),
    LONGEST_NAME = 64, /* of a section or a library that is looked for */
};

#define NATIVE_CLASS (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32)
#define NATIVE_DATA  (BYTE_ORDER == LITTLE_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB)

/* How many bytes of the file there are from that offset on, size at most. */
static size_t read_some(int fd, uint64_t offset, void *buffer, size_t size)
{
    size_t got = 0;
    while (got < size && offset <= INT64_MAX - size) {
        ssize_t n = pread(fd, (char *)buffer + got, size - got, (off_t)(offset + got));
        if (n <= 0)
            break;
        got += (size_t)n;
    }
    return got;
}

/* NULL if it is empty, larger than `most`, or not all there. The caller frees it. */
static void *read_block(int fd, uint64_t offset, uint64_t size, size_t most)
{
    if (size == 0 || size > most)
        return NULL;
    void *block = malloc((size_t)size);
    if (block && read_some(fd, offset, block, (size_t)size) < size) {
        free(block);
        block = NULL;
    }
    return block;
}

/* A string of the file, cut off at the size of the buffer: enough to compare names with. */
static const char *read_name(int fd, uint64_t offset, char name[LONGEST_NAME])
{
    name[read_some(fd, offset, name, LONGEST_NAME - 1)] = '\0';
    return name;
}

/* As the kernel has it (fs/binfmt_elf.c): 2 to PATH_MAX bytes, with a zero at the end. */
static const char *read_interpreter(int fd, const program_header *header, struct elf *elf)
{
    if (header->p_filesz < 2 || header->p_filesz > sizeof elf->interpreter)
        return "its PT_INTERP has an impossible length";
    size_t length = (size_t)header->p_filesz;
    if (read_some(fd, header->p_offset, elf->interpreter, length) < length)
        return "its PT_INTERP is beyond the end of the file";
    if (elf->interpreter[length - 1] != '\0')
        return "its PT_INTERP has no end";
    return NULL;
}

/* The Go linker leaves its build id in a note of the name "Go" (cmd/link/internal/ld/elf.go). */
static bool has_go_note(int fd, const program_header *header)
{
    static const char go[4] = "Go";
    unsigned char *notes = read_block(fd, header->p_offset, header->p_filesz, MOST_NOTES);
    size_t left = notes ? (size_t)header->p_filesz : 0;
    const size_t align = header->p_align == 8 ? 8 : 4;
    const unsigned char *at = notes;
    bool found = false;

    while (!found && left >= sizeof(note_header) + sizeof go) {
        note_header note;
        memcpy(&note, at, sizeof note);
        found = note.n_namesz == sizeof go && memcmp(at + sizeof note, go, sizeof go) == 0;

        uint64_t size = sizeof note + (((uint64_t)note.n_namesz + 3) & ~UINT64_C(3));
        size = ((size + align - 1) & ~(align - 1)) + note.n_descsz;
        size = (size + align - 1) & ~(align - 1);
        if (size > left)
            break;
        at += size;
        left -= (size_t)size;
    }
    free(notes);
    return found;
}

static bool ends_with(const char *name, const char *end)
{
    size_t length = strlen(name), end_length = strlen(end);
    return length >= end_length && strcmp(name + length - end_length, end) == 0;
}

/*
 * The note may have been left out (-ldflags=-buildid=); without the table of functions, which a
 * position independent executable has as .data.rel.ro.gopclntab, a Go program does not run.
 */
static bool has_go_section(int fd, const file_header *elf_header)
{
    size_t count = elf_header->e_shnum;
    if (elf_header->e_shentsize != sizeof(section_header) || elf_header->e_shstrndx >= count)
        return false;
    section_header *sections =
        read_block(fd, elf_header->e_shoff, count * sizeof *sections, MOST_SECTIONS);
    if (!sections)
        return false;

    uint64_t names = sections[elf_header->e_shstrndx].sh_offset;
    bool found = false;
    for (size_t i = 0; i < count && !found; i++) {
        char buffer[LONGEST_NAME];
        const char *name = read_name(fd, names + sections[i].sh_name, buffer);
        found = ends_with(name, ".gopclntab") || strcmp(name, ".note.go.buildid") == 0 ||
                strcmp(name, ".go.buildinfo") == 0;
    }
    free(sections);
    return found;
}

/* Where in the file that address is loaded from; UINT64_MAX: nowhere. */
static uint64_t offset_of(elf_address address, const program_header *headers, size_t count)
{
    for (const program_header *header = headers; header < headers + count; header++)
        if (header->p_type == PT_LOAD && address >= header->p_vaddr &&
            address - header->p_vaddr < header->p_filesz)
            return header->p_offset + (address - header->p_vaddr);
    return UINT64_MAX;
}

static bool starts_with(const char *name, const char *start)
{
    return strncmp(name, start, strlen(start)) == 0;
}

/* The libraries that make a difference. */
static void read_needed(int fd, const program_header *dynamic, const program_header *headers,
                        size_t header_count, struct elf *elf)
{
    dynamic_entry *entries = read_block(fd, dynamic->p_offset, dynamic->p_filesz, MOST_DYNAMIC);
    size_t count = entries ? (size_t)dynamic->p_filesz / sizeof *entries : 0;
    uint64_t names = UINT64_MAX;

    for (size_t i = 0; i < count && entries[i].d_tag != DT_NULL; i++)
        if (entries[i].d_tag == DT_STRTAB)
            names = offset_of(entries[i].d_un.d_ptr, headers, header_count);
    for (size_t i = 0; i < count && entries[i].d_tag != DT_NULL && names != UINT64_MAX; i++) {
        char buffer[LONGEST_NAME];
        if (entries[i].d_tag != DT_NEEDED)
            continue;
        const char *name = read_name(fd, names + entries[i].d_un.d_val, buffer);
        elf->uring = elf->uring || starts_with(name, "liburing.so");
        elf->asan = elf->asan || starts_with(name, "libasan.so") || /* of gcc */
                    starts_with(name, "libclang_rt.asan");
    }
    free(entries);
}

/* What is wrong with it, or NULL. */
static const char *read_segments(int fd, const file_header *elf_header, struct elf *elf)
{
    size_t count = elf_header->e_phnum;
    if (elf_header->e_phentsize != sizeof(program_header) || count == 0 ||
        count * sizeof(program_header) > MOST_HEADERS)
        return "its program headers have an impossible size";
    program_header *headers =
        read_block(fd, elf_header->e_phoff, count * sizeof *headers, MOST_HEADERS);
    if (!headers)
        return "its program headers are beyond the end of the file";

    const char *damage = NULL;
    for (size_t i = 0; i < count && !damage; i++) {
        if (headers[i].p_type == PT_INTERP && !*elf->interpreter)
            damage = read_interpreter(fd, &headers[i], elf);
        else if (headers[i].p_type == PT_NOTE)
            elf->go = elf->go || has_go_note(fd, &headers[i]);
        else if (headers[i].p_type == PT_DYNAMIC)
            read_needed(fd, &headers[i], headers, count, elf);
    }
    free(headers);
    return damage;
}

void elf_read(int fd, struct elf *elf)
{
    file_header header;
    *elf = (struct elf){0};
    if (read_some(fd, 0, &header, sizeof header) < sizeof header) {
        elf->damage = "it ends within the ELF header";
        return;
    }
    /* e_type and e_machine stand at the same place in each class. */
    bool swapped = header.e_ident[EI_DATA] != NATIVE_DATA;
    uint16_t type = swapped ? __builtin_bswap16(header.e_type) : header.e_type;
    elf->machine = swapped ? __builtin_bswap16(header.e_machine) : header.e_machine;
    elf->is_64 = header.e_ident[EI_CLASS] == ELFCLASS64;
    elf->foreign = swapped || header.e_ident[EI_CLASS] != NATIVE_CLASS;
    if (type != ET_EXEC && type != ET_DYN)
        elf->damage = "it is an object file or a core dump";
    else if (!elf->foreign)
        elf->damage = read_segments(fd, &header, elf);
    if (!elf->foreign && !elf->damage && !elf->go)
        elf->go = has_go_section(fd, &header);
}

char *elf_machine(const struct elf *elf)
{
    static const struct {
        uint16_t machine;
        const char *name;
    } names[] = {
        {EM_386, "x86"},     {EM_X86_64, "x86"},   {EM_ARM, "ARM"},
        {EM_AARCH64, "ARM"}, {EM_RISCV, "RISC-V"}, {EM_PPC, "POWER"},
        {EM_PPC64, "POWER"}, {EM_S390, "S/390"},   {EM_MIPS, "MIPS"},
    };
    const char *bits = elf->is_64 ? "64-bit" : "32-bit";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].machine == elf->machine)
            return format("%s %s", bits, names[i].name);
    return format("%s, ELF machine %u", bits, elf->machine);
}
