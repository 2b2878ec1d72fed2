/* help.c - what --help and --version print, and what a wrong option is answered. */
#include <stdio.h>

#include "cli.h"

static const char help[] =
    "Usage: rlshim [-l SPEC]... [-u RATE] [-d RATE] [-c RATE] [--] COMMAND [ARG]...\n"
    "       rlshim check COMMAND [ARG]...\n"
    "       rlshim simulate -l SPEC [-a ALGORITHM|all] [FILE]\n"
    "Hold an unmodified program, and all that it starts, to a rate.\n"
    "\n"
    "  rlshim -u 1MB rsync -a photos/ host:photos/     bytes out, per second\n"
    "  rlshim -d 8Mbit wget https://example.com/iso    bytes in\n"
    "  rlshim -d 1MB make -j8 fetch                    all eight jobs together\n"
    "  rlshim -c 10/1m ./crawler                       connections, per minute\n"
    "  rlshim -l 'calls 4/2s algo=gcra' ./client       calls that make traffic\n"
    "  rlshim -l 'out 1MB/s burst=64KiB to=*.example.com' -l 'connect 5/s' ./sync\n"
    "  rlshim -l 'connect 60/1m scope=shared:api' ./report\n"
    "                             one limit for all that you start under that name\n"
    "  rlshim check ./client                           can it be limited?\n"
    "  seq 0 9 | rlshim simulate -l 'connect 4/10s'    what would a limit do?\n"
    "\n"
    "SPEC is WHAT RATE [OPTION=VALUE]...: all limits given add up.\n"
    "  WHAT    connect send write calls (these three) accept recv read; bytes: out in\n"
    "  RATE    AMOUNT[UNIT]/[N]TIME, as 4/2s; for -u, -d and -c, AMOUNT is per second\n"
    "  OPTION  algo burst timeout mode to local nonblock name scope\n"
    "  scope   tree (COMMAND and all it starts), shared:NAME, process (and its forks)\n"
    "Limits may also come from RL_LIMITS, RL_CONFIG, RL_CAPACITY: librlshim(7).\n"
    "The exit status is COMMAND's; 125 if rlshim fails, 126 if COMMAND cannot be run,\n"
    "127 if it is not found. See rlshim(1).\n";

const struct option common_options[] = {
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

int common_option(int option, char **argv)
{
    switch (option) {
    case 'h':
        fputs(help, stdout);
        return finish_output(0);
    case 'V':
        puts("rlshim " RL_VERSION);
        return finish_output(0);
    case ':':
        return usage_error("option %s needs a value", argv[optind - 1]);
    default:
        /* optopt is 0 for a long option: getopt_long(3) has stepped past it. */
        if (optopt && argv[optind - 1][1] != '-')
            return usage_error("there is no option -%c", optopt);
        return usage_error("there is no option %s", argv[optind - 1]);
    }
}
