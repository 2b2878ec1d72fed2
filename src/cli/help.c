/* help.c - what --help prints: it fits a screen of 24 lines and 80 columns. */
#include <stdio.h>

#include "cli.h"

static const char help[] =
    "Usage: rlshim [-u RATE] [-d RATE] [-c RATE] [-l SPEC]... [--] COMMAND [ARG]...\n"
    "       rlshim check COMMAND [ARG]...                     can it be limited?\n"
    "       rlshim simulate -l SPEC [-a ALGORITHM|all] [FILE] what would a limit do?\n"
    "       rlshim plot [-l SPEC]... [TRACE] >PICTURE.svg     what did it do?\n"
    "       rlshim top | stats [NAME]; rlshim status PID      what are limits at?\n"
    "       rlshim set NAME|PID SPEC; pause | resume | reset  change them at work\n"
    "Hold a program, unmodified, and all it starts, to a rate; --progress shows it.\n"
    "\n"
    "  -u, --upload    bytes out    rlshim -u 1MB rsync -a photos/ host:photos/\n"
    "  -d, --download  bytes in     rlshim --download=8Mbit make -j8 fetch\n"
    "  -c, --connects  connections  rlshim -c '9/1m burst=1' ./crawler\n"
    "  -l, --limit     any limit    rlshim -l 'calls 4/2s algo=gcra' ./client\n"
    "  --tpm, --rpm    of LLM APIs  rlshim --tpm 90k --rpm 500 python3 agent.py\n"
    "  together, all that you start so: rlshim -c '59/m burst=1 scope=shared:api' ./a\n"
    "\n"
    "RATE is AMOUNT[UNIT][/[N]TIME] [OPTION=VALUE]..., per second without TIME.\n"
    "  UNIT    B kB MB GB, or K M G: powers of 1000; KiB MiB GiB; kbit Mbit Gbit\n"
    "SPEC is WHAT RATE [OPTION=VALUE]...: all limits given add up.\n"
    "  WHAT    out in requests tokens connect accept send write recv read calls\n"
    "  OPTION  algo burst timeout mode to local nonblock name scope count cached\n"
    "  burst   goes at once from rest, on top of the rate: one AMOUNT unless given\n"
    "  scope   tree (COMMAND and all it starts), shared:NAME, process (and its forks)\n"
    "Limits may also come from RL_LIMITS, RL_CONFIG, RL_CAPACITY: librlshim(7).\n"
    "Exit status: COMMAND's; 125 rlshim fails, 126 not run, 127 not found: rlshim(1).\n";

int print_help(void)
{
    fputs(help, stdout);
    return finish_output(0);
}
