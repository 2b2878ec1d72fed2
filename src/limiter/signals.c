/* signals.c - see signals.h. */
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/syscall.h>

#include "raw.h"
#include "signals.h"
#include "versions.h"

#define SIGNAL(number) (UINT64_C(1) << ((number)-1))
#define OF_LIBC        (SIGNAL(32) | SIGNAL(33) | SIGNAL(34))

static const uint64_t deferrable =
    ~(SIGNAL(SIGSEGV) | SIGNAL(SIGBUS) | SIGNAL(SIGFPE) | SIGNAL(SIGILL) | SIGNAL(SIGTRAP) |
      SIGNAL(SIGSYS) | SIGNAL(SIGKILL) | SIGNAL(SIGSTOP) | OF_LIBC);

/* Of them, those that nobody is told of. Of what rt_sigaction(2) says, the handler comes first. It
 * takes a fourth of the stack that sigaction(3) does. */
__attribute__((noinline)) static uint64_t ignored(void)
{
    uint64_t set = 0;
    for (int number = 1; number < NSIG; number++) {
        bool by_default = number == SIGCHLD || number == SIGURG || number == SIGWINCH;
        struct {
            void (*handler)(int);
            uint64_t rest[7]; /* three, or more */
        } action = {0};
        if ((deferrable & SIGNAL(number)) &&
            raw_call(SYS_rt_sigaction, number, 0, (long)&action, sizeof set, 0) == 0 &&
            (action.handler == SIG_IGN || (action.handler == SIG_DFL && by_default)))
            set |= SIGNAL(number);
    }
    return set;
}

void rl_block_signals(uint64_t *signals)
{
    uint64_t set = deferrable & ~ignored();
    raw_call(SYS_rt_sigprocmask, SIG_BLOCK, (long)&set, (long)signals, sizeof set, 0);
}

/* A handler returns to the mask that it found, which was ours. */
void rl_restore_signals(const uint64_t *signals)
{
    uint64_t mask = 0, taken_out;
    raw_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)signals, (long)&mask, sizeof mask, 0);
    taken_out = *signals & ~mask;
    if (taken_out)
        raw_call(SYS_rt_sigprocmask, SIG_UNBLOCK, (long)&taken_out, 0, sizeof taken_out, 0);
}

/*
 * A caller that has blocked signals may be cancelled here; the cleanup handlers of the program run
 * with its own mask, as this one runs before them. But longjmp(3) runs it, too: who jumps out of a
 * handler has the mask of that, and leaves with that, or another.
 *
 * By functions that need a quarter of the stack that the macros of <pthread.h> do. Before
 * glibc 2.34 they are of libpthread, and not there where nobody has threads. The longjmp of musl
 * would leave it behind: there is none.
 */
#ifdef __GLIBC__
extern void _pthread_cleanup_push(struct _pthread_cleanup_buffer *guard, void (*run)(void *),
                                  void *argument) __attribute__((weak));
extern void _pthread_cleanup_pop(struct _pthread_cleanup_buffer *guard, int run)
    __attribute__((weak));
OLDEST_VERSION(_pthread_cleanup_push, _pthread_cleanup_push);
OLDEST_VERSION(_pthread_cleanup_pop, _pthread_cleanup_pop);

static void restore(void *argument)
{
    const uint64_t *signals = argument;
    uint64_t mask = 0;
    raw_call(SYS_rt_sigprocmask, SIG_BLOCK, 0, (long)&mask, sizeof mask, 0);
    if (!(((mask ^ (*signals | deferrable)) & ~OF_LIBC) & ~ignored()))
        raw_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)signals, 0, sizeof *signals, 0);
}

struct guard {
    struct _pthread_cleanup_buffer buffer;
    bool pushed;
};

static void push(struct guard *guard, const uint64_t *signals)
{
    guard->pushed = _pthread_cleanup_push && _pthread_cleanup_pop;
    if (guard->pushed)
        _pthread_cleanup_push(&guard->buffer, restore, (void *)signals);
}

static void pop(struct guard *guard)
{
    if (guard->pushed)
        _pthread_cleanup_pop(&guard->buffer, 0);
}
#else
struct guard {
    const uint64_t *signals;
};

static void push(struct guard *guard, const uint64_t *signals)
{
    guard->signals = signals;
}

static void pop(struct guard *guard)
{
    (void)guard;
}
#endif

long rl_cancellable(long (*call)(void *argument), void *argument, const uint64_t *signals)
{
    struct guard guard;
    push(&guard, signals);
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    long result = call(argument);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    pop(&guard);
    return result;
}

/* Whose type is PTHREAD_CANCEL_ASYNCHRONOUS is cancelled here. */
void rl_enable_cancellation(const uint64_t *signals)
{
    struct guard guard;
    push(&guard, signals);
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    pop(&guard);
}
