/*
 * elf_file.c - what an ELF file says of itself.
 *
 * The file is whatever the user named, and may be truncated, hostile, or change meanwhile: each
 * size and offset is bounded before it is used, and all is read as by pread(2), since a mapping
 * would answer a truncation with SIGBUS. Damage is what execve(2) would refuse; where only the
 * finer inspection fails (sections, notes), it has found nothing.
 */
#include <elf.h>
#include <endian.h>
#include <limits.h>
#include <link.h>
#include <string.h>

#include "elf_file.h"
#include "file.h"

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
    MOST_SECTIONS = 1024,
    LONGEST_NAME = 64, /* of a section or a library that is looked for */
};

#define NATIVE_CLASS (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32)
#define NATIVE_DATA  (BYTE_ORDER == LITTLE_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB)

_Static_assert((int)WINDOW >= (int)LONGEST_INTERPRETER, "a name is read at once");

/* Tables are read beside what their entries point to. */
struct file {
    struct window table, detail;
    unsigned reads_left;
    file_header header;
};

/* Entry number `index` of a table; false where the file has not so much. */
static bool read_entry(struct file *file, uint64_t table, size_t index, void *entry, size_t size)
{
    return window_read(&file->table, table + index * size, entry, size) == size;
}

static bool read_header(struct file *file, size_t index, program_header *header)
{
    return read_entry(file, file->header.e_phoff, index, header, sizeof *header);
}

/* A string of the file, cut off at the size of the buffer: enough to compare names with. */
static const char *read_name(struct file *file, uint64_t offset, char name[LONGEST_NAME])
{
    name[window_read(&file->detail, offset, name, LONGEST_NAME - 1)] = '\0';
    return name;
}

/* As the kernel has it (fs/binfmt_elf.c): 2 to PATH_MAX bytes, with a zero at the end. */
static const char *read_interpreter(struct file *file, const program_header *header,
                                    struct elf *elf)
{
    static const char cut[] = {'.', '.', '.'};
    char *name = elf->interpreter, last;
    uint64_t size = header->p_filesz, offset = header->p_offset;
    if (size < 2 || size > PATH_MAX)
        return "its PT_INTERP has an impossible length";
    if (offset > INT64_MAX || window_read(&file->detail, offset + size - 1, &last, 1) < 1)
        return "its PT_INTERP is beyond the end of the file";
    if (last != '\0')
        return "its PT_INTERP has no end";

    size_t most = sizeof elf->interpreter;
    size_t got = window_read(&file->detail, offset, name, size < most ? (size_t)size : most);
    if (size > most && got == most && !memchr(name, '\0', most)) {
        window_read(&file->detail, offset + size - most, name, most);
        memcpy(name, cut, sizeof cut);
    }
    name[most - 1] = '\0'; /* whatever the file has become meanwhile */
    return NULL;
}

/* The Go linker leaves its build id in a note of the name "Go" (cmd/link/internal/ld/elf.go). */
static bool has_go_note(struct file *file, const program_header *header)
{
    static const char go[4] = "Go";
    struct {
        note_header header;
        char name[sizeof go];
    } note;
    const uint64_t align = header->p_align == 8 ? 8 : 4;
    uint64_t at = header->p_offset, left = header->p_filesz;
    if (left > MOST_NOTES)
        return false;

    while (left >= sizeof note &&
           window_read(&file->detail, at, &note, sizeof note) == sizeof note) {
        if (note.header.n_namesz == sizeof go && memcmp(note.name, go, sizeof go) == 0)
            return true;
        uint64_t size = sizeof note.header + (((uint64_t)note.header.n_namesz + 3) & ~UINT64_C(3));
        size = ((size + align - 1) & ~(align - 1)) + note.header.n_descsz;
        size = (size + align - 1) & ~(align - 1);
        if (size > left)
            break;
        at += size;
        left -= size;
    }
    return false;
}

