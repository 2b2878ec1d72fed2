/* sandboxed.c - a process that forbids itself, by seccomp(2), all calls but those that it makes,
 * and poll and clock_nanosleep: as sshd does, whose child before a login is killed for any other.
 */
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

static void shut_in(void)
{
    MUST(setrlimit(RLIMIT_NOFILE, &(struct rlimit){0}));
    MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    MUST(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0));
}

static void shut_in_by_number(void)
{
    MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    MUST(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
}

static void in_child(void (*what)(void))
{
    int status;
    pid_t child = MUST(fork());
    if (child == 0) {
        what();
        _exit(0);
    }
    MUST(waitpid(child, &status, 0));
    say("exited %d, status %d", WIFEXITED(status), WEXITSTATUS(status));
}

static void send_each_way(void)
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

static void shut_in_and_send(void)
{
    shut_in();
    send_each_way();
}

static void shut_in_by_number_and_send(void)
{
    shut_in_by_number();
    send_each_way();
}

static void sending(void)
{
    pair = tcp_pair();
    in_child(shut_in_and_send);
    say_received(pair);
}

static void by_number(void)
{
    pair = tcp_pair();
    in_child(shut_in_by_number_and_send);
    say_received(pair);
}

static void shut_in_and_receive(void)
{
    char bytes[5000];
    struct iovec iov = {bytes, 1000};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
    shut_in();
    SAY(read(pair.far, bytes, 1000));
    SAY(recv(pair.far, bytes, 1000, 0));
    SAY(recvmsg(pair.far, &message, 0));
    SAY(recv(pair.far, bytes, 5000, MSG_WAITALL));
    SAY(recv(pair.far, bytes, 1000, MSG_DONTWAIT));
}

static void receiving(void)
{
    pair = tcp_pair();
    SAY(send(pair.near, data, 8000, 0));
    in_child(shut_in_and_receive);
}

static void send_datagrams(void)
{
    shut_in();
    for (int i = 0; i < 5; i++)
        SAY(send(pair.near, data, 1000, 0));
}

static void datagrams(void)
{
    pair = udp_pair();
    in_child(send_datagrams);
    for (int i = 0; i < 5; i++)
        SAY(recv(pair.far, data, 1000, MSG_DONTWAIT));
}

static void pipe_write(void)
{
    int ends[2];
    MUST(pipe(ends));
    shut_in();
    SAY(write(ends[1], data, 100));
    SAY(read(ends[0], data, 100));
}

static void pipes(void)
{
    in_child(pipe_write);
}

/* It stays as free as it is. */
static void not_let(void)
{
    struct sock_fprog nothing = {0};
    pair = tcp_pair();
    SAY(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &nothing, 0, 0));
    SAY(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0));
    SAY(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &nothing));
    SAY(syscall(SYS_seccomp, 77, 0, NULL));
    SAY(prctl(PR_GET_SECCOMP, 0, 0, 0, 0));
    SAY(send(pair.near, data, 20000, 0));
    say_received(pair);
}

/* Again, in there: a second filter must pass the first one. */
static void again(void)
{
    pair = tcp_pair();
    MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog open = {1, &all};
    SAY(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &open, 0, 0));
    SAY(send(pair.near, data, 5000, 0));
    in_child(shut_in_and_send);
    say_received(pair);
}

/* What the parent of a vfork child does is not shut in. */
static void child_of_vfork(void)
{
    int status;
    pair = tcp_pair();
    pid_t child = vfork();
    if (child == 0) {
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        _exit(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0 ? 7 : 8);
    }
    MUST(waitpid(child, &status, 0));
    say("exit status %d", WEXITSTATUS(status));
    SAY(send(pair.near, data, 20000, 0));
    say_received(pair);
}

TWINS(TWIN(sending), TWIN(by_number), TWIN(receiving), TWIN(datagrams), TWIN(pipes), TWIN(not_let),
      TWIN(again), TWIN(child_of_vfork))
