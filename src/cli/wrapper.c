/* wrapper.c - what wrappers run: the options of each, by getopt_long(3), which they use as well. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "env.h"
#include "loader.h"
#include "wrapper.h"

#define BLANK " "

enum { MOST_LONG_OPTIONS = 24, WITHOUT_LETTER = 1 };

/* GNU coreutils 9, findutils 4.9, time 1.9, util-linux 2.38, OpenSSH 9, and what busybox has. */
static const struct wrapper wrappers[] = {
    {.name = ENV, .options = ENV_OPTIONS, .long_options = ENV_LONG_OPTIONS},
    {.name = "nohup", .options = "+"},
    {.name = "nice", .options = "+n:0123456789", .long_options = "adjustment="},
    {.name = "timeout",
     .options = "+fk:ps:v",
     .long_options = "foreground kill-after= preserve-status signal= verbose",
     .operands = 1},
    {.name = "stdbuf", .options = "+e:i:o:", .long_options = "error= input= output="},
    {.name = "setsid", .options = "+cfw", .long_options = "ctty fork wait"},
    {.name = "ionice", .options = "+c:n:t", .long_options = "class= classdata= ignore"},
    {.name = "chrt",
     .options = "+D:P:RT:abdfiorv",
     .long_options = "all-tasks batch deadline fifo idle other rr reset-on-fork sched-deadline= "
                     "sched-period= sched-runtime= verbose",
     .operands = 1,
     .number = true},
    {.name = "taskset", .options = "+ac", .long_options = "all-tasks cpu-list", .operands = 1},
    {.name = "choom", .options = "+n:", .long_options = "adjust="},
    {.name = "setpriv",
     .options = "+",
     .long_options = "ambient-caps= apparmor-profile= bounding-set= clear-groups egid= euid= "
                     "groups= inh-caps= init-groups keep-groups nnp no-new-privs pdeathsig= regid= "
                     "reset-env reuid= rgid= ruid= securebits= selinux-label="},
    {.name = "flock",
     .options = "+E:Fenosuw:x",
     .long_options = "close conflict-exit-code= exclusive nb no-fork nonblocking shared timeout= "
                     "unlock verbose wait=",
     .operands = 1},
    {.name = "time",
     .options = "+af:o:pqv",
     .long_options = "append format= output= portability quiet verbose"},
    {.name = "xargs",
     .options = "+0E:I:L:P:a:d:e::i::l::n:oprs:tx",
     .long_options = "arg-file= delimiter= eof~ exit interactive max-args= max-chars= max-lines~ "
                     "max-procs= no-run-if-empty null open-tty process-slot-var= replace~ "
                     "show-limits verbose"},
    {.name = "chroot",
     .manner = IN_OTHER_ROOT,
     .options = "+",
     .long_options = "groups= skip-chdir userspec="},
    {.name = "sudo", .manner = OF_OTHER_USER},
    {.name = "doas", .manner = OF_OTHER_USER},
    {.name = "pkexec", .manner = OF_OTHER_USER},
    {.name = "ssh",
     .manner = ASKS_OTHERS,
     .options = "+1246AB:CD:E:F:GI:J:KL:MNO:P:Q:R:S:TVW:XYab:c:e:fgi:kl:m:no:p:qstvw:xy",
     .operands = 1},
    {.name = "systemd-run", .manner = ASKS_OTHERS, .unless = "--scope"},
    {.name = "docker", .manner = ASKS_OTHERS},
    {.name = "podman", .manner = ASKS_OTHERS},
};

static bool is_env(const struct wrapper *wrapper)
{
    return strcmp(wrapper->name, ENV) == 0;
}

/* One program with many names, of which the next word is one. */
static bool has_many_names(const char *name)
{
    return strcmp(name, "busybox") == 0 || strcmp(name, "toybox") == 0;
}

const struct wrapper *wrapper_of(const struct command *command)
{
    const char *name = last_part(command->words[0]);
    if (command->count > 1 && has_many_names(name))
        name = command->words[1];
    for (size_t i = 0; i < sizeof wrappers / sizeof *wrappers; i++)
        if (strcmp(wrappers[i].name, name) == 0) {
            const char *unless = wrappers[i].unless;
            for (int word = 1; unless && word < command->count; word++)
                if (strcmp(command->words[word], unless) == 0)
                    return NULL;
            return &wrappers[i];
        }
    return NULL;
}

/* The names of the options are cut out of the list. */
static void read_long_options(char *list, struct option options[MOST_LONG_OPTIONS + 1])
{
    char *rest;
    for (char *name = strtok_r(list, BLANK, &rest); name; name = strtok_r(NULL, BLANK, &rest)) {
        char *end = name + strcspn(name, "=~/"), *letter = strchr(end, '/');
        int argument = *end == '=' ? required_argument : optional_argument;
        if (*end != '=' && *end != '~')
            argument = no_argument;
        *options++ = (struct option){name, argument, NULL, letter ? letter[1] : WITHOUT_LETTER};
        *end = '\0';
    }
    *options = (struct option){0};
}

/* All options are such as leave a program to run. */
static bool read_options(const struct wrapper *wrapper, const struct option *long_options,
                         struct command *command)
{
    int option;
    opterr = 0;
    optind = 0; /* begin anew, in glibc as in musl */
    while ((option = getopt_long(command->count, command->words, wrapper->options, long_options,
                                 NULL)) != -1)
        if (option == '?' || (is_env(wrapper) && !env_option(command, option)))
            return false;
    return true;
}

bool wrapper_open(const struct wrapper *wrapper, struct command *command)
{
    struct option long_options[MOST_LONG_OPTIONS + 1];
    if (has_many_names(last_part(command->words[0])))
        command_replace(command, 0, 1, NULL, 0);

    char *names = format("%s", wrapper->long_options ? wrapper->long_options : "");
    read_long_options(names, long_options);
    bool known = read_options(wrapper, long_options, command);
    free(names);
    int first = optind;
    if (known && is_env(wrapper))
        first = env_operands(command, first);
    const char *operand = first < command->count ? command->words[first] : "";
    if (wrapper->number && (*operand < '0' || *operand > '9'))
        return false;
    first += (int)wrapper->operands;
    if (!known || first >= command->count || command->words[first][0] == '-')
        return false;
    command_replace(command, 0, first, NULL, 0);
    return true;
}
