/*
 * scarce.c - a process that has little left, or is hardly one yet, or hardly any more.
 *
 * Limits: as each behaviour says. Those that run before and after main are chosen by
 * HOLD_WHEN=NAME in the environment, and end the process themselves.
 */
#include <sys/resource.h>

#include "hold.h"

/* send 1/h timeout=1ms: the first passes, the second does not. */
static void check_limited(void)
{
    struct pair pair = tcp_pair();
    CHECK_EQ(send(pair.near, data, 10, 0), 10);
    CHECK_FAILS(send(pair.near, data, 10, 0), ETIMEDOUT);
}

/* out 100kB/s burst=10kB */
static void check_held(struct pair pair)
{
    struct sink sink;
    sink_start(&sink, pair);
    double begin = now();
    CHECK_EQ(send(sink.pair.near, data, 30000, 0), 30000);
    CHECK_TOOK(begin, 0.2, 0.6);
    sink_stop(&sink, 30000);
}

/* No number is left, neither below the limit nor by raising it. */
static void no_descriptors(void)
{
    struct rlimit limit = {100, 100};
    struct pair pair = tcp_pair();
    setrlimit(RLIMIT_NOFILE, &limit);
    while (dup(pair.far) >= 0)
        ;
    CHECK_EQ(errno, EMFILE);
    check_held(pair);
}

static void no_memory(void)
{
    struct rlimit limit = {0, 0};
    struct sink sink;
    sink_start(&sink, tcp_pair());
    setrlimit(RLIMIT_AS, &limit);
    setrlimit(RLIMIT_DATA, &limit);
    CHECK(malloc(1 << 24) == NULL);
    double begin = now();
    CHECK_EQ(send(sink.pair.near, data, 30000, 0), 30000);
    CHECK_TOOK(begin, 0.2, 0.6);
    sink_stop(&sink, 30000);
}

/* The numbers 0, 1 and 2 are sockets then, and whatever is said goes nowhere. */
static void no_standard_streams(void)
{
    struct sockaddr_in address;
    closefrom(0);
    int listener = tcp_listen(&address, 1);
    CHECK_EQ(listener, STDIN_FILENO);
    struct pair pair = {.near = MUST(socket(AF_INET, SOCK_STREAM, 0))};
    CHECK_EQ(pair.near, STDOUT_FILENO);
    MUST(connect(pair.near, (struct sockaddr *)&address, sizeof address));
    pair.far = MUST(accept(listener, NULL, NULL));
    check_held(pair);
}

/* As a daemon does: what the shim itself had open is gone, too. */
static void all_closed(void)
{
    for (int fd = 0; fd < 5000; fd++)
        close(fd);
    check_held(tcp_pair());
}

static void no_environment(void)
{
    clearenv();
    check_limited();
}

static void other_environment(void)
{
    setenv("RL_LIMITS", "send 1000/s", 1);
    setenv("RL_CAPACITY", "1000000", 1);
    unsetenv("LD_PRELOAD");
    check_limited();
}

extern char **environ;

/* As programs do that write their title over it. */
static void overwritten_environment(void)
{
    for (char **variable = environ; *variable; variable++)
        memset(*variable, 'x', strlen(*variable));
    check_limited();
}

static void *check_limited_and_exit(void *unused)
{
    (void)unused;
    nap(0.05);
    check_limited();
    exit(check_status());
}

/* The first thread may end before the process does. */
static void in_a_thread_that_main_left(void)
{
    thread_start(check_limited_and_exit, NULL);
    pthread_exit(NULL);
}

static bool chosen(const char *when)
{
    const char *wanted = getenv("HOLD_WHEN");
    return wanted && strcmp(wanted, when) == 0;
}

static void check_at(const char *when)
{
    if (!chosen(when))
        return;
    check_limited();
    _exit(check_status());
}

static void before_all_constructors(int argc, char **argv, char **environment)
{
    (void)argc, (void)argv;
    environ = environment;
    check_at("preinit");
}

__attribute__((used, section(".preinit_array"))) static void (*const preinit)(
    int, char **, char **) = before_all_constructors;

__attribute__((constructor)) static void constructor(void)
{
    check_at("constructor");
}

__attribute__((destructor)) static void destructor(void)
{
    check_at("destructor");
}

static void at_exit(void)
{
    check_at("atexit");
}

/* They come back only if HOLD_WHEN was none of those above: then nothing was checked. */
static void around_main(void)
{
    CHECK_EQ(atexit(at_exit), 0);
    if (CHECK(chosen("destructor") || chosen("atexit")))
        exit(1);
}

HOLD_MAIN(BEHAVIOUR(no_descriptors), BEHAVIOUR(no_memory), BEHAVIOUR(no_standard_streams),
          BEHAVIOUR(all_closed), BEHAVIOUR(no_environment), BEHAVIOUR(other_environment),
          BEHAVIOUR(overwritten_environment), BEHAVIOUR(in_a_thread_that_main_left),
          BEHAVIOUR(around_main))
