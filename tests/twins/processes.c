/* processes.c - programs that start others: what these inherit, and what they are told. */
#include <spawn.h>
#include <sys/wait.h>

#include "twin.h"

extern char **environ;

static void say_status(pid_t child)
{
    int status;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status))
        say("killed by %s", sigabbrev_np(WTERMSIG(status)));
    else
        say("exited with %d", WEXITSTATUS(status));
}

/* As a program of its own: PROGRAM on_inherited, with TWIN_FD in the environment. */
static void on_inherited(void)
{
    const char *number = getenv("TWIN_FD");
    if (!number) {
        SAY(send(-1, data, 10, 0));
        return;
    }
    int fd = atoi(number);
    SAY(write(fd, data, 5000));
    SAY(send(fd, data + 5000, 5000, 0));
    SAY(close(fd));
    SAY(write(fd, data, 5000));
}

static char *self_arguments[] = {(char *)"self", (char *)"on_inherited", NULL};

static void pass_on(int fd)
{
    char text[16];
    snprintf(text, sizeof text, "%d", fd);
    setenv("TWIN_FD", text, 1);
}

static void exec_inherits(void)
{
    struct pair pair = tcp_pair();
    pass_on(pair.near);
    pid_t child = MUST(fork());
    if (child == 0) {
        execv("/proc/self/exe", self_arguments);
        _exit(126);
    }
    say_status(child);
    say_received(pair);
}

static void vfork_and_exec(void)
{
    struct pair pair = tcp_pair();
    pass_on(pair.near);
    pid_t child = vfork();
    if (child == 0) {
        execv("/proc/self/exe", self_arguments);
        _exit(126);
    }
    say_status(child);
    say_received(pair);
}

static void exec_closes(void)
{
    struct pair pair = tcp_pair();
    MUST(fcntl(pair.near, F_SETFD, FD_CLOEXEC));
    pass_on(pair.near);
    pid_t child = MUST(fork());
    if (child == 0) {
        execv("/proc/self/exe", self_arguments);
        _exit(126);
    }
    say_status(child);
    SAY(send(pair.near, data, 100, 0));
    say_received(pair);
}

static void exec_fails(void)
{
    struct pair pair = tcp_pair();
    SAY(execv("/nowhere/to/be/found", self_arguments));
    SAY(execv("/", self_arguments));
    SAY(send(pair.near, data, 5000, 0));
    say_received(pair);
}

#ifdef __GLIBC__ /* of which the shell is */
/* The shell's output goes to a socket: it is loaded there, too. */
static void spawn_with_socket_as_stdout(void)
{
    struct pair pair = tcp_pair();
    char *arguments[] = {(char *)"sh", (char *)"-c", (char *)"echo one; echo two; echo three",
                         NULL};
    posix_spawn_file_actions_t actions;
    pid_t child;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pair.near, STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, pair.near);
    MUST(-posix_spawn(&child, "/bin/sh", &actions, NULL, arguments, environ));
    say_status(child);
    say_received(pair);
}
#endif

static void spawn_fails(void)
{
    pid_t child;
    int error = posix_spawn(&child, "/nowhere/to/be/found", NULL, NULL, self_arguments, environ);
    say("posix_spawn: %s", name_of_error(error));
}

static void parent_and_child_send(void)
{
    struct pair pair = tcp_pair();
    for (int i = 0; i < 3; i++) {
        pid_t child = MUST(fork());
        if (child == 0) {
            SAY(send(pair.near, data + i * 2000, 1000, 0));
            _exit(i);
        }
        say_status(child);
        SAY(send(pair.near, data + i * 2000 + 1000, 1000, 0));
    }
    say_received(pair);
}

static void vfork_child_sends(void)
{
    struct pair pair = tcp_pair();
    int other = -1;
    pid_t child = vfork();
    if (child == 0) {
        other = dup(pair.near);
        ssize_t sent = write(other, data, 5000);
        close(other);
        _exit(sent == 5000 ? 0 : 1);
    }
    say_status(child);
    say("its descriptor is not open here: %d", fcntl(other, F_GETFD) == -1);
    SAY(write(pair.near, data + 5000, 5000));
    say_received(pair);
}

static void grandchild_of_a_daemon(void)
{
    struct pair pair = tcp_pair();
    pid_t child = MUST(fork());
    if (child == 0) {
        if (daemon(0, 0) == 0 && send(pair.near, data, 5000, 0) == 5000)
            send(pair.near, "all of it", 9, 0);
        _exit(0);
    }
    say_status(child);
    close(pair.near);
    say_stream("peer", drain(pair.far));
}

/* All but what chooses the limits. */
static uint32_t environment_hash(int *count)
{
    uint32_t hash = 2166136261u;
    *count = 0;
    for (char **variable = environ; *variable; variable++) {
        if (strncmp(*variable, "RL_", 3) == 0 || strncmp(*variable, "LD_PRELOAD=", 11) == 0)
            continue;
        ++*count;
        for (const char *at = *variable; *at; at++)
            hash = (hash ^ (unsigned char)*at) * 16777619u;
    }
    return hash;
}

static void environment(void)
{
    int before, after;
    struct pair pair = tcp_pair();
    uint32_t hash = environment_hash(&before);
    say("hash %08x of %d", (unsigned)hash, before);
    SAY(send(pair.near, data, 5000, 0));
    say("as before: %d", hash == environment_hash(&after) && before == after);
}

static void environment_cleared(void)
{
    struct pair pair = tcp_pair();
    clearenv();
    SAY(send(pair.near, data, 5000, 0));
    pid_t child = MUST(fork());
    if (child == 0) {
        execve("/proc/self/exe", self_arguments, (char *[]){NULL});
        _exit(126);
    }
    say_status(child);
    setenv("RL_LIMITS", "what is this", 1);
    setenv("RL_ALGO", "none", 1);
    SAY(send(pair.near, data + 5000, 5000, 0));
    say_received(pair);
}

TWINS(GLIBC_TWIN(spawn_with_socket_as_stdout) TWIN(on_inherited), TWIN(exec_inherits),
      TWIN(vfork_and_exec), TWIN(exec_closes), TWIN(exec_fails), TWIN(spawn_fails),
      TWIN(parent_and_child_send), TWIN(vfork_child_sends), TWIN(grandchild_of_a_daemon),
      TWIN(environment), TWIN(environment_cleared))
