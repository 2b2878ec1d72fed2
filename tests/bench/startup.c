/*
 * startup.c - what each preload adds to the life of `true`, from spawn to exit.
 *
 *     startup EMPTY.so SHIM.so
 *
 * Prints the microseconds of six variants, and what each has above the first: no preload, a preload
 * with nothing in it, the shim without configuration, with a limit of the process's own, as the
 * first process of a tree, and as a later one of a tree that lives. They take turns, and each is
 * compared with the plain run of its own turn. The time is that of the CPU, user and system:
 * start-up waits for nothing, and on a busy machine the clock on the wall shows by how much others
 * were let in between.
 */
#include <spawn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define TURNS    600
#define WARM     20
#define VARIANTS 6

static double lifetime(char *const environment[])
{
    char name[] = "true", *const command[] = {name, NULL};
    struct rusage used;
    pid_t pid;
    int status;

    if (posix_spawn(&pid, "/bin/true", NULL, NULL, command, environment) != 0)
        errx(1, "/bin/true cannot be run");
    if (wait4(pid, &status, 0, &used) != pid || status != 0)
        errx(1, "/bin/true fails with %s", environment[0] ? environment[0] : "no preload");
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

/* A tree that lives until this program ends: its first process reads from a pipe that nobody writes
 * to. Its children are told its name. */
static void begin_tree(const char *preload, const char *limit, char tree[64])
{
    int names[2], end[2];
    if (pipe(names) != 0 || pipe(end) != 0)
        err(1, "pipe");
    switch (fork()) {
    case -1:
        err(1, "fork");
    case 0:
        dup2(names[1], 1);
        dup2(end[0], 0);
        close(names[0]);
        close(names[1]);
        close(end[1]);
        putenv((char *)preload);
        putenv((char *)limit);
        execl("/bin/sh", "sh", "-c", "env | grep '^RL_TREE='; exec >&-; read never", NULL);
        err(1, "/bin/sh");
    default:
        close(names[1]);
    }
    ssize_t length = read(names[0], tree, 63);
    if (length < 10)
        errx(1, "a tree has no name");
    tree[length - 1] = '\0';
}

int main(int argc, char **argv)
{
    static const char *const names[VARIANTS] = {"plain",   "empty", "inert",
                                                "process", "first", "next"};
    static double took[VARIANTS][TURNS], added[VARIANTS][TURNS];
    char empty[4096], shim[4096], tree[64], limit[] = "RL_CAPACITY=1G";
    char alone[] = "RL_SCOPE=process";

    if (argc != 3)
        errx(1, "usage: startup EMPTY.so SHIM.so");
    snprintf(empty, sizeof empty, "LD_PRELOAD=%s", argv[1]);
    snprintf(shim, sizeof shim, "LD_PRELOAD=%s", argv[2]);
    char *const environments[VARIANTS][4] = {
        {NULL}, {empty}, {shim}, {shim, limit, alone}, {shim, limit}, {shim, limit, tree},
    };

    begin_tree(shim, limit, tree);
    pin();
    for (int turn = -WARM; turn < TURNS; turn++)
        for (int variant = 0; variant < VARIANTS; variant++) {
            double us = lifetime(environments[variant]);
            if (turn < 0)
                continue;
            took[variant][turn] = us;
            added[variant][turn] = us - took[0][turn];
        }
    double plain = 0;
    for (int variant = 0; variant < VARIANTS; variant++) {
        double more = median(added[variant], TURNS);
        if (variant == 0)
            plain = median(took[0], TURNS);
        printf("%s\t%.0f\t%.0f\t%.0f\n", names[variant], plain, plain + more, more);
    }
}
