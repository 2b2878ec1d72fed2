/*
 * start.c - from the environment to limiters at work: once, before main.
 *
 * A call that comes before the constructor (from the constructor of another library) starts the
 * shim itself: there is no moment at which it limits nothing.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "chores.h"
#include "fd.h"
#include "hosts.h"
#include "inherit.h"
#include "messages.h"
#include "next.h"
#include "own_stack.h"
#include "real.h"
#include "report.h"
#include "sandbox.h"
#include "shim.h"
#include "talk.h"
#include "ticket.h"
#include "wait.h"

SPARSE struct config_error start_error; /* too large for a stack that is not ours */

static void give_up(const char *text)
{
    (void)!REAL(write)(STDERR_FILENO, "rlshim: ", 8);
    (void)!REAL(write)(STDERR_FILENO, text, strlen(text));
    _exit(125);
}

static void start_limit(unsigned i)
{
    const struct limit *limit = &shim.config.limits[i];
    struct rl_limiter *limiter = &shim.limiters[i];

    rl_init(limiter, limit->algo, limit->capacity, limit->period_ns, limit->burst,
            &shim.shares[i].limit->line);
    limiter->epoch_ns = shim.shares[i].epoch_ns;
    limiter->mode = limit->mode;
    limiter->mends = limit->scope != SCOPE_PROCESS;
    limiter->prepays = limit->reads;
    if (limit->rules || limit->locals)
        shim_selective |= (uint16_t)(1u << i);
}

static void count_in(uint16_t limits[FAMILIES])
{
    for (unsigned family = 0; family < FAMILIES; family++)
        for (unsigned i = 0; i < shim.config.count; i++)
            if (shim.config.limits[i].calls >> family & 1)
                limits[family] |= (uint16_t)(1u << i);
}

static void listen_to(uint16_t limits[FAMILIES], unsigned families)
{
    for (unsigned family = 0; family < FAMILIES; family++)
        if (families >> family & 1)
            limits[family] |= LISTENS;
}

void shim_forked(void)
{
    fd_own_table();
    if (!in_sandbox())
        share_forked();
    gate_forked();
    talk_forks();
    own_stack_forked();
}

static void start(void)
{
    uint16_t limits[FAMILIES] = {0};

    /* Of several copies one limits: what each does would be charged twice. */
    if (next_is_first() && !config_from_environment(&shim.config, &start_error))
        give_up(start_error.text);
    /* Who is in a tree has its limits, whatever else the environment says. */
    if (shim.config.count > 0 || shim.config.trees) {
        const char *notice;
        if (!report_start(&start_error))
            give_up(start_error.text);
        if (!share_start(&shim.config, shim.shares, report_killed, &notice, &start_error))
            give_up(start_error.text);
        for (unsigned i = 0; i < shim.config.count; i++)
            start_limit(i);
        count_in(limits);
        inherit_tree(share_tree());
        if (shim.config.count > 0 && !inherit_save())
            give_up("cannot map memory for what children inherit: out of memory\n");
        if (notice)
            messages_say(notice);
        ticket_start();
        talk_start();
        chores_start();
        if (loop_on && limits[__builtin_ctz(CALL_CONNECT)])
            for (unsigned family = 0; family < FAMILIES; family++)
                limits[family] |= DEFERS;
        if (hosts_matter())
            listen_to(limits, CALL_SEND | CALL_WRITE | CALL_RECV | CALL_READ);
        if (talk_limits)
            listen_to(limits, CALL_RECV | CALL_READ);
        fd_own_table();
        pthread_atfork(gate_before_fork, NULL, shim_forked);
    }
    shim.inert = shim.config.count == 0;
    for (unsigned family = 0; family < FAMILIES; family++)
        __atomic_store_n(&shim_limits[family], limits[family], __ATOMIC_RELEASE);
}

void shim_start(void)
{
    enum { NOBODY = -1 }; /* not 0, which would take a page of zeroes more */
    static pid_t starter = NOBODY;
    pid_t none = NOBODY, self = (pid_t)REAL(syscall)(SYS_gettid);
    int saved_errno = errno;
    if (__atomic_compare_exchange_n(&starter, &none, self, false, __ATOMIC_RELAXED,
                                    __ATOMIC_RELAXED))
        start();
    /* Another thread reads it: for that long a call is held. In the same thread, from a signal
     * handler or from reading the configuration itself, it passes. */
    while (none != self &&
           __atomic_load_n(&shim_limits[FAMILIES - 1], __ATOMIC_ACQUIRE) == NOT_READ_YET)
        sched_yield();
    errno = saved_errno;
}

__attribute__((constructor)) static void construct(void)
{
    real_find_all();
    shim_start();
}
