/* test_config_file.c - the file named by RL_CONFIG. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "config_rows.h"

static char directory[] = "/tmp/test_config_file.XXXXXX", path[64], variable[80];

static bool read_file_with(const char *contents, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK(fd >= 0 && write(fd, contents, size) == (ssize_t)size);
    close(fd);
    return read_environment(ENVIRONMENT(variable));
}

/* The labels of all limits, or the error. */
static void check_file(int line, const char *contents, const char *expected)
{
    char labels[MAX_LIMITS * (MAX_LABEL + 1)] = "";
    if (!read_file_with(contents, strlen(contents))) {
        check_text(line, contents, error.text, expected);
        return;
    }
    for (unsigned i = 0; i < config.count; i++) {
        strcat(labels, i ? "|" : "");
        strcat(labels, config.limits[i].label);
    }
    check_text(line, contents, labels, expected);
}

static void check_bad_file(int line, const char *contents, size_t size, unsigned at_line,
                           unsigned position, const char *under, const char *part)
{
    char beginning[128];
    snprintf(beginning, sizeof beginning, "%s:%u: character %u: ", path, at_line, position);
    if (read_file_with(contents, size))
        check_text(line, contents, "it is accepted", part);
    else
        check_error(line, contents, beginning, under, part);
}

#define FILE_WITH(contents, expected) check_file(__LINE__, contents, expected)
#define BAD_FILE(contents, line, position, under, part)                                            \
    check_bad_file(__LINE__, contents, sizeof(contents) - 1, line, position, under, part)

static void lines(void)
{
    FILE_WITH("out 1/s", "out 1/s");
    FILE_WITH("out 1/s\n", "out 1/s");
    FILE_WITH("\n\n  out 1/s  \n\t\nconnect\t2/s\n", "out 1/s|connect 2/s");
    FILE_WITH("out 1/s\r\n\r\nconnect 2/s\r\n", "out 1/s|connect 2/s");
}

static void comments(void)
{
    FILE_WITH("out 1/s # a\nout 2/s\t#b\nout 3/s #", "out 1/s|out 2/s|out 3/s");
    FILE_WITH("out 1/s name=a#b #c", "a#b");
    FILE_WITH("# one\n#two\n  # three\nout 4/s\n#", "out 4/s");
}

/* It would limit nothing, and nobody would know. */
static void a_file_without_a_limit(void)
{
    static const char *const files[] = {"", "\n", "#out 1/s # out 2/s",
                                        "# one\n#two\n  # three\n#"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        CHECK(!read_file_with(files[i], strlen(files[i])));
        check_error(__LINE__, files[i], "RL_CONFIG: character 1: ", path, "there is no limit in '");
    }
}

static void errors_have_their_line(void)
{
    BAD_FILE("out 1XB/s", 1, 6, "XB", "unknown unit 'XB'");
    BAD_FILE("# one\r\n\r\n  out 1XB/s # c\r\nfoo", 3, 8, "XB", "unknown unit 'XB'");
    BAD_FILE("out 1/s\nout 1/s; out 2/s\n", 2, 8, ";", "one limit only");
    BAD_FILE("out 1/s#c", 1, 7, "s#c", "unknown unit of time 's#c'");
    BAD_FILE("out 1/s\nout 1/s\rout 2/s", 2, 9, "out", "'out' is not an option");
    BAD_FILE("out 1/s\nout\0 1/s\n", 2, 4, "\\x00", "this is not a text file");
    BAD_FILE("# \0", 1, 3, "\\x00", "this is not a text file");
    BAD_FILE("\xef\xbb\xbfout 1/s", 1, 1, "\\xef\\xbb\\xbfout", "unknown kind of limit");
    BAD_FILE("out 1/s\nout 1/s\nout 1/s\nout 1/s\nout 1/s\nout 1/s\nout 1/s\nout 1/s\nout 1/s\n"
             "out 1/s\nout 1/s\nout 1/s\nout 1/s\nout 1/s\nout 1/s\nout 1/s\nout 1/s\n",
             9, 1, "out 1/s", "more than 8 limits");
}

