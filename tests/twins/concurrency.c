/* concurrency.c - many threads, small threads, and processes that start while a thread waits. */
#include <limits.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "twin.h"

extern char **environ;

enum { THREADS = 8 };

static struct pair pairs[THREADS];
static ssize_t results[THREADS];

static void *send_one(void *argument)
{
    int i = *(int *)argument;
    for (int times = 0; times < 3; times++)
        results[i] += send(pairs[i].near, data, 3000, 0);
    return NULL;
}

static void many_threads(void)
{
    pthread_t threads[THREADS];
    int numbers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        pairs[i] = udp_pair();
        numbers[i] = i;
    }
    for (int i = 0; i < THREADS; i++)
        threads[i] = thread_start(send_one, &numbers[i]);
    for (int i = 0; i < THREADS; i++) {
        char bytes[4000];
        pthread_join(threads[i], NULL);
        say("thread %d sent %zd", i, results[i]);
        for (int times = 0; times < 3; times++)
            say("peer received %zd", recv(pairs[i].far, bytes, sizeof bytes, 0));
    }
}

static void *send_on_little_stack(void *argument)
{
    struct pair *pair = argument;
    struct iovec iov[2] = {{data, 2000}, {data + 2000, 3000}};
    struct msghdr message = {.msg_iov = iov, .msg_iovlen = 2};
    results[0] = send(pair->near, data, 5000, 0);
    results[1] = sendmsg(pair->near, &message, 0);
    results[2] = writev(pair->near, iov, 2);
    results[3] = sendto(pair->near, data, 5000, 0, NULL, 0);
    return NULL;
}

static void smallest_stacks(void)
{
    struct pair pair = tcp_pair();
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    enum { SIZE = 16384, GUARD = 4096 };
    char *stack =
        mmap(NULL, GUARD + SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(mprotect(stack, GUARD, PROT_NONE));
    MUST(-pthread_attr_setstack(&attributes, stack + GUARD, SIZE));
    MUST(-pthread_create(&thread, &attributes, send_on_little_stack, &pair));
    pthread_join(thread, NULL);
    say("sent %zd %zd %zd %zd", results[0], results[1], results[2], results[3]);
    say_received(pair);
}

/* Small records of several threads on one stream: none is torn. */
enum { RECORD = 100 };

static void *send_records(void *argument)
{
    char record[RECORD];
    memset(record, *(char *)argument, sizeof record);
    for (int i = 0; i < 3; i++)
        results[0] += send(pairs[0].near, record, sizeof record, 0) == RECORD;
    return NULL;
}

static void records_on_one_stream(void)
{
    static char names[] = "abcd", record[RECORD];
    pthread_t threads[4];
    int counts[4] = {0}, torn = 0;
    pairs[0] = tcp_pair();
    for (int i = 0; i < 4; i++)
        threads[i] = thread_start(send_records, &names[i]);
    while (pairs[0].far && read_exactly(pairs[0].far, record, RECORD) == RECORD) {
        counts[record[0] - 'a']++;
        torn += memcmp(record, record + 1, RECORD - 1) != 0;
        if (counts[0] + counts[1] + counts[2] + counts[3] == 12)
            break;
    }
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    say("records %d %d %d %d, torn %d", counts[0], counts[1], counts[2], counts[3], torn);
}

static pthread_t waiter;
static pid_t waiter_id;
static size_t filled;

static void *wait_in_send(void *unused)
{
    (void)unused;
    __atomic_store_n(&waiter_id, gettid(), __ATOMIC_RELEASE);
    results[0] = send(pairs[0].near, data + filled, 1000, 0);
    return NULL;
}

/* A thread that waits in a call until end_waiting(). */
static void begin_waiting(void)
{
    pairs[0] = narrow_pair();
    pairs[1] = tcp_pair();
    filled = fill(pairs[0].near);
    waiter = thread_start(wait_in_send, NULL);
    while (!__atomic_load_n(&waiter_id, __ATOMIC_ACQUIRE))
        nap(0.001);
    await_sleep(getpid(), waiter_id);
}

static void end_waiting(void)
{
    struct reader reader;
    reader_start(&reader, pairs[0].far);
    pthread_join(waiter, NULL);
    say("the thread sent %zd", results[0]);
    shutdown(pairs[0].near, SHUT_WR);
    say_matches(reader_end(&reader), filled + 1000);
    say_received(pairs[1]);
}

static void say_status(const char *what, pid_t child)
{
    int status;
    waitpid(child, &status, 0);
    say("%s exited %d with %d", what, WIFEXITED(status), WEXITSTATUS(status));
}

static void fork_meanwhile(void)
{
    begin_waiting();
    pid_t child = MUST(fork());
    if (child == 0) {
        SAY(send(pairs[1].near, data, 5000, 0));
        _exit(3);
    }
    say_status("child", child);
    end_waiting();
}

static void vfork_meanwhile(void)
{
    begin_waiting();
    pid_t child = vfork();
    if (child == 0) {
        ssize_t sent = write(pairs[1].near, data, 5000);
        _exit(sent == 5000 ? 4 : 5);
    }
    say_status("child", child);
    end_waiting();
}

#ifdef __GLIBC__ /* of which the shell is */
static void spawn_meanwhile(void)
{
    char *arguments[] = {(char *)"sh", (char *)"-c", (char *)"exit 6", NULL};
    pid_t child;
    begin_waiting();
    MUST(-posix_spawn(&child, "/bin/sh", NULL, NULL, arguments, environ));
    say_status("sh", child);
    say("system(3): %d", WEXITSTATUS(system("exit 7")));
    end_waiting();
}

/* popen(3), and what the shell behind it prints. */
static void popen_meanwhile(void)
{
    char line[100] = "";
    begin_waiting();
    FILE *shell = popen("echo from the shell", "r");
    say("read %d: %.14s", fgets(line, sizeof line, shell) != NULL, line);
    say("pclose: %d", pclose(shell));
    end_waiting();
}
#endif

static int atfork_calls;

static void at_fork(void)
{
    atfork_calls++;
    send(pairs[1].near, data, 10, 0);
}

/* A handler of pthread_atfork that sends. */
static void atfork_sends(void)
{
    begin_waiting();
    pthread_atfork(at_fork, at_fork, at_fork);
    pid_t child = MUST(fork());
    if (child == 0)
        _exit(atfork_calls);
    say_status("child", child);
    say("handlers in the parent: %d", atfork_calls);
    end_waiting();
}

/* Keys for thread-specific data: as many as without. */
static void keys_that_are_left(void)
{
    pthread_key_t key;
    int keys = 0;
    struct pair pair = tcp_pair();
    SAY(send(pair.near, data, 5000, 0));
    while (keys < 2 * PTHREAD_KEYS_MAX && pthread_key_create(&key, NULL) == 0)
        keys++;
    say("keys %d", keys);
    say_received(pair);
}

TWINS(GLIBC_TWIN(spawn_meanwhile) GLIBC_TWIN(popen_meanwhile) TWIN(many_threads),
      TWIN(smallest_stacks), TWIN(records_on_one_stream), TWIN(fork_meanwhile),
      TWIN(vfork_meanwhile), TWIN(atfork_sends), TWIN(keys_that_are_left))
