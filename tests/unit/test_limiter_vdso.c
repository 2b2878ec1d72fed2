/*
 * test_limiter_vdso.c - a function is found in a vDSO by whichever tables the kernel gave it, and
 * wherever it was linked to be. The image is made up, with hashes that others say are right.
 */
#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <string.h>

#include "check.h"
#include "vdso.h"

/* Its symbols. 0 is that which stands for none, NEEDED is one that it does not have itself. */
enum { NEEDED = 1, PRINTF, SYSCALL, EXIT, SYMBOLS };
enum { NAME = 8 };

static const char names[SYMBOLS][NAME] = {
    [NEEDED] = "needed", [PRINTF] = "printf", [SYSCALL] = "syscall", [EXIT] = "exit"};

static struct image {
    ElfW(Ehdr) header;
    ElfW(Phdr) segments[2];
    ElfW(Dyn) dynamic[5];
    ElfW(Sym) symbols[SYMBOLS];
    char names[SYMBOLS][NAME];
    uint32_t hash[2 + 1 + SYMBOLS];
    struct {
        uint32_t bucket_count, first, filter_words, filter_shift;
        ElfW(Addr) filter[1];
        uint32_t buckets[2];
        uint32_t hashes[SYMBOLS - PRINTF];
    } gnu_hash;
    char code[SYMBOLS];
} image;

#define AT(member) (start + offsetof(struct image, member))

/* start: for which address it was linked. */
static void make(bool has_hash, bool has_gnu_hash, ElfW(Addr) start)
{
    image = (struct image){
        .header = {.e_phoff = offsetof(struct image, segments), .e_phnum = 2},
        .segments = {{.p_type = PT_LOAD, .p_vaddr = start},
                     {.p_type = PT_DYNAMIC,
                      .p_offset = offsetof(struct image, dynamic),
                      .p_vaddr = AT(dynamic)}},
        .dynamic = {{.d_tag = DT_SYMTAB, .d_un.d_ptr = AT(symbols)},
                    {.d_tag = DT_STRTAB, .d_un.d_ptr = AT(names)},
                    {.d_tag = has_hash ? DT_HASH : DT_DEBUG, .d_un.d_ptr = AT(hash)},
                    {.d_tag = has_gnu_hash ? DT_GNU_HASH : DT_DEBUG, .d_un.d_ptr = AT(gnu_hash)}},
        .hash = {1, SYMBOLS},
        /* printf and syscall are even, exit is odd; the last of each has the lowest bit set. */
        .gnu_hash = {.bucket_count = 2,
                     .first = PRINTF,
                     .filter_words = 1,
                     .filter = {~(ElfW(Addr))0}, /* which lets everything pass */
                     .buckets = {PRINTF, EXIT},
                     .hashes = {0x156b2bb8, 0xbac212a0 | 1, 0x7c967e3f}},
    };
    memcpy(image.names, names, sizeof names);
    for (unsigned i = 1; i < SYMBOLS; i++)
        image.symbols[i] = (ElfW(Sym)){
            .st_name = i * NAME, .st_shndx = i == NEEDED ? SHN_UNDEF : 1, .st_value = AT(code) + i};
}

static const char *find(const char *name)
{
    return rl_vdso_find((const char *)&image, name);
}

static void check_all(void)
{
    for (int i = PRINTF; i < SYMBOLS; i++)
        CHECK(find(names[i]) == image.code + i);
    CHECK(find("needed") == NULL);
    CHECK(find("absent") == NULL);
    CHECK(find("print") == NULL);
    CHECK(find("") == NULL);
}

static void by_either_table(void)
{
    make(true, true, 0);
    check_all();
    make(true, false, 0);
    check_all();
    make(false, true, 0);
    check_all();
}

static void linked_for_the_end_of_memory(void)
{
    make(true, false, (ElfW(Addr)) - 0x900000);
    check_all();
    make(false, true, (ElfW(Addr)) - 0x900000);
    check_all();
}

/* Two names of one hash are told apart, and an empty bucket has nothing. */
static void by_name_and_not_by_hash_alone(void)
{
    make(false, true, 0);
    image.gnu_hash.hashes[0] = 0xbac212a0;
    CHECK(find("syscall") == image.code + SYSCALL);
    image.gnu_hash.buckets[1] = 0;
    CHECK(find("exit") == NULL);
}

static void an_empty_table_has_nothing(void)
{
    make(false, true, 0);
    image.gnu_hash.bucket_count = 0;
    CHECK(find("exit") == NULL);
    make(false, true, 0);
    image.gnu_hash.filter_words = 0;
    CHECK(find("exit") == NULL);
}

static void without_tables(void)
{
    make(false, false, 0);
    CHECK(find("printf") == NULL);
    make(true, true, 0);
    image.header.e_phnum = 1;
    CHECK(find("printf") == NULL);
}

int main(void)
{
    RUN(by_either_table);
    RUN(linked_for_the_end_of_memory);
    RUN(by_name_and_not_by_hash_alone);
    RUN(an_empty_table_has_nothing);
    RUN(without_tables);
    return check_status();
}
