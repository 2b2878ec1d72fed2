/*
 * entry.c - each way into another program, from an environment that was cleaned in one way or
 * other.
 *
 * `entry WAY ENVIRONMENT PROGRAM [ARGUMENT]...` runs it so, and exits as it does. PROGRAM is an
 * absolute path. `entry` alone lists the ways. ENVIRONMENT is what is given, where it can be, and
 * what environ is:
 *   cleared   nothing
 *   null      NULL
 *   own       entries of all sorts, without any that a limit needs
 *   listed    LD_PRELOAD alone, as ENTRY_LIST says
 *   kept      what it was
 * Exit status 3: the program's own arrays did not stay as they were; 77: it can't be tested here.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wordexp.h>

enum { CHANGED = 3, SKIPPED = 77 };

extern char **environ;

/* Newer than some C libraries; but the shim has them. */
extern int execveat(int fd, const char *path, char *const argv[], char *const envp[], int flags)
    __attribute__((weak));
extern int pidfd_spawn(int *pidfd, const char *path, const posix_spawn_file_actions_t *actions,
                       const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
    __attribute__((weak));
extern int pidfd_spawnp(int *pidfd, const char *path, const posix_spawn_file_actions_t *actions,
                        const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
    __attribute__((weak));

static char *path;  /* of the program, */
static char *file;  /* and what is searched for */
static char **argv; /* its arguments */
static char **envp;

static void by_execve(void)
{
    execve(path, argv, envp);
}

static void by_execv(void)
{
    execv(path, argv);
}

static void by_execvp(void)
{
    execvp(file, argv);
}

static void by_execvpe(void)
{
    execvpe(file, argv, envp);
}

static void by_execl(void)
{
    execl(path, argv[0], argv[1], (char *)NULL);
}

static void by_execlp(void)
{
    execlp(file, argv[0], argv[1], (char *)NULL);
}

static void by_execle(void)
{
    execle(path, argv[0], argv[1], (char *)NULL, envp);
}

static void by_fexecve(void)
{
    fexecve(open(path, O_RDONLY | O_CLOEXEC), argv, envp);
}

static void by_execveat(void)
{
    if (execveat)
        execveat(AT_FDCWD, path, argv, envp, 0);
}

static void by_number_execve(void)
{
    syscall(SYS_execve, path, argv, envp);
}

static void by_number_execveat(void)
{
    syscall(SYS_execveat, open(path, O_RDONLY | O_CLOEXEC), "", argv, envp, AT_EMPTY_PATH);
}

static void end_as(pid_t child)
{
    int status;
    if (child < 0 || waitpid(child, &status, 0) != child)
        exit(126);
    exit(WIFEXITED(status) ? WEXITSTATUS(status) : 125);
}

/* What a child in the same memory may have changed. */
static void end_unchanged_as(pid_t child)
{
    static char **before;
    if (!before) {
        size_t count = 1;
        while (envp && envp[count - 1])
            count++;
        before = calloc(count, sizeof *before);
        if (envp)
            memcpy(before, envp, count * sizeof *before);
        return;
    }
    if (environ != envp)
        exit(CHANGED);
    for (size_t i = 0; envp && (envp[i] || before[i]); i++)
        if (envp[i] != before[i])
            exit(CHANGED);
    end_as(child);
}

static void remember(void)
{
    end_unchanged_as(0);
}

static void by_vfork_execve(void)
{
    remember();
    pid_t child = vfork();
    if (child == 0) {
        execve(path, argv, envp);
        _exit(126);
    }
    end_unchanged_as(child);
}

static void by_fork_execle(void)
{
    pid_t child = fork();
    if (child == 0)
        by_execle();
    else
        end_as(child);
}

static int exec_in_clone(void *unused)
{
    (void)unused;
    execve(path, argv, envp);
    _exit(126);
}

static void by_clone_execve(void)
{
    static char stack[65536] __attribute__((aligned(16)));
    remember();
    end_unchanged_as(
        clone(exec_in_clone, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL));
}

static void by_posix_spawn(void)
{
    pid_t child;
    remember();
    errno = posix_spawn(&child, path, NULL, NULL, argv, envp);
    if (errno == 0)
        end_unchanged_as(child);
}

static void by_posix_spawnp(void)
{
    pid_t child;
    remember();
    errno = posix_spawnp(&child, file, NULL, NULL, argv, envp);
    if (errno == 0)
        end_unchanged_as(child);
}

static void end_of_pidfd(int error, int pidfd)
{
    siginfo_t end;
    if (error == ENOSYS)
        exit(SKIPPED);
    if (error != 0 || waitid((idtype_t)3 /* P_PIDFD */, (id_t)pidfd, &end, WEXITED) != 0)
        exit(126);
    exit(end.si_status);
}

static void by_pidfd_spawn(void)
{
    int pidfd = -1;
    if (!pidfd_spawn)
        exit(SKIPPED);
    int error = pidfd_spawn(&pidfd, path, NULL, NULL, argv, envp);
    end_of_pidfd(error, pidfd);
}

static void by_pidfd_spawnp(void)
{
    int pidfd = -1;
    if (!pidfd_spawnp)
        exit(SKIPPED);
    int error = pidfd_spawnp(&pidfd, file, NULL, NULL, argv, envp);
    end_of_pidfd(error, pidfd);
}

static const char *command(void)
{
    static char line[4096];
    snprintf(line, sizeof line, "exec '%s' '%s'", path, argv[1]);
    return line;
}

static void by_system(void)
{
    int status = system(command());
    exit(WIFEXITED(status) ? WEXITSTATUS(status) : 125);
}

static void by_popen(void)
{
    char bytes[4096];
    FILE *pipe = popen(command(), "r");
    if (!pipe)
        return;
    for (size_t got; (got = fread(bytes, 1, sizeof bytes, pipe)) > 0;)
        fwrite(bytes, 1, got, stdout);
    int status = pclose(pipe);
    exit(WIFEXITED(status) ? WEXITSTATUS(status) : 125);
}

static void by_wordexp(void)
{
    char words[4200];
    wordexp_t expansion;
    snprintf(words, sizeof words, "\"$(%s)\"", command());
    errno = wordexp(words, &expansion, 0);
    if (errno != 0)
        return;
    for (size_t i = 0; i < expansion.we_wordc; i++)
        puts(expansion.we_wordv[i]);
    exit(0);
}

static const struct {
    const char *name;
    void (*run)(void);
} ways[] = {
    {"execve", by_execve},
    {"execv", by_execv},
    {"execvp", by_execvp},
    {"execvpe", by_execvpe},
    {"execl", by_execl},
    {"execlp", by_execlp},
    {"execle", by_execle},
    {"fexecve", by_fexecve},
    {"execveat", by_execveat},
    {"number_execve", by_number_execve},
    {"number_execveat", by_number_execveat},
    {"vfork_execve", by_vfork_execve},
    {"fork_execle", by_fork_execle},
    {"clone_execve", by_clone_execve},
    {"posix_spawn", by_posix_spawn},
    {"posix_spawnp", by_posix_spawnp},
    {"pidfd_spawn", by_pidfd_spawn},
    {"pidfd_spawnp", by_pidfd_spawnp},
    {"system", by_system},
    {"popen", by_popen},
    {"wordexp", by_wordexp},
};

static char search[4096], list[4096];
static char *nothing[] = {NULL};
static char *own[] = {(char *)"A=1",        (char *)"no equals",       search,        (char *)"",
                      (char *)"=nothing",   (char *)"B=\xff\xfe\n\t ", (char *)"A=2", (char *)"RL_",
                      (char *)"LD_PRELOAD", (char *)"RL_LIMITS",       NULL};
static char *listed[] = {list, NULL};

/* In `own`, PATH leads to it. */
static bool choose_environment(const char *name)
{
    char *slash = strrchr(path, '/');
    snprintf(search, sizeof search, "PATH=/nowhere:%.*s", (int)(slash - path), path);
    snprintf(list, sizeof list, "LD_PRELOAD=%s", getenv("ENTRY_LIST") ? getenv("ENTRY_LIST") : "");
    file = path;
    if (strcmp(name, "cleared") == 0) {
        envp = nothing;
    } else if (strcmp(name, "null") == 0) {
        envp = NULL;
    } else if (strcmp(name, "own") == 0) {
        envp = own;
        file = slash + 1;
    } else if (strcmp(name, "listed") == 0) {
        envp = listed;
    } else if (strcmp(name, "kept") == 0) {
        envp = environ;
    } else {
        return false;
    }
    environ = envp;
    return true;
}

int main(int count, char **arguments)
{
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        if (count == 1) {
            puts(ways[i].name);
        } else if (count == 5 && strcmp(arguments[1], ways[i].name) == 0) {
            path = arguments[3];
            argv = arguments + 3;
            if (!choose_environment(arguments[2]))
                break;
            ways[i].run();
            perror(ways[i].name);
            return 126;
        }
    }
    return count == 1 ? 0 : 2;
}
