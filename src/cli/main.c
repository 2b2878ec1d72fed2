/* main.c - rlshim, the launcher: which command is meant. */
#include <string.h>

#include "cli.h"

static const struct {
    const char *name;
    int (*command)(int argc, char **argv);
} commands[] = {
    {"run", run_command},       {"check", check_command}, {"simulate", simulate_command},
    {"plot", plot_command},     {"stats", stats_command}, {"status", status_command},
    {"top", top_command},       {"set", set_command},     {"pause", pause_command},
    {"resume", resume_command}, {"reset", reset_command},
};

int main(int argc, char **argv)
{
    if (argc < 2)
        return usage_error("no COMMAND is given");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].command(argc - 1, argv + 1);
    return run_command(argc, argv);
}
