/* lifetimes.c - sending before main, after it, and as a thread ends. */
#include "twin.h"

static const char *chosen = "";
static struct pair pair;
extern char **environ;

static void send_at(const char *when)
{
    if (strcmp(chosen, when) != 0)
        return;
    if (report_fd == STDOUT_FILENO)
        twin_prepare();
    if (!pair.near)
        pair = tcp_pair();
    say("%s", when);
    SAY(send(pair.near, data, 3000, 0));
    SAY(write(pair.near, data, 3000));
    say_received(pair);
    say("end of %s", when);
}

#ifdef __GLIBC__
static void before_all_constructors(int argc, char **argv, char **environment)
{
    environ = environment;
    chosen = argc > 1 ? argv[1] : "";
    send_at("preinit");
}

__attribute__((used, section(".preinit_array"))) static void (*const at_preinit)(
    int, char **, char **) = before_all_constructors;

static void on_exit_handler(int status, void *argument)
{
    say("status %d, argument %d", status, argument == &pair);
    send_at("on_exit_too");
}

/* This has done it already. */
static void preinit(void)
{
}

static void on_exit_too(void)
{
    on_exit(on_exit_handler, &pair);
}
#else

/* Constructors have no arguments. */
__attribute__((constructor(101))) static void before_other_constructors(void)
{
    static char arguments[200];
    int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    if (read(fd, arguments, sizeof arguments - 2) > 0)
        chosen = arguments + strlen(arguments) + 1;
    close(fd);
}
#endif

__attribute__((constructor)) static void at_construction(void)
{
    send_at("constructor");
}

__attribute__((destructor)) static void at_destruction(void)
{
    send_at("destructor");
}

static void at_exit(void)
{
    send_at("atexit_handler");
}

static void at_quick_exit_handler(void)
{
    send_at("quick");
}

/* This has done it already. */
static void constructor(void)
{
}

/* These do it afterwards. */
static void destructor(void)
{
}

static void atexit_handler(void)
{
    atexit(at_exit);
}

static void quick(void)
{
    at_quick_exit(at_quick_exit_handler);
    quick_exit(0);
}

static void key_destructor(void *count)
{
    SAY(send(pair.near, data, 3000, 0));
    ++*(int *)count;
}

static void *thread_with_key(void *key)
{
    static int destroyed;
    pthread_setspecific(*(pthread_key_t *)key, &destroyed);
    return &destroyed;
}

static void thread_specific(void)
{
    pthread_key_t key;
    void *destroyed;
    pair = tcp_pair();
    pthread_key_create(&key, key_destructor);
    pthread_join(thread_start(thread_with_key, &key), &destroyed);
    say("destroyed %d", *(int *)destroyed);
    say_received(pair);
}

static void *send_and_end(void *main_thread)
{
    pthread_join(*(pthread_t *)main_thread, NULL);
    SAY(send(pair.near, data, 3000, 0));
    SAY(send(pair.near, data, 3000, 0));
    say_received(pair);
    say("end of main_thread_gone");
    exit(0);
}

static void main_thread_gone(void)
{
    static pthread_t main_thread;
    pair = tcp_pair();
    main_thread = pthread_self();
    thread_start(send_and_end, &main_thread);
    pthread_exit(NULL);
}

static void exit_in_the_middle(void)
{
    struct pair other = tcp_pair();
    SAY(send(other.near, data, 3000, 0));
    printf("buffered");
    say("end of exit_in_the_middle");
    _exit(0);
}

TWINS(GLIBC_TWIN(preinit) GLIBC_TWIN(on_exit_too) TWIN(constructor), TWIN(destructor),
      TWIN(atexit_handler), TWIN(quick), TWIN(thread_specific), TWIN(main_thread_gone),
      TWIN(exit_in_the_middle))
