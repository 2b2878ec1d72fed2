/* shut_in.h - how a process forbids itself, by seccomp(2), all calls but those that it makes, and
 * poll and clock_nanosleep: as sshd does, whose child before a login is killed for any other. */
#ifndef SHUT_IN_H
#define SHUT_IN_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "twin.h"

#define ALLOW(name)                                                                                \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1),                                         \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static struct sock_filter filter[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    ALLOW(read),
    ALLOW(write),
    ALLOW(writev),
    ALLOW(sendto),
    ALLOW(sendmsg),
    ALLOW(recvfrom),
    ALLOW(recvmsg),
    ALLOW(connect),
#ifdef SYS_poll
    ALLOW(poll),
#else
    ALLOW(ppoll),
#endif
    ALLOW(clock_nanosleep),
    ALLOW(clock_gettime),
    ALLOW(getpid),
    ALLOW(rt_sigreturn),
    ALLOW(exit_group),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
};
static struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
static struct pair pair;

static inline void shut_in(void)
{
    MUST(setrlimit(RLIMIT_NOFILE, &(struct rlimit){0}));
    MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    MUST(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0));
}

static inline void shut_in_by_number(void)
{
    MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    MUST(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
}

/* child: what a call that forks returned. */
static inline void in_this_child(pid_t child, void (*what)(void))
{
    int status;
    MUST(child);
    if (child == 0) {
        what();
        _exit(0);
    }
    MUST(waitpid(child, &status, 0));
    if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED)
        _exit(SKIPPED);
    say("exited %d, status %d", WIFEXITED(status), WEXITSTATUS(status));
}

static inline void in_child(void (*what)(void))
{
    in_this_child(fork(), what);
}

static inline void send_each_way(void)
{
    struct iovec iov[2] = {{data + 2000, 1000}, {data + 3000, 3000}};
    struct msghdr message = {.msg_iov = iov, .msg_iovlen = 2};
    SAY(write(pair.near, data, 1000));
    SAY(send(pair.near, data + 1000, 1000, 0));
    SAY(writev(pair.near, iov, 2));
    SAY(sendmsg(pair.near, &message, 0));
    SAY(send(pair.near, data, 20000, 0));
    SAY(send(pair.far, data, 1, MSG_DONTWAIT));
}

static inline void shut_in_and_send(void)
{
    shut_in();
    send_each_way();
}

#endif
