/*
 * receive_stacks.c - how much stack a held receive needs; as stacks.c, which see.
 *
 * Limits: `in 1MB/s burst=2kB; accept 50/s burst=1`, so that each call here is held.
 */
#include <dlfcn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <ucontext.h>

#include "receive.h"

enum { STACK = 256 * 1024, MOST = 1024, LENGTH = 4000, SHORT = 100 };

/* No header declares them: the compiler calls them. */
extern ssize_t __recv_chk(int fd, void *buffer, size_t length, size_t room, int flags);
extern ssize_t __recvfrom_chk(int fd, void *buffer, size_t length, size_t room, int flags,
                              struct sockaddr *from, socklen_t *from_length);
extern ssize_t __read_chk(int fd, void *buffer, size_t length, size_t room);

#define CHECKED(X) X(__recv_chk) X(__recvfrom_chk) X(__read_chk)
#define READS(X)   X(read) X(readv) X(preadv2) X(accept) X(accept4) X(syscall) CHECKED(X)
#define CALLS(X)   X(recv) X(recvfrom) X(recvmsg) X(recvmmsg) READS(X)

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
static struct feeder feeder;
static struct sockaddr_in server;
static int listener, fd;
static char bytes[LENGTH];
static size_t length;
static long result;

/* In parts of one byte and a rest, so that pieces have several of them. */
static struct iovec parts[10];
static struct msghdr message = {.msg_iov = parts, .msg_iovlen = 10};

static void do_recv(void)
{
    result = use->recv(fd, bytes, length, 0);
}

static void do_recvfrom(void)
{
    result = use->recvfrom(fd, bytes, length, 0, NULL, NULL);
}

static void do_recvmsg(void)
{
    result = use->recvmsg(fd, &message, 0);
}

static void do_recvmmsg(void)
{
    static struct mmsghdr messages[1];
    messages[0].msg_hdr = message;
    result = use->recvmmsg(fd, messages, 1, 0, NULL);
}

static void do_read(void)
{
    result = use->read(fd, bytes, length);
}

static void do_readv(void)
{
    result = use->readv(fd, parts, 10);
}

static void do_preadv2(void)
{
    result = use->preadv2(fd, parts, 10, -1, 0);
}

static void do_accept(void)
{
    result = use->accept(listener, NULL, NULL);
}

static void do_accept4(void)
{
    result = use->accept4(listener, NULL, NULL, SOCK_CLOEXEC);
}

static void do___recv_chk(void)
{
    result = use->__recv_chk(fd, bytes, length, sizeof bytes, 0);
}

static void do___recvfrom_chk(void)
{
    result = use->__recvfrom_chk(fd, bytes, length, sizeof bytes, 0, NULL, NULL);
}

static void do___read_chk(void)
{
    result = use->__read_chk(fd, bytes, length, sizeof bytes);
}

static void do_syscall(void)
{
    result = use->syscall(SYS_recvmsg, fd, &message, 0);
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
    CHECK(result > 0);
    size_t untouched = 0;
    while (untouched < STACK && stack[untouched] == 0x5a)
        untouched++;
    return STACK - untouched;
}

static void set_length(size_t new_length)
{
    length = new_length;
    for (size_t i = 0; i < 10; i++)
        parts[i] = (struct iovec){bytes + i, i < 9 ? 1 : length - 9};
}

/* Always something to receive, and connections to accept. */
static void prepare(void)
{
    enum { CONNECTIONS = 64 };
    void *handle = dlopen("libc.so.6", RTLD_NOLOAD | RTLD_LAZY);
#define X(name) *(void **)&libc.name = dlsym(handle, #name);
    CALLS(X)
#undef X
    stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    feeder_start(&feeder, tcp_pair(), 1 << 30);
    fd = feeder.pair.near;
    listener = tcp_listen(&server, CONNECTIONS);
    for (int i = 0; i < CONNECTIONS; i++)
        MUST(connect(MUST(socket(AF_INET, SOCK_STREAM, 0)), (struct sockaddr *)&server,
                     sizeof server));
}

static void depth(void)
{
    prepare();
    printf("%-14s %8s %8s %8s %8s\n", "stack of", "libc's", "not held", "held", "more");
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        size_t plain, passing, held;
        set_length(SHORT);
        used_by(calls[i].call); /* what happens only once */
        nap(0.025);             /* at rest */
        passing = used_by(calls[i].call);
        set_length(LENGTH);
        used_by(calls[i].call); /* nothing is left */
        held = used_by(calls[i].call);
        use = &libc;
        plain = used_by(calls[i].call);
        use = &linked;
        size_t most = (held > passing ? held : passing), more = most > plain ? most - plain : 0;
        printf("%-14s %8zu %8zu %8zu %8zu\n", calls[i].name, plain, passing, held, more);
        CHECK(more <= MOST);
    }
}

static void *call_all(void *unused)
{
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        calls[i].call();
        CHECK(result > 0);
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
    CHECK_TOOK(begin, 0.1, 3);
}

HOLD_MAIN(BEHAVIOUR(depth), BEHAVIOUR(smallest_threads))
