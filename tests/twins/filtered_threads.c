/* filtered_threads.c - filters of seccomp(2) that allow nearly everything, and come while other
 * threads are in their calls. */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "twin.h"

static struct pair pair;
static pid_t sender;
static volatile bool over;

static void enter(struct sock_filter *filter, size_t length)
{
    struct sock_fprog program = {(unsigned short)length, filter};
    MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    MUST(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0));
}

static void allow_all(void)
{
    struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    enter(&all, 1);
}

static void allow_all_but(long number)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    enter(filter, sizeof filter / sizeof *filter);
}

static void *send_much(void *unused)
{
    (void)unused;
    __atomic_store_n(&sender, gettid(), __ATOMIC_RELEASE);
    SAY(send(pair.near, data, 400000, 0));
    return NULL;
}

static pthread_t begin_to_send(void)
{
    pthread_t thread = thread_start(send_much, NULL);
    while (!__atomic_load_n(&sender, __ATOMIC_ACQUIRE))
        nap(0.001);
    await_sleep(getpid(), sender);
    return thread;
}

/* The other thread stays as free as it is. */
static void during_a_send(void)
{
    struct reader reader;
    pair = tcp_pair();
    reader_start(&reader, pair.far);
    pthread_t thread = begin_to_send();
    allow_all();
    pthread_join(thread, NULL);
    shutdown(pair.near, SHUT_WR);
    say_stream("peer", reader_end(&reader));
}

/* As some do, to see whether the kernel has it. */
static void *ask(void *pause_seconds)
{
    while (!over) {
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL);
        if (pause_seconds)
            nap(*(double *)pause_seconds);
    }
    return NULL;
}

static void asked_for_during_a_send(void)
{
    struct reader reader;
    double pause_seconds = 0.001;
    pair = tcp_pair();
    reader_start(&reader, pair.far);
    pthread_t thread = begin_to_send(), asking = thread_start(ask, &pause_seconds);
    pthread_join(thread, NULL);
    over = true;
    pthread_join(asking, NULL);
    shutdown(pair.near, SHUT_WR);
    say_stream("peer", reader_end(&reader));
}

/* By one thread, while another enters for good: what waits must know that it is in there. */
static void enter_while_another_asks(void)
{
    enum { FUTEX_WAITV = 449 };
    pthread_t asking = thread_start(ask, NULL);
    nap(0.001);
    allow_all_but(FUTEX_WAITV);
    over = true;
    pthread_join(asking, NULL);
    SAY(send(pair.near, data, 1000, 0));
    SAY(send(pair.near, data, 5000, 0));
}

static void asked_for_during_an_entry(void)
{
    int status;
    pair = tcp_pair();
    for (int i = 0; i < 10; i++) {
        pid_t child = MUST(fork());
        if (child == 0) {
            enter_while_another_asks();
            _exit(0);
        }
        MUST(waitpid(child, &status, 0));
        say("exited %d, status %d", WIFEXITED(status), WEXITSTATUS(status));
    }
    say_received(pair);
}

TWINS(TWIN(during_a_send), TWIN(asked_for_during_a_send), TWIN(asked_for_during_an_entry))
