/* execs.c - programs that are run, or not, from environments of all sorts: errors, what is kept. */
#include <spawn.h>
#include <sys/wait.h>
#include <wordexp.h>

#include "twin.h"

extern char **environ;

static char *own_arguments[] = {(char *)"self", (char *)"on_environment", NULL};
static char *nothing[] = {NULL};

static int by_execve(const char *path, char *const argv[], char *const envp[])
{
    return execve(path, argv, envp);
}

static int by_execv(const char *path, char *const argv[], char *const envp[])
{
    (void)envp;
    return execv(path, argv);
}

static int by_execvp(const char *path, char *const argv[], char *const envp[])
{
    (void)envp;
    return execvp(path, argv);
}

static int by_execvpe(const char *path, char *const argv[], char *const envp[])
{
    return execvpe(path, argv, envp);
}

static int by_execle(const char *path, char *const argv[], char *const envp[])
{
    return execle(path, argv[0], argv[1], (char *)NULL, envp);
}

static int by_execlp(const char *path, char *const argv[], char *const envp[])
{
    (void)envp;
    return execlp(path, argv[0], argv[1], (char *)NULL);
}

static int by_fexecve(const char *path, char *const argv[], char *const envp[])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int result = fexecve(fd, argv, envp);
    int error = errno;
    close(fd);
    errno = error;
    return result;
}

static int by_execve_number(const char *path, char *const argv[], char *const envp[])
{
    return (int)syscall(SYS_execve, path, argv, envp);
}

static int by_execveat_number(const char *path, char *const argv[], char *const envp[])
{
    return (int)syscall(SYS_execveat, AT_FDCWD, path, argv, envp, 0);
}

static int by_posix_spawn(const char *path, char *const argv[], char *const envp[])
{
    pid_t child = 0;
    int before = errno, error = posix_spawn(&child, path, NULL, NULL, argv, envp);
    if (error == 0) {
        bool same = errno == before;
        waitpid(child, NULL, 0);
        say("errno is left alone: %d", same);
        return 0;
    }
    errno = error;
    return -1;
}

static int by_posix_spawnp(const char *path, char *const argv[], char *const envp[])
{
    pid_t child;
    int error = posix_spawnp(&child, path, NULL, NULL, argv, envp);
    if (error == 0)
        return waitpid(child, NULL, 0) == child ? 0 : 1;
    errno = error;
    return -1;
}

static const struct {
    const char *name;
    int (*run)(const char *path, char *const argv[], char *const envp[]);
    bool takes_environment;
} ways[] = {
    {"execve", by_execve, true},
    {"execv", by_execv, false},
    {"execvp", by_execvp, false},
    {"execvpe", by_execvpe, true},
    {"execle", by_execle, true},
    {"execlp", by_execlp, false},
    {"fexecve", by_fexecve, true},
    {"SYS_execve", by_execve_number, true},
    {"SYS_execveat", by_execveat_number, true},
    {"posix_spawn", by_posix_spawn, true},
    {"posix_spawnp", by_posix_spawnp, true},
};

#define EACH_WAY(i) for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)

/* As a program of its own: all but what belongs to the limits. */
static void on_environment(void)
{
    for (char **entry = environ; *entry; entry++)
        if (strncmp(*entry, "RL_", 3) != 0 && strncmp(*entry, "LD_PRELOAD=", 11) != 0)
            say("  %s", *entry);
}

/* In a child, should it succeed. */
static void run_in_child(size_t i, const char *path, char *const envp[])
{
    int status;
    pid_t child = MUST(fork());
    if (child == 0) {
        errno = 0;
        int result = ways[i].run(path, own_arguments, envp);
        say("%s: %s", ways[i].name, result < 0 ? name_of_error(errno) : "ran");
        _exit(0);
    }
    waitpid(child, &status, 0);
}

static void failures(void)
{
    static const char *const paths[] = {"/nowhere/to/be/found", "not_in_any_path", "/etc",
                                        "/etc/passwd",          "/etc/passwd/x",   ""};
    for (size_t p = 0; p < sizeof paths / sizeof *paths; p++) {
        say("of '%s'", paths[p]);
        EACH_WAY(i)
        run_in_child(i, paths[p], environ);
    }
}

static void failures_without_environment(void)
{
    environ = NULL;
    EACH_WAY(i)
    {
        run_in_child(i, "/nowhere/to/be/found", nothing);
        run_in_child(i, "/nowhere/to/be/found", NULL);
    }
}

/* What the kernel cannot read either. */
static void environments_that_are_none(void)
{
    char *guard = guard_page(), **unfinished = (char **)(void *)guard - 1;
    char *volatile low = (char *)8;
    *unfinished = (char *)"A=1";
    char *bad_entry[] = {(char *)"A=1", low, NULL}, *at_guard[] = {guard, NULL};
    EACH_WAY(i)
    {
        if (!ways[i].takes_environment)
            continue;
        run_in_child(i, "/proc/self/exe", (char **)(void *)low);
        run_in_child(i, "/proc/self/exe", unfinished);
        run_in_child(i, "/proc/self/exe", bad_entry);
        run_in_child(i, "/proc/self/exe", at_guard);
    }
}

/* MAX_ARG_STRLEN, execve(2). */
static void too_long(void)
{
    static char entry[140000];
    static char *envp[] = {entry, NULL};
    memset(entry, 'x', sizeof entry - 1);
    environ = envp;
    EACH_WAY(i)
    run_in_child(i, "/proc/self/exe", envp);
}

static void what_is_kept(void)
{
    static char *envp[] = {(char *)"A=1", (char *)"none",      (char *)"=x", (char *)"B=\xff\xfe",
                           (char *)"A=2", (char *)"PATH=/bin", (char *)"",   NULL};
    environ = envp;
    EACH_WAY(i)
    run_in_child(i, "/proc/self/exe", envp);
    say("it is as it was: %d", environ == envp && !envp[7] && !strcmp(envp[3], "B=\xff\xfe"));
}

static void what_is_empty(void)
{
    EACH_WAY(i)
    {
        environ = nothing;
        run_in_child(i, "/proc/self/exe", nothing);
        environ = NULL;
        run_in_child(i, "/proc/self/exe", NULL);
    }
    say("it is as it was: %d", !environ && !nothing[0]);
}

#ifdef __GLIBC__ /* of which the shell is */
static void by_the_shell(void)
{
    SAY(system(NULL) != 0);
    SAY(system("exit 3"));
    clearenv();
    SAY(system("exit 4"));
    SAY(system("echo $A; exit 5"));
    FILE *pipe = popen("echo one; exit 6", "r");
    char line[16] = "";
    SAY(fgets(line, sizeof line, pipe) == line);
    say("%s", line);
    SAY(pclose(pipe));
    SAY(popen("echo one", "no mode") == NULL);
    wordexp_t words;
    SAY(wordexp("one $(echo two; echo three)", &words, 0));
    for (size_t i = 0; i < words.we_wordc; i++)
        say("%s", words.we_wordv[i]);
    wordfree(&words);
    SAY(wordexp("$(echo)", &words, WRDE_NOCMD));
    SAY(wordexp("a | b", &words, 0));
    SAY(setenv("A", "set", 1));
    SAY(system("echo $A; exit 7"));
}
#endif

TWINS(GLIBC_TWIN(by_the_shell) TWIN(on_environment), TWIN(failures),
      TWIN(failures_without_environment), TWIN(environments_that_are_none), TWIN(too_long),
      TWIN(what_is_kept), TWIN(what_is_empty))
