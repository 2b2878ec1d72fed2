/*
 * poker.h - a thread that sends SIGUSR1 to the one that started it, once that sleeps in a call.
 *
 * Set what is wanted in `poker` first.
 */
#ifndef POKER_H
#define POKER_H

#include "twin.h"

enum { UNTIL_IT_RETURNS = 1000 };

static struct {
    pthread_t thread, target;
    pid_t target_id;
    int times;
    int arrived_at; /* wait for bytes at this descriptor first */
    bool blind;     /* nobody will handle it */
    struct reader *then_reads;
    int then_from; /* afterwards a peer begins to read */
    void (*then)(void);
    volatile sig_atomic_t handled, returned;
} poker;

static inline void poke_count(int signal)
{
    (void)signal;
    poker.handled++;
}

static inline void poke_on(int signal, int flags)
{
    sigaction(signal, &(struct sigaction){.sa_handler = poke_count, .sa_flags = flags}, NULL);
}

static inline void *poker_run(void *unused)
{
    (void)unused;
    if (poker.arrived_at)
        await_bytes(poker.arrived_at, 1);
    for (int i = 0; i < poker.times && !poker.returned; i++) {
        int before = poker.handled;
        await_sleep(getpid(), poker.target_id);
        if (poker.returned)
            break;
        pthread_kill(poker.target, SIGUSR1);
        for (int wait = 0; wait < 1000 && !poker.blind && poker.handled == before; wait++)
            nap(0.001);
    }
    if (poker.then_reads)
        reader_start(poker.then_reads, poker.then_from);
    if (poker.then)
        poker.then();
    return NULL;
}

static inline void poker_start(int times)
{
    poker.times = times;
    poker.target = pthread_self();
    poker.target_id = gettid();
    poker.thread = thread_start(poker_run, NULL);
}

static inline void poker_end(void)
{
    poker.returned = 1;
    pthread_join(poker.thread, NULL);
}

#endif
