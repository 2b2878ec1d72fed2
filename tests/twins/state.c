/* state.c - what of a process and of a socket is as it was after calls that waited. */
#include <malloc.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "twin.h"

/* Calls of each family. */
static void use(struct pair pair)
{
    char bytes[3000];
    SAY(send(pair.near, data, 3000, 0));
    SAY(write(pair.near, data, 3000));
    SAY(writev(pair.near, &(struct iovec){data, 3000}, 1));
    say("received %zu", read_exactly(pair.far, bytes, 3000));
}

static void error_number(void)
{
    static const int values[] = {0, EXDEV, EINTR, EAGAIN, 12345};
    char bytes[100];
    struct pair pair = tcp_pair();
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        errno = values[i];
        ssize_t result = send(pair.near, data, 100, 0);
        result += write(pair.near, data, 100);
        say("%zd, errno as before: %d", result, errno == values[i]);
    }
    errno = EXDEV;
    ssize_t got = recv(pair.far, bytes, 100, 0);
    got += read(pair.far, bytes, 100);
    close(dup(pair.near));
    say("%d, errno as before: %d", got > 0, errno == EXDEV);
    errno = EXDEV;
    say("not a socket: %zd, errno as before: %d", write(REPORT_FD, "\n", 1), errno == EXDEV);
}

static void mask_and_handlers(void)
{
    sigset_t mask, before = {0}, after = {0};   /* of which the kernel, and libc, write a part */
    struct sigaction handlers[NSIG] = {0}, now; /* of libc's own signals it tells nothing */
    struct pair pair = tcp_pair();
    int changed = 0;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR2);
    sigaddset(&mask, SIGRTMAX);
    pthread_sigmask(SIG_SETMASK, &mask, &before);
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    signal(SIGUSR1, SIG_IGN);
    for (int i = 1; i < NSIG; i++)
        sigaction(i, NULL, &handlers[i]);
    use(pair);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    for (int i = 1; i < NSIG; i++)
        changed += sigaction(i, NULL, &now) == 0 && (now.sa_handler != handlers[i].sa_handler ||
                                                     now.sa_flags != handlers[i].sa_flags);
    say("mask as before: %d, handlers changed: %d", memcmp(&before, &after, sizeof after) == 0,
        changed);
    for (int i = 1, ignored = 0; i < NSIG; i++) {
        ignored += handlers[i].sa_handler != SIG_DFL;
        if (i == NSIG - 1)
            say("not the default: %d", ignored);
    }
}

static void say_line(const char *path, const char *begin)
{
    char line[200];
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, begin, strlen(begin)) == 0)
            say("%.*s", (int)strcspn(line, "\n"), line);
    if (file)
        fclose(file);
}

/* As the kernel tells of the process. */
static void threads_and_signals(void)
{
    static const char *const lines[] = {
        "Threads:", "SigBlk:", "SigIgn:", "SigCgt:", "Umask:", "Seccomp:", "NoNewPrivs:"};
    struct pair pair = tcp_pair();
    use(pair);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        say_line("/proc/self/status", lines[i]);
    say_line("/proc/self/limits", "Max open files");
    say_line("/proc/self/limits", "Max stack size");
}

static void limits_and_rest(void)
{
    struct rlimit limit;
    struct itimerval timer;
    struct pair pair = tcp_pair();
    umask(027);
    use(pair);
    for (int i = 0; i < RLIM_NLIMITS; i++) {
        MUST(getrlimit(i, &limit));
        say("limit %d: %lld %lld", i, (long long)limit.rlim_cur, (long long)limit.rlim_max);
    }
    getitimer(ITIMER_REAL, &timer);
    say("timer %ld, umask %03o, priority %d", (long)timer.it_value.tv_usec, umask(0),
        getpriority(PRIO_PROCESS, 0));
}

#ifdef __GLIBC__
/* Nothing is allocated, and the break stays where it was. */
static void memory(void)
{
    struct pair pair = tcp_pair();
    char *some = malloc(1000);
    use(pair);
    size_t before = mallinfo2().uordblks;
    void *break_before = sbrk(0);
    use(pair);
    say("allocated %zu, break moved %d", mallinfo2().uordblks - before, sbrk(0) != break_before);
    free(some);
}
#endif

static void socket_options(void)
{
    static const struct {
        int level, option;
    } options[] = {
        {SOL_SOCKET, SO_SNDBUF},     {SOL_SOCKET, SO_RCVBUF},    {SOL_SOCKET, SO_KEEPALIVE},
        {SOL_SOCKET, SO_REUSEADDR},  {SOL_SOCKET, SO_ERROR},     {SOL_SOCKET, SO_TYPE},
        {SOL_SOCKET, SO_DOMAIN},     {SOL_SOCKET, SO_PROTOCOL},  {SOL_SOCKET, SO_RCVLOWAT},
        {SOL_SOCKET, SO_SNDLOWAT},   {SOL_SOCKET, SO_PRIORITY},  {SOL_SOCKET, SO_OOBINLINE},
        {SOL_SOCKET, SO_ACCEPTCONN}, {IPPROTO_TCP, TCP_NODELAY}, {IPPROTO_TCP, TCP_CORK},
        {IPPROTO_TCP, TCP_QUICKACK}, {IPPROTO_TCP, TCP_MAXSEG},  {IPPROTO_TCP, TCP_DEFER_ACCEPT},
        {IPPROTO_IP, IP_TOS},        {IPPROTO_IP, IP_TTL}};
    struct pair pair = stream_pair(AF_INET, 50000);
    set_option(pair.near, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(pair.near, SOL_SOCKET, SO_KEEPALIVE, 1);
    use(pair);
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        int value = -1;
        socklen_t size = sizeof value;
        int result = getsockopt(pair.near, options[i].level, options[i].option, &value, &size);
        say("option %d %d: %d %d", options[i].level, options[i].option, result, value);
    }
}

static void working_directory(void)
{
    char before[200], after[200];
    struct pair pair = tcp_pair();
    MUST(chdir("/usr"));
    say("%s", getcwd(before, sizeof before) ? before : "");
    use(pair);
    say("as before: %d", getcwd(after, sizeof after) && strcmp(before, after) == 0);
}

TWINS(GLIBC_TWIN(memory) TWIN(error_number), TWIN(mask_and_handlers), TWIN(threads_and_signals),
      TWIN(limits_and_rest), TWIN(socket_options), TWIN(working_directory))
