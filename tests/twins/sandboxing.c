/* sandboxing.c - the ways into a sandbox: by which call, in which process, and not at all. */
#include <dlfcn.h>

#include "shut_in.h"

static void shut_in_by_number_and_send(void)
{
    shut_in_by_number();
    send_each_way();
}

static void by_number(void)
{
    pair = tcp_pair();
    in_child(shut_in_by_number_and_send);
    say_received(pair);
}

/* By calls of which libc, and who stands before it, may know nothing. */
static void child_of_clone(void)
{
    pair = tcp_pair();
    in_this_child((pid_t)syscall(SYS_clone, SIGCHLD, 0L, 0L, 0L, 0L), shut_in_and_send);
    say_received(pair);
}

static void child_of_fork_by_number(void)
{
#ifdef SYS_fork
    pair = tcp_pair();
    in_this_child((pid_t)syscall(SYS_fork), shut_in_and_send);
    say_received(pair);
#else
    skip("no number of fork");
#endif
}

static void child_of_plain_fork(void)
{
    pid_t (*plain_fork)(void) = (pid_t(*)(void))dlsym(RTLD_DEFAULT, "_Fork");
    if (!plain_fork)
        skip("no _Fork");
    pair = tcp_pair();
    in_this_child(plain_fork(), shut_in_and_send);
    say_received(pair);
}

/* It succeeds with a number that may not be 0. */
static void shut_in_with_listener_and_send(void)
{
    MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program) <
        0)
        skip("no SECCOMP_FILTER_FLAG_NEW_LISTENER");
    send_each_way();
}

static void with_listener(void)
{
    pair = tcp_pair();
    in_child(shut_in_with_listener_and_send);
    say_received(pair);
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

TWINS(TWIN(by_number), TWIN(with_listener), TWIN(child_of_clone), TWIN(child_of_fork_by_number),
      TWIN(child_of_plain_fork), TWIN(child_of_vfork), TWIN(not_let), TWIN(again))
