/*
 * stall.c - runs a command, and stops all that belongs to it again and again, as Ctrl-Z or a paused
 * container would.
 */
#include <getopt.h>
#include <math.h>
#include <pthread.h>
#include <sys/wait.h>

#include "record.h"
#include "tool.h"

static const char usage[] = "stall [OPTION]... COMMAND...\n"
                            "  -a SECONDS  let it run so long before each time, and\n"
                            "  -s SECONDS  stop it for so long\n"
                            "  -n TIMES    (1)\n";

/* Until then, or until one of the signals came. */
static void nap(const char *duration, const sigset_t *signals, pid_t group)
{
    double whole;
    double fraction = modf(strtod(duration, NULL), &whole);
    struct timespec left = {(time_t)whole, (long)(fraction * 1e9)};
    int signal = sigtimedwait(signals, NULL, &left);
    if (signal > 0 && signal != SIGCHLD) {
        kill(-group, SIGKILL);
        exit(1);
    }
}

int main(int argc, char **argv)
{
    const char *run = "1", *stop = "1";
    int times = 1;
    for (int option; (option = getopt(argc, argv, "+a:s:n:")) != -1;)
        switch (option) {
        case 'a':
            run = optarg;
            break;
        case 's':
            stop = optarg;
            break;
        case 'n':
            times = atoi(optarg);
            break;
        default:
            fputs(usage, stderr);
            return 2;
        }
    if (optind >= argc) {
        fputs(usage, stderr);
        return 2;
    }
    record_open();
    sigset_t before, signals;
    pthread_sigmask(SIG_BLOCK, NULL, &before);
    signals = block_ends();
    sigaddset(&signals, SIGCHLD); /* at its end, but not when it is stopped */
    sigaction(SIGCHLD, &(struct sigaction){.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDSTOP}, NULL);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);

    pid_t group = fork();
    if (group == 0) {
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        execvp(argv[optind], argv + optind);
        die("run the command");
    }
    if (group < 0)
        die("fork");
    for (int i = 0; i < times; i++) {
        nap(run, &signals, group);
        record_mark(STOPPED);
        kill(-group, SIGSTOP);
        nap(stop, &signals, group);
        record_mark(CONTINUED);
        kill(-group, SIGCONT);
    }
    int status;
    while (waitpid(group, &status, WNOHANG) == 0)
        nap("60", &signals, group);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
