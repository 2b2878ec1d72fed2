/*
 * stacks.c - how much stack a held call needs: it may come at any depth the program has left.
 *
 * `depth` paints a stack, makes each call on it, and looks how far down the paint is gone: by
 * libc's own function, and by the one that the program gets. The difference is the shim's.
 * Limits: `out 1MB/s burst=2kB; connect 50/s burst=1`, so that each call here is held.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <ucontext.h>

#include "hold.h"

enum { STACK = 256 * 1024, MOST = 1024, LENGTH = 4000, SHORT = 100 };

#define CALLS(X)                                                                                   \
    X(send)                                                                                        \
    X(sendto) X(sendmsg) X(sendmmsg) X(write) X(writev) X(pwritev2) X(sendfile) X(splice) X(connect)

struct functions {
#define X(name) __typeof__(name) *name;
    CALLS(X)
#undef X
};

static struct functions libc, linked = {
#define X(name) .name = name,
                                  CALLS(X)
#undef X
};

static const struct functions *use = &linked;
static struct pair pair;
static int file, pipe_ends[2];
static struct sockaddr_in server;
static size_t length;
static long result;

/* In parts of one byte and a rest, so that pieces have several of them. */
static struct iovec parts[10];
static struct msghdr message = {.msg_iov = parts, .msg_iovlen = 10};

static void do_send(void)
{
    result = use->send(pair.near, data, length, 0);
}

static void do_sendto(void)
{
    result = use->sendto(pair.near, data, length, 0, NULL, 0);
}

static void do_sendmsg(void)
{
    result = use->sendmsg(pair.near, &message, 0);
}

static void do_sendmmsg(void)
{
    static struct mmsghdr messages[1];
    messages[0].msg_hdr = message;
    result = use->sendmmsg(pair.near, messages, 1, 0) == 1 ? (long)length : -1;
}

static void do_write(void)
{
    result = use->write(pair.near, data, length);
}

static void do_writev(void)
{
    result = use->writev(pair.near, parts, 10);
}

static void do_pwritev2(void)
{
    result = use->pwritev2(pair.near, parts, 10, -1, 0);
}

static void do_sendfile(void)
{
    static off_t offset;
    offset = 0;
    result = use->sendfile(pair.near, file, &offset, length);
}

static void do_splice(void)
{
    (void)!libc.write(pipe_ends[1], data, length);
    result = use->splice(pipe_ends[0], NULL, pair.near, NULL, length, 0) > 0 ? (long)length : -1;
}

static void do_connect(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool connected = use->connect(fd, (struct sockaddr *)&server, sizeof server) == 0;
    result = connected ? (long)length : -1;
    close(fd);
}

static const struct {
    const char *name;
    void (*call)(void);
} calls[] = {
#define X(name) {#name, do_##name},
    CALLS(X)
#undef X
};

static char *stack;

/* Make a call on the painted stack; returns how many bytes of it were used. */
static size_t used_by(void (*call)(void))
{
    static ucontext_t here, there;
    memset(stack, 0x5a, STACK);
    getcontext(&there);
    there.uc_stack.ss_sp = stack;
    there.uc_stack.ss_size = STACK;
    there.uc_link = &here;
    makecontext(&there, call, 0);
    swapcontext(&here, &there);
    CHECK_EQ(result, length);
    size_t untouched = 0;
    while (untouched < STACK && stack[untouched] == 0x5a)
        untouched++;
    return STACK - untouched;
}

static void *swallow(void *unused)
{
    (void)unused;
    while (recv(pair.far, (char[4096]){0}, 4096, 0) > 0)
        ;
    return NULL;
}

static void set_length(size_t bytes)
{
    length = bytes;
    for (size_t i = 0; i < 10; i++)
        parts[i] = (struct iovec){data + i, i < 9 ? 1 : bytes - 9};
}

static void prepare(void)
{
    void *handle = dlopen("libc.so.6", RTLD_NOLOAD | RTLD_LAZY);
#define X(name) *(void **)&libc.name = dlsym(handle, #name);
    CALLS(X)
#undef X
    stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pair = tcp_pair();
    tcp_listen(&server, 4096);
    file = MUST(memfd_create("data", 0));
    MUST(write(file, data, LENGTH));
    MUST(pipe(pipe_ends));
    thread_start(swallow, NULL);
}

static void depth(void)
{
    prepare();
    printf("%-10s %8s %8s %8s %8s\n", "stack of", "libc's", "not held", "held", "more");
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        size_t plain, passing, held;
        set_length(SHORT);
        used_by(calls[i].call); /* what happens only once */
        nap(0.025);             /* at rest */
        passing = used_by(calls[i].call);
        set_length(LENGTH);
        held = used_by(calls[i].call);
        use = &libc;
        plain = used_by(calls[i].call);
        use = &linked;
        size_t most = (held > passing ? held : passing), more = most > plain ? most - plain : 0;
        printf("%-10s %8zu %8zu %8zu %8zu\n", calls[i].name, plain, passing, held, more);
        CHECK(more <= MOST);
    }
}

static void *call_all(void *unused)
{
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        calls[i].call();
        CHECK_EQ(result, length);
    }
    return unused;
}

/* Threads of the smallest stack that there is. */
static void smallest_threads(void)
{
    pthread_attr_t attributes;
    pthread_t thread;
    prepare();
    set_length(LENGTH);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, (size_t)PTHREAD_STACK_MIN);
    double begin = now();
    for (int i = 0; i < 4; i++) {
        MUST(-pthread_create(&thread, &attributes, call_all, NULL));
        pthread_join(thread, NULL);
    }
    CHECK_TOOK(begin, 0.1, 2);
}

static void send_in_handler(int signal)
{
    (void)signal;
    do_sendmsg();
}

/* A handler on a stack with room for its signal frame, itself, and what is allowed. */
static void alternate_stack(void)
{
    prepare();
    set_length(LENGTH);
    size_t size = getauxval(AT_MINSIGSTKSZ) + MOST + 512;
    MUST(mprotect(stack, STACK / 2, PROT_NONE));
    stack_t alternate = {.ss_sp = stack + STACK / 2, .ss_size = size};
    struct sigaction action = {.sa_handler = send_in_handler, .sa_flags = SA_ONSTACK};
    MUST(sigaltstack(&alternate, NULL));
    MUST(sigaction(SIGUSR1, &action, NULL));
    double begin = now();
    for (int i = 0; i < 3; i++) {
        raise(SIGUSR1);
        CHECK_EQ(result, LENGTH);
    }
    CHECK_TOOK(begin, 0.01, 1);
}

HOLD_MAIN(BEHAVIOUR(depth), BEHAVIOUR(smallest_threads), BEHAVIOUR(alternate_stack))
