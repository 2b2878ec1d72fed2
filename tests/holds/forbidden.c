/*
 * forbidden.c - where a filter of seccomp(2) refuses all the ways to sleep, and says so: what is
 * held is held all the same.
 *
 * Limits: `out 100kB/s burst=10kB`.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "hold.h"

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

static void forbid_to_sleep(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_futex_waitv, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clock_nanosleep, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    MUST(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0));
    CHECK_EQ(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, NULL, NULL), -1);
    CHECK_EQ(errno, EPERM);
}

static void in_one_call(void)
{
    struct sink sink;
    struct pair pair = tcp_pair();
    sink_start(&sink, pair);
    forbid_to_sleep();
    double begin = now();
    CHECK_EQ(send(pair.near, data, 40000, 0), 40000);
    CHECK_TOOK(begin, 0.3, 1.5);
    sink_stop(&sink, 40000);
}

static void in_many_calls(void)
{
    struct sink sink;
    struct pair pair = tcp_pair();
    sink_start(&sink, pair);
    forbid_to_sleep();
    double begin = now();
    for (int i = 0; i < 40; i++)
        CHECK_EQ(send(pair.near, data + (size_t)i * 1000, 1000, 0), 1000);
    CHECK_TOOK(begin, 0.3, 1.5);
    sink_stop(&sink, 40000);
}

HOLD_MAIN(BEHAVIOUR(in_one_call), BEHAVIOUR(in_many_calls))
