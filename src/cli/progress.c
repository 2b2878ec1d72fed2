/* progress.c - see progress.h. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "meter.h"
#include "obey.h"
#include "progress.h"

/* The first look is for a rate to be known at the next one. */
enum { PERIOD_MS = 1000, FIRST_MS = 200 };

struct watch {
    pid_t child;
    struct meter meter;
    bool asked;     /* by the terminal, to stop */
    int stopped_by; /* the signal that the child was stopped by; 0: it runs */
    int64_t next_ms;
};

bool progress_can(const struct config *config)
{
    /* Of one that is not the controlling terminal nobody knows who is in the foreground. */
    if (!isatty(STDERR_FILENO) || tcgetpgrp(STDERR_FILENO) < 0)
        return false;
    bool seen = getenv("RL_TREE"); /* limits of an outer one */
    for (unsigned i = 0; i < config->count; i++)
        seen = seen || config->limits[i].scope != SCOPE_PROCESS;
    if (!seen)
        say("--progress has nothing to show: limits of scope=process cannot be seen from outside");
    return seen;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

/* Without a core of its own; where it is the first process of a namespace, no signal ends it
 * (pid_namespaces(7)). */
__attribute__((noreturn)) static void end_as(int status)
{
    if (WIFEXITED(status))
        exit(WEXITSTATUS(status));
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    obey(WTERMSIG(status));
    exit(128 + WTERMSIG(status));
}

static void see_child(struct watch *watch)
{
    int status;
    pid_t changed;
    while ((changed = waitpid(watch->child, &status, WNOHANG | WUNTRACED | WCONTINUED)) > 0) {
        watch->stopped_by = WIFSTOPPED(status) ? WSTOPSIG(status) : 0;
        if (WIFSTOPPED(status) || WIFCONTINUED(status))
            continue;
        meter_erase(&watch->meter);
        end_as(status);
    }
    if (changed < 0)
        exit(say("cannot wait for the command: %s", strerror(errno)));
}

/*
 * A shell waits for its child, which is this one. SIGSTOP is what a program stops itself by that
 * has caught SIGTSTP, but also what others send that want it to run slower, and continue nobody but
 * it.
 */
static void stop_with_child(struct watch *watch)
{
    if (!watch->stopped_by || (watch->stopped_by == SIGSTOP && !watch->asked))
        return;
    meter_erase(&watch->meter);
    obey(watch->stopped_by); /* until SIGCONT, which is passed on */
    watch->asked = false;
    watch->stopped_by = 0;
    watch->next_ms = now_ms();
}

/* What a terminal sends, it sends to the whole foreground group, so the child has it. */
static bool is_of_terminal(const siginfo_t *info)
{
    static const int numbers[] = {SIGINT,  SIGQUIT, SIGHUP,  SIGTSTP,
                                  SIGTTIN, SIGTTOU, SIGCONT, SIGWINCH};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (info->si_signo == numbers[i])
            return info->si_code == SI_KERNEL;
    return false;
}

static void take_signal(struct watch *watch, const siginfo_t *info)
{
    bool of_terminal = is_of_terminal(info);
    if (info->si_signo == SIGCHLD)
        return;
    if (info->si_signo == SIGWINCH)
        meter_draw(&watch->meter);
    else if (info->si_signo == SIGTSTP && of_terminal)
        watch->asked = true;
    /* And what the child sends to its group it has, too. */
    bool of_child = info->si_code <= 0 && info->si_pid == watch->child;
    if (!of_terminal && !of_child)
        kill(watch->child, info->si_signo);
}

__attribute__((noreturn)) static void watch_over(struct watch *watch, const sigset_t *all)
{
    watch->next_ms = now_ms() + FIRST_MS;
    for (;;) {
        siginfo_t info;
        int64_t left_ms = watch->next_ms - now_ms();
        if (left_ms <= 0) {
            meter_look(&watch->meter);
            meter_draw(&watch->meter);
            watch->next_ms = now_ms() + PERIOD_MS;
            left_ms = PERIOD_MS;
        }
        struct timespec left = {left_ms / 1000, left_ms % 1000 * 1000000};
        if (sigtimedwait(all, &info, &left) > 0)
            take_signal(watch, &info);
        see_child(watch);
        stop_with_child(watch);
    }
}

void progress_start(const struct progress *progress)
{
    static struct watch watch;
    const struct sigaction usual = {.sa_handler = SIG_DFL};
    struct sigaction before;
    sigset_t all, mask;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &mask);
    sigaction(SIGCHLD, &usual, &before); /* ignored, it leaves no status */
    watch.child = fork();
    if (watch.child > 0) {
        watch.meter = (struct meter){
            .pid = (unsigned)watch.child, .bits = progress->bits, .summary = progress->summary};
        watch_over(&watch, &all);
    }
    int error = errno;
    sigaction(SIGCHLD, &before, NULL);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    if (watch.child < 0)
        say("--progress shows nothing: %s", strerror(error));
}
