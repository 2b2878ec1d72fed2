/* descriptors.c - the numbers of descriptors, and that nothing but the program has any. */
#include <dirent.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

#include "twin.h"

static void say_list(const char *when)
{
    char line[400] = "";
    bool open_numbers[8192] = {false};
    DIR *directory = opendir("/proc/self/fd");
    for (struct dirent *entry; (entry = readdir(directory));)
        if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(directory))
            open_numbers[atoi(entry->d_name) % 8192] = true;
    closedir(directory);
    for (int i = 0; i < 8192; i++)
        if (open_numbers[i])
            snprintf(line + strlen(line), sizeof line - strlen(line), " %d", i);
    say("%s:%s", when, line);
}

static void listing(void)
{
    say_list("at first");
    struct pair pair = tcp_pair();
    SAY(send(pair.near, data, 5000, 0));
    SAY(send(pair.near, data, 5000, 0));
    say_list("after sending");
    close_pair(pair);
    say_list("after closing");
}

static void numbers_given(void)
{
    int two[2];
    union address address;
    sigset_t set;
    sigemptyset(&set);
    SAY(tcp_listener(&address, 4));
    SAY(socket(AF_INET, SOCK_STREAM, 0));
    SAY(connect(4, &address.any, sizeof address.in));
    SAY(accept(3, NULL, NULL));
    SAY(fcntl(3, F_SETFL, O_NONBLOCK)); /* some libc would accept without the flags */
    SAY(accept4(3, NULL, NULL, 9999));
    SAY(send(4, data, 5000, 0));
    SAY(open("/dev/null", O_RDWR));
    SAY(dup(4));
    SAY(pipe(two));
    say("pipe %d %d", two[0], two[1]);
    SAY(socketpair(AF_UNIX, SOCK_STREAM, 0, two));
    say("socketpair %d %d", two[0], two[1]);
    SAY(eventfd(0, 0));
    SAY(epoll_create1(0));
    SAY(timerfd_create(CLOCK_MONOTONIC, 0));
    SAY(signalfd(-1, &set, 0));
    SAY(memfd_create("twin", 0));
    SAY(fcntl(4, F_DUPFD, 0));
    SAY(fcntl(4, F_DUPFD_CLOEXEC, 100));
    SAY(close(4));
    SAY(close(6));
    SAY(socket(AF_INET, SOCK_DGRAM, 0));
    SAY(dup2(7, 6));
    SAY(dup3(7, 50, O_CLOEXEC));
    SAY(dup2(7, 7));
    SAY(dup3(7, 7, 0));
    SAY(dup2(7, -1));
    SAY(send(7, data, 5000, 0));
    SAY(send(50, data, 5000, 0));
    SAY(send(4, data, 5000, 0));
}

/* RLIMIT_NOFILE is reached: what opens fails, what sends does not. */
static void none_left(void)
{
    struct rlimit limit = {30, 30};
    union address address;
    int two[2], listener = tcp_listener(&address, 4);
    struct pair pair = tcp_pair();
    int late = MUST(socket(AF_INET, SOCK_STREAM, 0));
    MUST(setrlimit(RLIMIT_NOFILE, &limit));
    while (dup(pair.far) >= 0)
        ;
    SAY(connect(late, &address.any, sizeof address.in));
    SAY(socket(AF_INET, SOCK_STREAM, 0));
    SAY(accept(listener, NULL, NULL));
    SAY(dup(pair.near));
    SAY(pipe(two));
    SAY(fcntl(pair.near, F_DUPFD, 0));
    SAY(send(pair.near, data, 5000, 0));
    SAY(write(pair.near, data, 5000));
    SAY(dup2(pair.near, 29));
    SAY(dup2(pair.near, 30));
    SAY(write(29, data, 5000));
    SAY(close(29));
    SAY(accept(listener, NULL, NULL));
}

