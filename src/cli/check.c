/* check.c - the command `check`: can a program be limited, and if not, why. */
#include <stdio.h>
#include <stdlib.h>

#include "cli.h"
#include "program.h"

static void print_reasons(const struct program *program)
{
    const char *before = "cannot be limited: ";
    for (enum reason reason = 0; reason < REASONS; reason++)
        if (program->reasons & 1U << reason) {
            char *is = program_is(program, reason);
            printf("%s%s", before, is);
            free(is);
            before = "; ";
        }
}

/* For a script, all that are run in its place, to the last one. */
static void print_steps(const struct program *program)
{
    for (unsigned i = 0; i < program->count; i++)
        printf("%s%s", i ? " -> " : " (", program->steps[i]);
}

static int report(const struct program *program, const char *command)
{
    bool can = !program->reasons && !program->unreadable;
    printf("%s: ", command);
    if (program->reasons)
        print_reasons(program);
    else if (program->unreadable)
        fputs("cannot be inspected: not readable", stdout);
    else
        printf("can be limited%s", program->elf.uring ? ", but not what it sends by io_uring" : "");

    if (can || program->count > 1)
        print_steps(program);
    if (can)
        printf(", dynamically linked, %s", program->elf.interpreter);
    puts(can || program->count > 1 ? ")" : "");
    return can ? 0 : EXIT_NO;
}

int check_command(int argc, char **argv)
{
    int option;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "+:", common_options, NULL)) != -1)
        return common_option(option, argv);
    if (optind == argc)
        return usage_error("no COMMAND is given to check");

    struct program program;
    int status = program_find(&program, argv[optind]);
    if (status == 0)
        status = report(&program, argv[optind]);
    program_free(&program);
    return finish_output(status);
}
