/*
 * fuzz_program.c - any bytes at all as a program: they are judged in bounded time, and what is said
 * of them are strings.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "program.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition) ((condition) ? (void)0 : abort())

static void check_judgement(const struct judgement *judgement)
{
    char words[LONGEST_WORDS];
    MUST(!(judgement->reasons >> REASONS));
    MUST(memchr(judgement->elf.interpreter, '\0', sizeof judgement->elf.interpreter));
    for (enum reason reason = 0; reason < REASONS; reason++)
        if (judgement->reasons & 1U << reason) {
            program_is(judgement, reason, words, sizeof words);
            MUST(*words && strlen(words) < sizeof words - 1);
        }
}

static void check_script(const struct script *script)
{
    MUST(*script->interpreter && strlen(script->interpreter) <= SCRIPT_HEAD);
    MUST(!strpbrk(script->interpreter, " \t\n"));
    MUST(!script->argument || (*script->argument && !strchr(script->argument, '\n')));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    struct judgement judgement;
    struct script script;
    if (fd < 0)
        fd = memfd_create("program", MFD_CLOEXEC);
    MUST(fd >= 0 && ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
    if (program_look(fd, "", AT_EMPTY_PATH, &judgement, &script))
        check_script(&script);
    check_judgement(&judgement);
    return 0;
}
