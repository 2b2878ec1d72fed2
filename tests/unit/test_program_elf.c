/* test_program_elf.c - what is seen in ELF files, also in damaged and hostile ones. */
#include <sys/stat.h>

#include "elf_image.h"
#include "file.h"
#include "random.h"

#ifdef __GLIBC__
#include <gnu/lib-names.h>
#define OURS "/nowhere/" LD_SO
#else
#define OURS "/lib/ld-musl-x86_64.so.1"
#endif

static struct image image;

static void dynamic_program(void)
{
    image_begin(&image);
    image_interpreter(&image, OURS, sizeof OURS);
}

static void linking(void)
{
    image_begin(&image);
    CHECK_IS(judge_image(&image), "statically linked");
    image_dynamic(&image, DT_NEEDED, "liburing.so.2");
    struct judgement static_pie = judge_image(&image);
    CHECK_IS(static_pie, "statically linked");
    CHECK(static_pie.elf.uring && !static_pie.elf.asan && !static_pie.elf.loader);

    dynamic_program();
    CHECK_IS(judge_image(&image), "");
    CHECK(strcmp(judge_image(&image).elf.interpreter, OURS) == 0);
    image_dynamic(&image, DT_NEEDED, "libc.so.6");
    image_dynamic(&image, DT_NEEDED, "libasan.so.8");
    CHECK(judge_image(&image).elf.asan && !judge_image(&image).elf.uring);

    image_begin(&image);
    image_interpreter(&image, "/lib/ld-other.so.1", 19);
    CHECK_IS(judge_image(&image), "linked with another C library (/lib/ld-other.so.1)");
}

static void loaders(void)
{
    image_begin(&image);
    image_dynamic(&image, DT_SONAME, strrchr(OURS, '/') + 1);
    struct judgement ours = judge_image(&image);
    CHECK_IS(ours, "");
    CHECK(ours.elf.loader);
    image_begin(&image);
    image_dynamic(&image, DT_SONAME, "ld-other.so.1");
    CHECK_IS(judge_image(&image), "linked with another C library (ld-other.so.1)");
    image_begin(&image);
    image_dynamic(&image, DT_SONAME, "libldap.so.2");
    CHECK_IS(judge_image(&image), "statically linked");
    /* One that has an interpreter is none. */
    dynamic_program();
    image_dynamic(&image, DT_SONAME, "ld-other.so.1");
    CHECK_IS(judge_image(&image), "");
    CHECK(!judge_image(&image).elf.loader);
}

static void machines(void)
{
    dynamic_program();
    image.header.e_machine = 240;
    CHECK_IS(judge_image(&image), sizeof(void *) == 8
                                      ? "built for another architecture (64-bit, ELF machine 240)"
                                      : "built for another architecture (32-bit, ELF machine 240)");
    dynamic_program();
    image.header.e_machine = EM_ARM;
    image.header.e_ident[EI_CLASS] ^= ELFCLASS32 ^ ELFCLASS64;
    CHECK_IS(judge_image(&image), sizeof(void *) == 8
                                      ? "built for another architecture (32-bit ARM)"
                                      : "built for another architecture (64-bit ARM)");
    image.header.e_type = ET_REL;
    CHECK_IS(judge_image(&image), "no valid program (it is an object file or a core dump)");
}

static void go_programs(void)
{
    static const char *const sections[] = {".gopclntab", ".data.rel.ro.gopclntab",
                                           ".note.go.buildid", ".go.buildinfo"};
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        dynamic_program();
        image_section(&image, sections[i]);
        CHECK_IS(judge_image(&image), "a Go program");
    }
    dynamic_program();
    image_section(&image, ".go.buildinfo.rela");
    CHECK_IS(judge_image(&image), "");

    dynamic_program();
    image.note.header = (ElfW(Nhdr)){.n_namesz = 4, .n_descsz = 8, .n_type = 4};
    memcpy(image.note.name, "Go", 3);
    image_segment(&image, PT_NOTE, &image.note, sizeof image.note);
    CHECK_IS(judge_image(&image), "a Go program");
    memcpy(image.note.name, "GNU", 4);
    CHECK_IS(judge_image(&image), "");
    image.note.header.n_namesz = image.note.header.n_descsz = UINT32_MAX;
    CHECK_IS(judge_image(&image), "");
}