static void whole_message(void)
{
    char expected[512];
    CHECK(!read_file_with("\nout 1MB\n", 9));
    snprintf(expected, sizeof expected,
             "%s:2: character 5: '1MB' is not a rate; it is written AMOUNT/TIME, as 10/s\n"
             "    out 1MB\n"
             "        ^^^\n"
             "  for example: out 1MB/s burst=64KiB\n",
             path);
    check_text(__LINE__, "a file", error.text, expected);
}

/* Lines of up to 1023 characters, in a file that is read in pieces of another size. */
static void long_lines(void)
{
    static char contents[100000];
    memset(contents, ' ', sizeof contents);
    for (size_t end = 1023; end < sizeof contents; end += 1024)
        contents[end] = '\n';
    memcpy(contents + 90 * 1024 + 1016, "out 1/s", 7);
    CHECK(read_file_with(contents, sizeof contents));
    CHECK_EQ(config.count, 1);

    contents[1023] = '#';
    check_bad_file(__LINE__, contents, sizeof contents, 1, 1024, "#",
                   "a line has less than 1024 characters");
    memset(contents, '#', sizeof contents);
    contents[1] = '\n';
    check_bad_file(__LINE__, contents, sizeof contents, 2, 1024, "#", "a line has less than 1024");
}

static void check_unreadable(int line, const char *name, const char *reason)
{
    char setting[8192];
    snprintf(setting, sizeof setting, "RL_CONFIG=%s", name);
    CHECK(!read_environment(ENVIRONMENT(setting)));
    if (!strstr(error.text, reason) || strncmp(error.text, "RL_CONFIG: character 1: ", 24) != 0)
        check_text(line, name, error.text, reason);
}

static void unreadable_files(void)
{
    static char long_name[6000];
    memset(long_name, 'n', sizeof long_name - 1);
    check_unreadable(__LINE__, "/nowhere/x",
                     "'/nowhere/x' cannot be read: No such file or directory\n");
    check_unreadable(__LINE__, "/dev/null/x", "Not a directory\n");
    check_unreadable(__LINE__, directory, "Is a directory\n");
    check_unreadable(__LINE__, "/dev/null", "it is no regular file\n");
    check_unreadable(__LINE__, "/proc/self/mem", "Input/output error\n");
    check_unreadable(__LINE__, long_name, "File name too long\n");
    long_name[1000] = '\0';
    check_unreadable(__LINE__, long_name, "File name too long\n");

    unlink(path);
    CHECK(mkfifo(path, 0600) == 0);
    check_unreadable(__LINE__, path, "it is no regular file\n");
    unlink(path);
    CHECK(symlink(path, path) == 0);
    check_unreadable(__LINE__, path, "Too many levels of symbolic links\n");
    unlink(path);
    if (geteuid() != 0) {
        close(open(path, O_WRONLY | O_CREAT, 0));
        check_unreadable(__LINE__, path, "Permission denied\n");
    }
}

static void no_descriptor_is_left_open(void)
{
    int before = dup(0);
    close(before);
    CHECK(read_file_with("out 1/s\n", 8));
    CHECK(!read_file_with("foo\n", 4));
    check_unreadable(__LINE__, directory, "Is a directory");
    int after = dup(0);
    close(after);
    CHECK_EQ(before, after);

    int saved = dup(0);
    close(0);
    CHECK(read_file_with("out 1/s\n", 8));
    CHECK(fcntl(0, F_GETFD) < 0 && errno == EBADF);
    dup2(saved, 0);
    close(saved);
}

int main(void)
{
    if (!mkdtemp(directory))
        return SKIPPED;
    snprintf(path, sizeof path, "%s/limits", directory);
    snprintf(variable, sizeof variable, "RL_CONFIG=%s", path);

    RUN(lines);
    RUN(comments);
    RUN(a_file_without_a_limit);
    RUN(errors_have_their_line);
    RUN(whole_message);
    RUN(long_lines);
    RUN(no_descriptor_is_left_open);
    RUN(unreadable_files);
    unlink(path);
    rmdir(directory);
    return check_status();
}
