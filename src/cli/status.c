/*
 * status.c - the command `status`: what holds for a process.
 *
 * Which segments it has, the kernel knows (proc_pid_maps(5)): whatever is in its environment, and
 * whether or not it is noted as a member.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "proc.h"
#include "write.h"

static bool has(const struct mapped *mapped, const struct seen *seen)
{
    char file[sizeof mapped->files[0]];
    snprintf(file, sizeof file, "%s%s", seen->named ? SHARED_PREFIX : TREE_PREFIX, seen->name);
    for (unsigned i = 0; i < mapped->count - mapped->deleted; i++)
        if (strcmp(mapped->files[i], file) == 0)
            return true;
    return false;
}

static int print_none(unsigned pid, const char *name, const struct mapped *mapped)
{
    if (mapped->library)
        printf("%s (%u) shares no limit with others. It has librlshim.so: what RL_SCOPE=process "
               "limits cannot be seen from outside.\n",
               name, pid);
    else
        printf("%s (%u) is not limited: it does not have librlshim.so.\n", name, pid);
    return EXIT_NO;
}

static int print_status(unsigned pid, const char *name, const struct mapped *mapped)
{
    struct view view;
    unsigned found = 0;
    int status = look(&view) ? 0 : say("out of memory");
    for (size_t i = 0; i < view.count && status == 0; i++) {
        if (!has(mapped, &view.seen[i]))
            continue;
        if (!found++)
            printf("%s (%u) is limited, together with all that share these limits.\n", name, pid);
        fputc('\n', stdout);
        write_status(stdout, &view.seen[i], pid);
    }
    if (found < mapped->count - mapped->deleted)
        say("some of its limits cannot be looked at%s%s", view.unread ? ", as " : "", view.why);
    look_away(&view);
    if (mapped->deleted)
        printf("%s%s (%u) has limits whose file was deleted: they hold, but cannot be seen.\n",
               found ? "\n" : "", name, pid);
    else if (status == 0 && !mapped->count)
        return print_none(pid, name, mapped);
    return status;
}

int status_command(int argc, char **argv)
{
    int option;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "+:", common_options, NULL)) != -1)
        return common_option(option, argv, common_options);
    if (optind == argc)
        return usage_error("no PID is given");
    if (argc - optind > 1)
        return usage_error("status is of one PID, and '%s' is a second", argv[optind + 1]);

    char name[NAME_SHOWN];
    struct mapped mapped;
    unsigned pid = process_number(argv[optind]);
    if (!pid)
        return usage_error("'%s' is not the number of a process", argv[optind]);
    if (!process_name(pid, name))
        return say("there is no process %u", pid);
    if (!process_mapped(pid, &mapped))
        return say("cannot look into process %u: %s", pid, strerror(errno));
    return finish_output(print_status(pid, name, &mapped));
}
