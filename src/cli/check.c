/* check.c - the command `check`: can a program be limited, and if not, why. */
#include <stdio.h>

#include "cli.h"
#include "target.h"
#include "verdict.h"

static void print_reasons(const struct target *target)
{
    const char *before = "cannot be limited: ";
    if (!target->judgement.reasons)
        printf("%s%s", before, runs_elsewhere);
    for (enum reason reason = 0; reason < REASONS; reason++)
        if (target->judgement.reasons & 1U << reason) {
            char is[LONGEST_WORDS];
            program_is(&target->judgement, reason, is, sizeof is);
            printf("%s%s", before, is);
            before = "; ";
        }
}

/* Of a script and of a wrapper, all that are run in turn, to the last one. */
static void print_steps(const struct target *target)
{
    for (unsigned i = 0; i < target->count; i++)
        printf("%s%s", i ? " -> " : " (", target->steps[i]);
}

/* Of a program that is of the same C library, as it is if it can be limited. */
#ifdef __GLIBC__
static const bool streams_escape = false;
#else
static const bool streams_escape = true; /* see src/calls/streams.c */
#endif

static int report(const struct target *target, const char *command)
{
    const struct judgement *judgement = &target->judgement;
    bool cannot = is_refused(target), can = !cannot && !judgement->unreadable;
    printf("%s: ", command);
    if (cannot)
        print_reasons(target);
    else if (judgement->unreadable)
        fputs("cannot be inspected: not readable", stdout);
    else
        printf("can be limited%s%s%s",
               judgement->elf.uring ? ", but not what it sends by io_uring" : "",
               target->hands_over ? ", but not what it has others run" : "",
               streams_escape ? ", but not what it sends by stdio(3) on sockets" : "");
    if (can && target->root)
        printf(", if librlshim.so has the same path in %s", target->root);

    if (can || target->count > 1)
        print_steps(target);
    if (can && judgement->elf.loader)
        fputs(", a dynamic loader", stdout);
    else if (can)
        printf(", dynamically linked, %s", judgement->elf.interpreter);
    puts(can || target->count > 1 ? ")" : "");
    return can ? 0 : EXIT_NO;
}

int check_command(int argc, char **argv)
{
    int option;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "+:", common_options, NULL)) != -1)
        return common_option(option, argv, common_options);
    if (optind == argc)
        return usage_error("no COMMAND is given to check");

    char *const *command = argv + optind;
    struct target target;
    int status = target_find(&target, command);
    if (status == 0)
        status = report(&target, command[0]);
    target_free(&target);
    return finish_output(status);
}