/* The limit is below numbers that are open already. */
static void limit_lowered(void)
{
    struct pair pair = tcp_pair();
    SAY(dup2(pair.near, 500));
    MUST(setrlimit(RLIMIT_NOFILE, &(struct rlimit){100, 100}));
    SAY(send(500, data, 5000, 0));
    SAY(send(500, data, 5000, 0));
    SAY(dup2(500, 99));
    SAY(dup2(500, 100));
    SAY(send(99, data, 5000, 0));
}

static void high_numbers(void)
{
    static const int numbers[] = {1023,  1024,  3999,  4000,  4001,  8191,   8192,
                                  10000, 16384, 19999, 50000, 65536, 100000, 1000000};
    size_t count = sizeof numbers / sizeof *numbers;
    struct rlimit limit;
    struct pair pair = tcp_pair();
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur <= 16384)
        skip("the limit of descriptors is too low");
    while (limit.rlim_cur <= (rlim_t)numbers[count - 1])
        count--;
    for (size_t i = 0; i < count; i++) {
        MUST(dup2(pair.near, numbers[i]));
        SAY(send(numbers[i], data, 1000, 0));
    }
    for (size_t i = 0; i < count; i++)
        SAY(close(numbers[i]));
    SAY(send(10000, data, 1000, 0));
    say_received(pair);
}

static void standard_streams_closed(void)
{
    char bytes[5000];
    union address address;
    SAY(close(0));
    SAY(close(1));
    SAY(close(2));
    SAY(tcp_listener(&address, 1));
    SAY(socket(AF_INET, SOCK_STREAM, 0));
    SAY(connect(1, &address.any, sizeof address.in));
    SAY(accept(0, NULL, NULL));
    SAY(write(1, data, 5000));
    SAY(write(2, data, 3000));
    say("received %zu", read_exactly(2, bytes, 5000));
    say("received %zu", read_exactly(1, bytes, 3000));
    SAY(printf("to the peer\n"));
    SAY(fflush(stdout));
    say("received %zu: %.11s", read_exactly(2, bytes, 12), bytes);
    say_list("open");
}

/* As daemons do. */
static void closed_by_a_loop(void)
{
    for (int fd = 0; fd < 9000; fd++)
        if (fd != REPORT_FD)
            close(fd);
    struct pair pair = tcp_pair();
    say("numbers %d %d", pair.near, pair.far);
    SAY(send(pair.near, data, 5000, 0));
    SAY(send(pair.near, data, 5000, 0));
    say_list("open");
    say_received(pair);
}

/* Flags of the file and of the number, owner and signal. */
static void say_flags(int fd)
{
    say("GETFL %#o, GETFD %d, GETOWN %d, GETSIG %d", fcntl(fd, F_GETFL), fcntl(fd, F_GETFD),
        fcntl(fd, F_GETOWN), fcntl(fd, F_GETSIG));
}

static void flags_unchanged(void)
{
    struct pair pair = tcp_pair();
    for (int i = 0; i < 4; i++) {
        int flags = (i & 1 ? O_NONBLOCK : 0) | (i & 2 ? O_ASYNC : 0);
        SAY(fcntl(pair.near, F_SETFL, flags));
        SAY(fcntl(pair.near, F_SETFD, i & 1));
        say_flags(pair.near);
        SAY_AT_LAST(pair.near, POLLOUT, send(pair.near, data, 2000, MSG_DONTWAIT));
        SAY_AT_LAST(pair.near, POLLOUT, send(pair.near, data, 2000, 0));
        say_flags(pair.near);
        int other = dup(pair.near);
        say_flags(other);
        close(other);
        signal(SIGIO, SIG_IGN);
    }
}

TWINS(TWIN(listing), TWIN(numbers_given), TWIN(none_left), TWIN(limit_lowered), TWIN(high_numbers),
      TWIN(standard_streams_closed), TWIN(closed_by_a_loop), TWIN(flags_unchanged))
