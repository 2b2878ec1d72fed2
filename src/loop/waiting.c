/* waiting.c - see waiting.h. */
#include <errno.h>
#include <pthread.h>

#include "algo.h"
#include "loop.h"
#include "readable.h"
#include "sets.h"
#include "signals.h"
#include "threads.h"
#include "wait.h"
#include "waiting.h"

uint64_t loop_deadline(int64_t timeout_ns)
{
    return timeout_ns < 0 ? RL_FOREVER : rl_add(rl_now(), (uint64_t)timeout_ns);
}

static struct timespec as_time(uint64_t ns)
{
    return (struct timespec){.tv_sec = (time_t)(ns / RL_SECOND), .tv_nsec = (long)(ns % RL_SECOND)};
}

bool loop_is_time(const struct timespec *timeout)
{
    return !timeout || (is_readable(timeout, sizeof *timeout) && timeout->tv_sec >= 0 &&
                        timeout->tv_nsec >= 0 && timeout->tv_nsec < (long)RL_SECOND);
}

uint64_t loop_deadline_of(const struct timespec *timeout)
{
    const uint64_t most = RL_FOREVER / RL_SECOND / 2;
    if (!timeout || (uint64_t)timeout->tv_sec > most)
        return RL_FOREVER;
    return rl_add(rl_now(), (uint64_t)timeout->tv_sec * RL_SECOND + (uint64_t)timeout->tv_nsec);
}

void loop_rest(uint64_t deadline_ns, struct timespec *rest)
{
    *rest = as_time(rl_less(deadline_ns, rl_now()));
}

/* Counted before it is looked at: who closes one later sees that somebody waits. */
bool loop_enter_with_threads(int set)
{
    sets_wait(set, 1);
    if (!loop_any_closed())
        return true;
    sets_wait(set, -1);
    return false;
}

void loop_leave_with_threads(int set)
{
    sets_wait(set, -1);
}

static uint32_t asked;
static uint32_t aware; /* threads that wait, and know when to open what */
bool loop_ever_asked;

void loop_waiting_forked(void)
{
    aware = 0;
}

void loop_is_asked(void)
{
    __atomic_store_n(&loop_ever_asked, true, __ATOMIC_RELAXED);
}

uint32_t loop_asked(void)
{
    return __atomic_load_n(&asked, __ATOMIC_RELAXED);
}

void loop_note_asked(void)
{
    __atomic_fetch_add(&asked, 1, __ATOMIC_RELAXED);
}

/* Nor is the thread cancelled in between, with such a mask. */
void loop_begin(struct loop_wait *wait, int set, uint64_t deadline_ns, const void *mask)
{
    int state = PTHREAD_CANCEL_DISABLE;
    *wait = (struct loop_wait){.set = set, .deadline_ns = deadline_ns, .counted = rl_has_threads()};
    rl_block_signals(&wait->signals);
    wait->mask = mask ? mask : &wait->signals;
    loop_note_asked();
    if (wait->counted) {
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
        sets_wait(set, 1);
        __atomic_fetch_add(&aware, 1, __ATOMIC_SEQ_CST);
    }
    wait->cancels = state == PTHREAD_CANCEL_ENABLE;
}

static void set_rest(struct loop_wait *wait, uint64_t now_ns)
{
    uint64_t until_ns = loop_next();
    if (wait->deadline_ns < until_ns)
        until_ns = wait->deadline_ns;
    wait->rest = as_time(rl_less(until_ns, now_ns));
    wait->timeout = until_ns == RL_FOREVER ? NULL : &wait->rest;
}

bool loop_goes_on(struct loop_wait *wait)
{
    uint64_t now_ns = rl_now();
    if (wait->begun && (wait->result != 0 || now_ns >= wait->deadline_ns))
        return false;
    wait->begun = true;
    loop_pass_time(now_ns);
    set_rest(wait, now_ns);
    return true;
}

void loop_anew(struct loop_wait *wait)
{
    wait->begun = false;
}

void loop_again(struct loop_wait *wait)
{
    set_rest(wait, rl_now());
}

long loop_in_kernel(const struct loop_wait *wait, long (*call)(void *argument), void *argument)
{
    return wait->cancels ? rl_cancellable(call, argument, &wait->signals) : call(argument);
}

long loop_end(struct loop_wait *wait)
{
    if (wait->counted) {
        sets_wait(wait->set, -1);
        if (__atomic_sub_fetch(&aware, 1, __ATOMIC_SEQ_CST) == 0 && loop_any_closed())
            sets_pass_on();
    }
    if (wait->cancels)
        rl_enable_cancellation(&wait->signals);
    rl_restore_signals(&wait->signals);
    return wait->result;
}
