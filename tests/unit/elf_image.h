/*
 * elf_image.h - small ELF files, put together in memory, and judged there (memfd_create(2)).
 *
 * They have what is looked at, at fixed places, and cannot run.
 */
#ifndef ELF_IMAGE_H
#define ELF_IMAGE_H

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "program.h"

enum { MOST_SEGMENTS = 4, NAMES = 256, IMAGE_SECTIONS = 3 };

struct image {
    ElfW(Ehdr) header;
    ElfW(Phdr) segments[MOST_SEGMENTS];
    ElfW(Shdr) sections[IMAGE_SECTIONS];
    ElfW(Dyn) dynamic[8];
    struct {
        ElfW(Nhdr) header;
        char name[4];
        char bytes[8];
    } note;
    char names[NAMES]; /* of the dynamic section and of sections */
    char interpreter[PATH_MAX + 1];
};

extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

static inline ElfW(Phdr) *
    image_segment(struct image *image, unsigned type, const void *start, size_t size)
{
    ElfW(Phdr) *segment = &image->segments[image->header.e_phnum++];
    segment->p_type = type;
    segment->p_offset = (size_t)((const char *)start - (const char *)image);
    segment->p_vaddr = segment->p_offset;
    segment->p_filesz = size;
    return segment;
}

/* For this machine, mapped as it is, without anything in it. */
static inline void image_begin(struct image *image)
{
    memset(image, 0, sizeof *image);
    image->header = __ehdr_start;
    image->header.e_type = ET_DYN;
    image->header.e_phoff = offsetof(struct image, segments);
    image->header.e_phnum = 0;
    image->header.e_shnum = 0;
    image->header.e_shoff = offsetof(struct image, sections);
    image->header.e_shstrndx = 0;
    image_segment(image, PT_LOAD, image, sizeof *image);
}

/* size: with what is to end it. */
static inline void image_interpreter(struct image *image, const char *name, size_t size)
{
    memcpy(image->interpreter, name, size);
    image_segment(image, PT_INTERP, image->interpreter, size);
}

/* The offset of a new name. */
static inline unsigned image_name(struct image *image, const char *name)
{
    unsigned at = 1;
    while (image->names[at])
        at += (unsigned)strlen(image->names + at) + 1;
    strcpy(image->names + at, name);
    return at;
}

/* An entry of the dynamic section with a name, before DT_NULL, and DT_STRTAB behind it. */
static inline void image_dynamic(struct image *image, ElfW(Sxword) tag, const char *name)
{
    size_t count = 0;
    while (image->dynamic[count].d_tag == DT_NEEDED || image->dynamic[count].d_tag == DT_SONAME)
        count++;
    if (count == 0)
        image_segment(image, PT_DYNAMIC, image->dynamic, sizeof image->dynamic);
    image->dynamic[count].d_tag = tag;
    image->dynamic[count].d_un.d_val = image_name(image, name);
    image->dynamic[count + 1].d_tag = DT_STRTAB;
    image->dynamic[count + 1].d_un.d_ptr = offsetof(struct image, names);
}

static inline void image_section(struct image *image, const char *name)
{
    image->sections[0].sh_offset = offsetof(struct image, names);
    image->header.e_shnum = IMAGE_SECTIONS;
    image->header.e_shentsize = sizeof(ElfW(Shdr));
    image->sections[IMAGE_SECTIONS - 1].sh_name = image_name(image, name);
}

static inline int file_of(const void *bytes, size_t size)
{
    int fd = memfd_create("program", MFD_CLOEXEC);
    CHECK(fd >= 0 && fchmod(fd, 0755) == 0 && write(fd, bytes, size) == (ssize_t)size);
    return fd;
}

static inline struct judgement judge_bytes(const void *bytes, size_t size)
{
    struct judgement judgement;
    int fd = file_of(bytes, size);
    program_judge(fd, "", AT_EMPTY_PATH, &judgement);
    close(fd);
    return judgement;
}

static inline struct judgement judge_image(const struct image *image)
{
    return judge_bytes(image, sizeof *image);
}

/* Whether it is exactly that, in words; "": nothing. */
static inline bool check_is(const char *file, int line, struct judgement judgement,
                            const char *expected)
{
    char all[2 * LONGEST_WORDS] = "", words[LONGEST_WORDS];
    for (enum reason reason = 0; reason < REASONS; reason++)
        if (judgement.reasons & 1U << reason) {
            program_is(&judgement, reason, words, sizeof words);
            snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", *all ? "; " : "", words);
        }
    if (judgement.unreadable)
        strcat(all, "?");
    bool same = strcmp(all, expected) == 0;
    if (!same)
        fprintf(stderr, "'%s' is not '%s'\n", all, expected);
    return check_true(file, line, "is as expected", same);
}

#define CHECK_IS(judgement, expected) check_is(__FILE__, __LINE__, judgement, expected)

#endif
