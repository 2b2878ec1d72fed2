/* reasons.c - why a program cannot be limited, in words. */
#include <string.h>

#include "program.h"

static const char in_secure_mode[] = "the dynamic loader ignores LD_PRELOAD";
static const char run_inside[] =
    "Run rlshim inside, as in 'sudo rlshim -u 1MB COMMAND'; or limit a copy without the privilege.";
static const char from_outside[] =
    "Use a dynamically linked build in C, C++, Python, ... of it, or limit it from outside: tc(8).";
static const char build_it[] = "Build rlshim for that one, with its compiler, and use that.";

static const struct {
    const char *consequence, *advice;
} reasons[REASONS] = {
    [DAMAGED] = {"it cannot be run at all", "Install it anew."},
    [OTHER_MACHINE] = {"librlshim.so does not fit into it", build_it},
    [STATIC] = {"LD_PRELOAD does not reach it", from_outside},
    [OTHER_LIBC] = {"librlshim.so does not fit into it", build_it},
    [GO_PROGRAM] = {"its network calls go to the kernel past the C library", from_outside},
    [SET_USER_ID] = {in_secure_mode, run_inside},
    [SET_GROUP_ID] = {in_secure_mode, run_inside},
    [CAPABILITIES] = {in_secure_mode, run_inside},
    [CALLER_IDS] = {in_secure_mode, "Do not install rlshim set-user-ID, nor run it from such."},
    [NO_LIBRARY] = {"LD_PRELOAD does not reach it",
                    "Put librlshim.so there, too, by the same name, for all to read."},
    [NO_DESCRIPTOR] = {"LD_PRELOAD may not reach it", "Raise the limit: ulimit -n."},
};

const char *reason_consequence(enum reason reason)
{
    return reasons[reason].consequence;
}

const char *reason_advice(enum reason reason)
{
    return reasons[reason].advice;
}

/* Words that are being put together, and what is left for them. */
struct words {
    char *end;
    size_t left;
};

static void put(struct words *words, const char *string)
{
    for (; *string && words->left > 1; words->left--)
        *words->end++ = *string++;
    *words->end = '\0';
}

static void put_number(struct words *words, unsigned number)
{
    char digits[11], *first = digits + sizeof digits - 1;
    *first = '\0';
    do {
        *--first = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    put(words, first);
}

static void put_machine(struct words *words, const struct elf *elf)
{
    const char *name = elf_machine_name(elf->machine);
    put(words, elf->is_64 ? "64-bit" : "32-bit");
    put(words, name ? " " : ", ELF machine ");
    if (name)
        put(words, name);
    else
        put_number(words, elf->machine);
}

static const struct {
    const char *before, *behind; /* NULL: nothing stands between */
} phrases[REASONS] = {
    [DAMAGED] = {"no valid program (", ")"},
    [OTHER_MACHINE] = {"built for another architecture (", ")"},
    [STATIC] = {"statically linked", NULL},
    [OTHER_LIBC] = {"linked with another C library (", ")"},
    [GO_PROGRAM] = {"a Go program", NULL},
    [SET_USER_ID] = {"set-user-ID (to user ", ")"},
    [SET_GROUP_ID] = {"set-group-ID (to group ", ")"},
    [CAPABILITIES] = {"given capabilities (setcap)", NULL},
    [CALLER_IDS] = {"run with effective IDs that are not the real ones", NULL},
    [NO_LIBRARY] = {"started where librlshim.so cannot be opened", NULL},
    [NO_DESCRIPTOR] = {"started where too many files are open to look at it", NULL},
};

void program_is(const struct judgement *judgement, enum reason reason, char *words, size_t size)
{
    struct words all = {words, size};
    put(&all, phrases[reason].before);
    if (reason == DAMAGED)
        put(&all, judgement->elf.damage);
    else if (reason == OTHER_MACHINE)
        put_machine(&all, &judgement->elf);
    else if (reason == OTHER_LIBC)
        put(&all, judgement->elf.interpreter);
    else if (reason == SET_USER_ID)
        put_number(&all, judgement->owner);
    else if (reason == SET_GROUP_ID)
        put_number(&all, judgement->group);
    if (phrases[reason].behind)
        put(&all, phrases[reason].behind);
}

bool program_would_complain(unsigned reasons_of_it)
{
    const unsigned does_not_fit = 1U << OTHER_MACHINE | 1U << OTHER_LIBC | 1U << NO_LIBRARY;
    const unsigned in_silence =
        1U << SET_USER_ID | 1U << SET_GROUP_ID | 1U << CAPABILITIES | 1U << CALLER_IDS;
    return (reasons_of_it & does_not_fit) && !(reasons_of_it & in_silence);
}
