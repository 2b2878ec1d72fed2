/*
 * stack.h - how much stack a held call needs: it may come at any depth the program has left.
 *
 * A stack is painted, each call is made on it, and then one looks how far down the paint is gone:
 * by libc's own function, and by the one that the program gets. The difference is the shim's.
 *
 * The program defines CALLS(X) before it includes this, its calls, and for each of them do_CALL():
 * that makes it by the function in `use`, with `length` bytes or `message`, and sets `result`.
 */
#ifndef STACK_H
#define STACK_H

#include <dlfcn.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <ucontext.h>

#include "hold.h"

enum { STACK = 256 * 1024, MOST = 1024, LENGTH = 4000, SHORT = 100 };

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

#define X(name) static void do_##name(void);
CALLS(X)
#undef X

static const struct {
    const char *name;
    void (*call)(void);
} calls[] = {
#define X(name) {#name, do_##name},
    CALLS(X)
#undef X
};

static const struct functions *use = &linked;
static char bytes[LENGTH];
static size_t length;
static long result;

/* Of the program: whether `result` is what the call had to return. */
static void check_result(void);

/* In parts of one byte and a rest, so that pieces have several of them. */
static struct iovec parts[10];
static struct msghdr message = {.msg_iov = parts, .msg_iovlen = 10};

static char *stack;

static inline void stack_prepare(void)
{
    void *handle = dlopen("libc.so.6", RTLD_NOLOAD | RTLD_LAZY);
#define X(name) *(void **)&libc.name = dlsym(handle, #name);
    CALLS(X)
#undef X
    stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static inline void set_length(size_t new_length)
{
    length = new_length;
    for (size_t i = 0; i < 10; i++)
        parts[i] = (struct iovec){bytes + i, i < 9 ? 1 : length - 9};
}

/* Make a call on the painted stack; returns how many bytes of it were used. */
static inline size_t stack_used_by(void (*call)(void))
{
    static ucontext_t here, there;
    memset(stack, 0x5a, STACK);
    getcontext(&there);
    there.uc_stack.ss_sp = stack;
    there.uc_stack.ss_size = STACK;
    there.uc_link = &here;
    makecontext(&there, call, 0);
    swapcontext(&here, &there);
    check_result();
    size_t untouched = 0;
    while (untouched < STACK && stack[untouched] == 0x5a)
        untouched++;
    return STACK - untouched;
}

/* That of no call exceeds libc's by more than MOST. */
static inline void check_depths(void)
{
    printf("%-14s %8s %8s %8s %8s\n", "stack of", "libc's", "not held", "held", "more");
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        size_t plain, passing, held;
        set_length(SHORT);
        stack_used_by(calls[i].call); /* what happens only once */
        nap(0.025);                   /* at rest */
        passing = stack_used_by(calls[i].call);
        set_length(LENGTH);
        stack_used_by(calls[i].call); /* nothing is left */
        held = stack_used_by(calls[i].call);
        use = &libc;
        plain = stack_used_by(calls[i].call);
        use = &linked;
        size_t most = held > passing ? held : passing, more = most > plain ? most - plain : 0;
        printf("%-14s %8zu %8zu %8zu %8zu\n", calls[i].name, plain, passing, held, more);
        CHECK(more <= MOST);
    }
}

static inline void *call_all(void *unused)
{
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        calls[i].call();
        check_result();
    }
    return unused;
}

/* In threads of the smallest stack that there is. */
static inline void check_smallest_threads(void)
{
    pthread_attr_t attributes;
    pthread_t thread;
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

#endif