/* As long as the kernel takes them; the last part of the name is what is kept. */
static void long_interpreters(void)
{
    char name[PATH_MAX + 1];
    for (size_t size = 2; size <= PATH_MAX + 1; size++) {
        memset(name, 'x', size);
        name[size - 1] = '\0';
        if (size > sizeof OURS)
            memcpy(name + size - sizeof OURS, OURS, sizeof OURS);
        image_begin(&image);
        image_interpreter(&image, name, size);
        struct judgement judgement = judge_image(&image);
        const char *seen = judgement.elf.interpreter;
        if (size > PATH_MAX)
            CHECK_IS(judgement, "no valid program (its PT_INTERP has an impossible length)");
        else if (size <= LONGEST_INTERPRETER)
            CHECK(strcmp(seen, name) == 0);
        else
            CHECK(strlen(seen) == LONGEST_INTERPRETER - 1 && strncmp(seen, "...x", 4) == 0);
        if (size > sizeof OURS && size <= PATH_MAX)
            CHECK_IS(judgement, "");
    }
    /* The name ends before what is there for it does. */
    memset(name, 0, sizeof name);
    strcpy(name, OURS);
    image_begin(&image);
    image_interpreter(&image, name, PATH_MAX);
    CHECK_IS(judge_image(&image), "");
    name[PATH_MAX - 1] = 'x';
    image_begin(&image);
    image_interpreter(&image, name, PATH_MAX);
    CHECK_IS(judge_image(&image), "no valid program (its PT_INTERP has no end)");
}

/* Wherever it ends: what the kernel would refuse is damage, and all else is there or not. */
static void truncation(void)
{
    dynamic_program();
    image_dynamic(&image, DT_NEEDED, "liburing.so.2");
    image_section(&image, ".gopclntab");
    size_t needed = offsetof(struct image, interpreter) + sizeof OURS;
    for (size_t size = 4; size <= sizeof image; size++) {
        struct judgement judgement = judge_bytes(&image, size);
        if (size < sizeof image.header)
            CHECK_IS(judgement, "no valid program (it ends within the ELF header)");
        else if (size < needed)
            CHECK(judgement.reasons == 1U << DAMAGED && !judgement.unreadable);
        else
            CHECK_IS(judgement, "a Go program");
    }
}

/* Whatever stands there, it comes to an end in bounded time, and what it shows is a string. */
static void check_sound(const struct judgement *judgement)
{
    char words[LONGEST_WORDS];
    CHECK(memchr(judgement->elf.interpreter, '\0', sizeof judgement->elf.interpreter) != NULL);
    CHECK(!(judgement->reasons >> REASONS));
    for (enum reason reason = 0; reason < REASONS; reason++)
        if (judgement->reasons & 1U << reason) {
            program_is(judgement, reason, words, sizeof words);
            CHECK(*words && strlen(words) < sizeof words);
        }
}

static void hostile_bytes(void)
{
    static const unsigned char extremes[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    struct random random = {1};
    for (int i = 0; i < 20000; i++) {
        dynamic_program();
        image_dynamic(&image, DT_NEEDED, "libasan.so.8");
        image_section(&image, ".comment");
        for (uint64_t changes = random_upto(&random, 3) + 1; changes; changes--) {
            size_t at = 4 + random_upto(&random, offsetof(struct image, names) - 5);
            ((unsigned char *)&image)[at] = extremes[random_upto(&random, sizeof extremes - 1)];
        }
        struct judgement judgement = judge_image(&image);
        check_sound(&judgement);
    }
}

/* As many of everything as can be said: what would be read is not bounded by the file's size. */
static void bounded_reads(void)
{
    static char file[1 << 20];
    dynamic_program();
    image.header.e_phnum = 65536 / sizeof(ElfW(Phdr));
    memcpy(file, &image, sizeof image);
    ElfW(Phdr) note = {.p_type = PT_NOTE, .p_offset = 1 << 17, .p_filesz = 65536};
    for (size_t i = 2; i < image.header.e_phnum; i++)
        memcpy(file + image.header.e_phoff + i * sizeof note, &note, sizeof note);
    int fd = file_of(file, sizeof file);
    struct window window;
    unsigned left = 3;
    char byte;
    window_open(&window, fd, &left);
    for (uint64_t at = 0; at < sizeof file; at += WINDOW)
        CHECK_EQ(window_read(&window, at, &byte, 1), at < 3 * WINDOW);
    CHECK_EQ(left, 0);
    struct judgement judgement;
    program_judge(fd, "", AT_EMPTY_PATH, &judgement);
    check_sound(&judgement);
    close(fd);
}

int main(void)
{
    RUN(linking);
    RUN(loaders);
    RUN(machines);
    RUN(go_programs);
    RUN(long_interpreters);
    RUN(truncation);
    RUN(hostile_bytes);
    RUN(bounded_reads);
    return check_status();
}