static bool starts_with(const char *name, const char *start)
{
    return strncmp(name, start, strlen(start)) == 0;
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
static bool has_go_section(struct file *file)
{
    const file_header *header = &file->header;
    size_t count = header->e_shnum;
    section_header section;
    if (header->e_shentsize != sizeof section || count > MOST_SECTIONS ||
        header->e_shstrndx >= count ||
        !read_entry(file, header->e_shoff, header->e_shstrndx, &section, sizeof section))
        return false;

    uint64_t names = section.sh_offset;
    for (size_t i = 0; i < count; i++) {
        char buffer[LONGEST_NAME];
        if (!read_entry(file, header->e_shoff, i, &section, sizeof section))
            return false;
        const char *name = read_name(file, names + section.sh_name, buffer);
        if (ends_with(name, ".gopclntab") || strcmp(name, ".note.go.buildid") == 0 ||
            strcmp(name, ".go.buildinfo") == 0)
            return true;
    }
    return false;
}

/* Where in the file that address is loaded from; UINT64_MAX: nowhere. */
static uint64_t offset_of(struct file *file, elf_address address)
{
    program_header header;
    for (size_t i = 0; i < file->header.e_phnum && read_header(file, i, &header); i++)
        if (header.p_type == PT_LOAD && address >= header.p_vaddr &&
            address - header.p_vaddr < header.p_filesz)
            return header.p_offset + (address - header.p_vaddr);
    return UINT64_MAX;
}

/* The names that make a difference: libraries, and that of a loader. */
static void read_names(struct file *file, const dynamic_entry *entry, uint64_t names,
                       struct elf *elf)
{
    char buffer[LONGEST_NAME];
    if (entry->d_tag != DT_NEEDED && entry->d_tag != DT_SONAME)
        return;
    const char *name = read_name(file, names + entry->d_un.d_val, buffer);
    if (entry->d_tag == DT_NEEDED) {
        elf->uring = elf->uring || starts_with(name, "liburing.so");
        elf->asan = elf->asan || starts_with(name, "libasan.so") || /* of gcc */
                    starts_with(name, "libclang_rt.asan");
    } else if (!*elf->interpreter && (starts_with(name, "ld-") || starts_with(name, "ld.so") ||
                                      starts_with(name, "ld64.so"))) {
        elf->loader = true;
        memcpy(elf->interpreter, name, strlen(name) + 1);
    }
}

/* The entry of that number; false after the last. */
static bool read_dynamic(struct file *file, const program_header *dynamic, size_t index,
                         dynamic_entry *entry)
{
    return index < dynamic->p_filesz / sizeof *entry &&
           read_entry(file, dynamic->p_offset, index, entry, sizeof *entry) &&
           entry->d_tag != DT_NULL;
}

static void read_dynamic_section(struct file *file, const program_header *dynamic, struct elf *elf)
{
    dynamic_entry entry;
    elf_address address = 0;
    if (dynamic->p_filesz > MOST_DYNAMIC)
        return;
    for (size_t i = 0; read_dynamic(file, dynamic, i, &entry); i++)
        if (entry.d_tag == DT_STRTAB)
            address = entry.d_un.d_ptr;
    uint64_t names = offset_of(file, address);
    if (names == UINT64_MAX)
        return;
    for (size_t i = 0; read_dynamic(file, dynamic, i, &entry); i++)
        read_names(file, &entry, names, elf);
}

/* What is wrong with it, or NULL. */
static const char *read_segments(struct file *file, struct elf *elf)
{
    size_t count = file->header.e_phnum;
    program_header header, dynamic = {0};
    if (file->header.e_phentsize != sizeof header || count == 0 ||
        count * sizeof header > MOST_HEADERS)
        return "its program headers have an impossible size";

    for (size_t i = 0; i < count; i++) {
        const char *damage = NULL;
        if (!read_header(file, i, &header))
            return "its program headers are beyond the end of the file";
        if (header.p_type == PT_INTERP && !*elf->interpreter)
            damage = read_interpreter(file, &header, elf);
        else if (header.p_type == PT_NOTE)
            elf->go = elf->go || has_go_note(file, &header);
        else if (header.p_type == PT_DYNAMIC)
            dynamic = header; /* the loader, too, takes the last */
        if (damage)
            return damage;
    }
    read_dynamic_section(file, &dynamic, elf);
    return NULL;
}

void elf_read(int fd, struct elf *elf)
{
    struct file file;
    const file_header *header = &file.header;
    file.reads_left = MOST_READS;
    window_open(&file.table, fd, &file.reads_left);
    window_open(&file.detail, fd, &file.reads_left);

    memset(elf, 0, sizeof *elf);
    if (window_read(&file.table, 0, &file.header, sizeof file.header) < sizeof file.header) {
        elf->damage = "it ends within the ELF header";
        return;
    }
    /* e_type and e_machine stand at the same place in each class. */
    bool swapped = header->e_ident[EI_DATA] != NATIVE_DATA;
    uint16_t type = swapped ? __builtin_bswap16(header->e_type) : header->e_type;
    elf->machine = swapped ? __builtin_bswap16(header->e_machine) : header->e_machine;
    elf->is_64 = header->e_ident[EI_CLASS] == ELFCLASS64;
    elf->foreign = swapped || header->e_ident[EI_CLASS] != NATIVE_CLASS;
    if (type != ET_EXEC && type != ET_DYN)
        elf->damage = "it is an object file or a core dump";
    else if (!elf->foreign)
        elf->damage = read_segments(&file, elf);
    if (!elf->foreign && !elf->damage && !elf->go)
        elf->go = has_go_section(&file);
}

const char *elf_machine_name(uint16_t machine)
{
    static const struct {
        uint16_t machine;
        const char *name;
    } names[] = {
        {EM_386, "x86"},     {EM_X86_64, "x86"},   {EM_ARM, "ARM"},
        {EM_AARCH64, "ARM"}, {EM_RISCV, "RISC-V"}, {EM_PPC, "POWER"},
        {EM_PPC64, "POWER"}, {EM_S390, "S/390"},   {EM_MIPS, "MIPS"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].machine == machine)
            return names[i].name;
    return NULL;
}
