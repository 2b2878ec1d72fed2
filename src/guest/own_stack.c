/* own_stack.c - see own_stack.h. */
#include <errno.h>
#include <pthread.h>

#include "guest.h"
#include "own_stack.h"
#include "signals.h"
#include "threads.h"

static bool busy;
SPARSE _Alignas(16) char own_stack[OWN_STACK];

/* The functions that are called keep the register that the old stack is in (System V ABI, AMD64,
 * 3.2.1; AAPCS64, 6.1.1). */
static void call_on(char *top, void (*work)(uint64_t), uint64_t argument)
{
#if defined __x86_64__ && defined __LP64__
    __asm__ volatile("movq %%rsp, %%rbx\n\tmovq %1, %%rsp\n\tcall *%2\n\tmovq %%rbx, %%rsp"
                     : "+D"(argument)
                     : "r"(top), "r"(work)
                     : "rbx", "rax", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "xmm0", "xmm1",
                       "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
                       "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "memory", "cc");
#elif defined __aarch64__
    register uint64_t first __asm__("x0") = argument;
    __asm__ volatile("mov x19, sp\n\tmov sp, %1\n\tblr %2\n\tmov sp, x19"
                     : "+r"(first)
                     : "r"(top), "r"(work)
                     : "x19", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",
                       "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x30", "v0", "v1", "v2",
                       "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v14",
                       "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25",
                       "v26", "v27", "v28", "v29", "v30", "v31", "memory", "cc");
#else /* not at all, rather than on the caller's */
    (void)top, (void)work, (void)argument;
#endif
}

/* With signals blocked. */
static void undisturbed(char *top, void (*work)(uint64_t), uint64_t argument)
{
    int state = PTHREAD_CANCEL_DISABLE, saved_errno = errno;
    if (rl_has_threads())
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    call_on(top, work, argument);
    if (state == PTHREAD_CANCEL_ENABLE)
        pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    errno = saved_errno;
}

bool own_stack_run(void (*work)(uint64_t argument), uint64_t argument)
{
    uint64_t mask;
    if (__atomic_load_n(&busy, __ATOMIC_RELAXED))
        return false;
    rl_block_signals(&mask);
    bool free = !__atomic_exchange_n(&busy, true, __ATOMIC_ACQUIRE);
    if (free) {
        undisturbed(own_stack + sizeof own_stack, work, argument);
        __atomic_store_n(&busy, false, __ATOMIC_RELEASE);
    }
    rl_restore_signals(&mask);
    return free;
}

void own_stack_run_on(char *top, void (*work)(uint64_t argument), uint64_t argument)
{
    uint64_t mask;
    rl_block_signals(&mask);
    undisturbed(top, work, argument);
    rl_restore_signals(&mask);
}

void own_stack_forked(void)
{
    __atomic_store_n(&busy, false, __ATOMIC_RELAXED);
}
