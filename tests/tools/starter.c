/*
 * starter.c - starts a command in a way in which a limit could be lost.
 */
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../unit/libc.h"
#include "tool.h"

static const char usage[] =
    "starter HOW COMMAND...\n"
    "  closed    after closefrom(3): nothing is open but the standard streams\n"
    "  range     after close_range(2) of all but these\n"
    "  daemon    as the child of a child that ends, in a session of its own\n"
    "  orphans   as the child of one that is killed as soon as it has started it, four times\n"
    "  empty     with no environment at all\n"
    "  numbered  likewise, by the number of execve(2)\n"
    "  vfork     likewise, from a vfork(2) child\n"
    "  stderr    as a child whose stderr is elsewhere\n";

static char *no_environment[] = {NULL};

static void become(char **command)
{
    execvp(command[0], command);
    die("run the command");
}

static void closed(char **command)
{
    closefrom(3);
    become(command);
}

static void range(char **command)
{
    close_range(3, ~0U, 0);
    become(command);
}

/* It is not waited for. */
static void as_daemon(char **command)
{
    if (fork() > 0)
        _exit(0);
    setsid();
    if (fork() > 0)
        _exit(0);
    become(command);
}

static void orphans(char **command)
{
    for (int i = 0; i < 4; i++) {
        pid_t child = fork();
        if (child > 0) {
            waitpid(child, NULL, 0);
            continue;
        }
        if (fork() > 0)
            kill(getpid(), SIGKILL);
        become(command);
    }
}

static void empty(char **command)
{
    execve(command[0], command, no_environment);
    die("run the command");
}

static void numbered(char **command)
{
    syscall(SYS_execve, command[0], command, no_environment);
    die("run the command");
}

static void wait_for_all(void)
{
    int status;
    while (wait(&status) > 0)
        if (status != 0)
            exit(1);
}

static void by_vfork(char **command)
{
    if (vfork() == 0) {
        execve(command[0], command, no_environment);
        _exit(127);
    }
    wait_for_all();
}

static void without_stderr(char **command)
{
    if (fork() == 0) {
        close(STDERR_FILENO);
        open("/dev/null", O_WRONLY);
        become(command);
    }
    wait_for_all();
}

static const struct {
    const char *name;
    void (*start)(char **command);
} ways[] = {
    {"closed", closed}, {"range", range},       {"daemon", as_daemon}, {"orphans", orphans},
    {"empty", empty},   {"numbered", numbered}, {"vfork", by_vfork},   {"stderr", without_stderr},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 2 && i < sizeof ways / sizeof *ways; i++)
        if (strcmp(argv[1], ways[i].name) == 0) {
            ways[i].start(argv + 2);
            return 0;
        }
    fputs(usage, stderr);
    return 2;
}
