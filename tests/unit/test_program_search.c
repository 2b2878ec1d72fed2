/* test_program_search.c - a command along PATH, as execvp(3) finds it: compared with that. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "program.h"

static char directory[] = "/tmp/test_program.XXXXXX";

static void make(const char *path, const char *text, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

/* What execvp makes of it: the exit status of the command, or 100 and its errno. */
static int by_libc(const char *list, const char *command)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        if (list)
            setenv("PATH", list, 1);
        else
            unsetenv("PATH");
        execlp(command, command, (char *)NULL);
        _exit(100 + errno);
    }
    waitpid(child, &status, 0);
    return WEXITSTATUS(status);
}

/* The same, by running what is found. */
static int by_us(const char *list, const char *command)
{
    char path[PATH_MAX];
    int status = 0, error = program_search(list, command, path, sizeof path);
    if (error)
        return 100 + error;
    pid_t child = fork();
    if (child == 0) {
        execl(path, path, (char *)NULL);
        _exit(100 + errno);
    }
    waitpid(child, &status, 0);
    return WEXITSTATUS(status);
}

static void as_execvp(void)
{
    static const char *const lists[] = {
        "one:two", "two:one",    "one",        "nowhere:two", "nowhere",     "",
        ":two",    "two:",       "one::two",   ":",           "plain/x:two", "three:one:two",
        "three",   "here:three", "circle:two", "//two//",     NULL,
    };
    static const char *const commands[] = {"tool",       "here",       "nosuch",    "",
                                           "./here",     "two/tool",   "one/tool",  "nosuch/tool",
                                           "plain/tool", "three/tool", "directory", "true"};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        for (size_t j = 0; j < sizeof commands / sizeof *commands; j++)
            if (!CHECK_EQ(by_us(lists[i], commands[j]), by_libc(lists[i], commands[j])))
                fprintf(stderr, "  PATH=%s %s\n", lists[i] ? lists[i] : "(unset)", commands[j]);
}

static bool found(const char *list, const char *command, const char *expected)
{
    char path[PATH_MAX];
    return program_search(list, command, path, sizeof path) == 0 && strcmp(path, expected) == 0;
}

static void what_is_found(void)
{
    CHECK(found("one:two", "tool", "two/tool"));
    CHECK(found(":two", "here", "./here"));
    CHECK(found("nowhere", "two/tool", "two/tool"));
    char path[PATH_MAX];
    CHECK_EQ(program_search("nowhere:one:three", "tool", path, sizeof path), EACCES);
    CHECK(strcmp(path, "one/tool") == 0);
}

/* What does not fit is not known; but it need not, if it comes behind what is found. */
static void small_buffers(void)
{
    for (size_t size = 1; size < 32; size++) {
        char path[32];
        memset(path, 'x', sizeof path);
        int expected = size < sizeof "nowhere/tool" ? ENAMETOOLONG : 0;
        CHECK_EQ(program_search("nowhere:two", "tool", path, size), expected);
        CHECK(path[size] == 'x');
        expected = size < sizeof "two/tool" ? ENAMETOOLONG : 0;
        CHECK_EQ(program_search("two:a_long_name_of_a_directory", "tool", path, size), expected);
        CHECK_EQ(program_search(NULL, "two/tool", path, size), expected);
    }
}

/* What is too long for the kernel is passed over. */
static void long_parts(void)
{
    static char list[3 * PATH_MAX], path[PATH_MAX];
    memset(list, 'x', 2 * PATH_MAX);
    strcpy(list + 2 * PATH_MAX, ":two");
    CHECK_EQ(program_search(list, "tool", path, sizeof path), 0);
    CHECK(strcmp(path, "two/tool") == 0);
    CHECK_EQ(program_search(list, "tool", path, 32), 0);
    list[2 * PATH_MAX] = '\0';
    CHECK_EQ(program_search(list, "tool", path, sizeof path), ENOENT);
    CHECK_EQ(program_search("two", list, path, sizeof path), ENAMETOOLONG);
    list[0] = '/';
    CHECK_EQ(program_search("two", list, path, sizeof path), ENAMETOOLONG);
}

int main(void)
{
    if (!mkdtemp(directory) || chdir(directory) || mkdir("one", 0755) || mkdir("two", 0755) ||
        mkdir("three", 0755) || mkdir("three/tool", 0755) || mkdir("two/directory", 0755) ||
        symlink("circle", "circle"))
        return SKIPPED;
    make("one/tool", "#!/bin/sh\nexit 1\n", 0644);
    make("two/tool", "#!/bin/sh\nexit 2\n", 0755);
    make("here", "#!/bin/sh\nexit 3\n", 0755);
    make("plain", "", 0644);
    RUN(as_execvp);
    RUN(what_is_found);
    RUN(small_buffers);
    RUN(long_parts);
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", directory);
    CHECK_EQ(system(command), 0);
    return check_status();
}
