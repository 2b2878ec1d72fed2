/* test_program_judge.c - which program a path or descriptor stands for, from wherever one asks. */
#include <errno.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "elf_image.h"

static char directory[] = "/tmp/test_program.XXXXXX";
static struct image image; /* of a static program */

static void make(const char *name, const void *bytes, size_t size)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
    CHECK(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
    close(fd);
}

static void make_text(const char *name, const char *text)
{
    make(name, text, strlen(text));
}

static struct judgement judge_at(int at, const char *path, int flags)
{
    struct judgement judgement;
    program_judge(at, path, flags, &judgement);
    return judgement;
}

static struct judgement judge(const char *path)
{
    return judge_at(AT_FDCWD, path, 0);
}

static void itself(void)
{
    struct judgement judgement = judge("/proc/self/exe");
    CHECK_IS(judgement, "");
    CHECK(!judgement.elf.loader && *judgement.elf.interpreter == '/');
}

/* The interpreter is relative to the working directory, wherever the script is. */
static void scripts(void)
{
    make_text("first", "#!static");
    make_text("second", "#! ./first -x\nexit");
    make_text("below/third", "#!\tsecond a b \n");
    CHECK_IS(judge("first"), "statically linked");
    CHECK_IS(judge("below/third"), "statically linked");
    make_text("gone", "#!/no/such/thing\n");
    CHECK_IS(judge("gone"), "?");
    make_text("circle", "#!circle\n");
    CHECK_IS(judge("circle"), "?");
    make_text("text", "exit 1");
    make_text("empty", "");
    make_text("blank", "#! \n");
    struct judgement shell = judge("/bin/sh"); /* of musl, it may be of another libc */
    CHECK_EQ(judge("text").reasons, shell.reasons);
    CHECK_EQ(judge("empty").reasons, shell.reasons);
    CHECK_EQ(judge("blank").reasons, shell.reasons);
    CHECK(!judge("blank").unreadable);
}

/* As deep as the kernel goes. */
static void deep_scripts(void)
{
    const char *names[] = {"static", "s1", "s2", "s3", "s4", "s5"};
    for (int i = 1; i < 6; i++) {
        char line[16];
        snprintf(line, sizeof line, "#!%s\n", names[i - 1]);
        make_text(names[i], line);
        CHECK_IS(judge(names[i]), "statically linked");
    }
}

static void first_lines(void)
{
    static const struct {
        const char *head, *interpreter, *argument;
    } rows[] = {
        {"#!/bin/a", "/bin/a", NULL},
        {"#!/bin/a\n#!/bin/b", "/bin/a", NULL},
        {"#! \t/bin/a  \t\nb", "/bin/a", NULL},
        {"#!/bin/a -b c \n", "/bin/a", "-b c"},
        {"#!a\t-b", "a", "-b"},
        {"#!\n/bin/a", "/bin/sh", NULL},
        {"#", "/bin/sh", NULL},
        {"", "/bin/sh", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct script script;
        strcpy(script.head, rows[i].head);
        script_read(&script, strlen(rows[i].head));
        CHECK(strcmp(script.interpreter, rows[i].interpreter) == 0);
        CHECK(!script.argument == !rows[i].argument);
        if (script.argument && rows[i].argument)
            CHECK(strcmp(script.argument, rows[i].argument) == 0);
    }
    struct script script;
    memset(script.head, 'x', sizeof script.head);
    memcpy(script.head, "#!", 2);
    script_read(&script, SCRIPT_HEAD);
    CHECK_EQ(strlen(script.interpreter), SCRIPT_HEAD - 2);
}

static void directories_and_descriptors(void)
{
    int below = open("below", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    make("below/static", &image, sizeof image);
    make_text("below/script", "#!below/static");
    CHECK_EQ(symlink("static", "below/link"), 0);
    CHECK_IS(judge_at(below, "static", 0), "statically linked");
    CHECK_IS(judge_at(below, "script", 0), "statically linked");
    CHECK_IS(judge_at(below, "link", 0), "statically linked");
    CHECK_IS(judge_at(below, "link", AT_SYMLINK_NOFOLLOW), "?");
    CHECK_IS(judge_at(below, "", AT_EMPTY_PATH), "?");
    CHECK_IS(judge_at(below, "", 0), "?");
    CHECK_IS(judge_at(AT_FDCWD, "", AT_EMPTY_PATH), "?");
    CHECK_IS(judge_at(-1, "static", 0), "?");

    for (int path_only = 0; path_only < 2; path_only++) {
        int fd = openat(below, "static", (path_only ? O_PATH : O_RDONLY) | O_CLOEXEC);
        CHECK_IS(judge_at(fd, "", AT_EMPTY_PATH), "statically linked");
        CHECK_IS(judge_at(fd, "", AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW), "statically linked");
        CHECK(path_only || lseek(fd, 0, SEEK_CUR) == 0);
        CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC); /* still open */
        close(fd);
    }
    close(below);
}

/* What is not there, no program, or no pointer at all. */
static void unknown(void)
{
    mkfifo("fifo", 0755);
    CHECK_IS(judge("nothing"), "?");
    CHECK_IS(judge("static/x"), "?");
    CHECK_IS(judge("below"), "?");
    CHECK_IS(judge("fifo"), "?");
    CHECK_IS(judge("/dev/null"), "?");
    CHECK_IS(judge(NULL), "?");
    CHECK_IS(judge_at(0, NULL, AT_EMPTY_PATH), "?");
    CHECK_IS(judge((const char *)1), "?");
    CHECK_IS(judge(""), "?");
}

/* By the owner of it: for root, all can be read. */
static void unreadable(void)
{
    make("closed", &image, sizeof image);
    chmod("closed", 0111);
    pid_t child = fork();
    if (child == 0) {
        if (geteuid() == 0 && (chmod(".", 0711) || setgid(65534) || setuid(65534)))
            _exit(1);
        CHECK_IS(judge("closed"), "?");
        _exit(check_status());
    }
    int status = 1;
    waitpid(child, &status, 0);
    CHECK_EQ(status, 0);
}

/* Where nothing can be opened, that is what is said of what is there. */
static void without_a_descriptor(void)
{
    struct rlimit before, none = {0};
    getrlimit(RLIMIT_NOFILE, &before);
    none.rlim_max = before.rlim_max;
    setrlimit(RLIMIT_NOFILE, &none);
    struct judgement there = judge("static"), gone = judge("nothing");
    setrlimit(RLIMIT_NOFILE, &before);
    CHECK_EQ(there.reasons, 1U << NO_DESCRIPTOR);
    CHECK(there.unreadable);
    CHECK_EQ(gone.reasons, 0);
}

/* Those of number 0 to 63. */
static uint64_t open_descriptors(void)
{
    uint64_t all = 0;
    for (int fd = 0; fd < 64; fd++)
        all |= (uint64_t)(fcntl(fd, F_GETFD) >= 0) << fd;
    return all;
}

static void leaves_nothing_behind(void)
{
    static const char *const paths[] = {"static", "below/third", "nothing", "text", "closed"};
    uint64_t before = open_descriptors();
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        errno = ENOTTY;
        judge(paths[i]);
        CHECK_EQ(errno, ENOTTY);
        /* Numbers that are not open say nothing about absolute paths. */
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%s/%s", directory, paths[i]);
        for (int fd = 0; fd < 64; fd++)
            judge_at(fd, path, 0);
    }
    CHECK_EQ(open_descriptors(), before);
}

static void from_vfork(void)
{
    struct judgement judgement;
    int status = 1;
    pid_t child = vfork();
    if (child == 0) {
        program_judge(AT_FDCWD, "below/third", 0, &judgement);
        _exit(0);
    }
    waitpid(child, &status, 0);
    CHECK_EQ(status, 0);
    CHECK_IS(judgement, "statically linked");
}

static void *judge_often(void *unused)
{
    for (int i = 0; i < 500; i++) {
        CHECK_IS(judge("below/third"), "statically linked");
        CHECK_IS(judge("/proc/self/exe"), "");
    }
    return unused;
}

static void many_threads(void)
{
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, judge_often, NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

/* musl has no contexts, and the sanitizer makes stacks larger. */
#if defined __GLIBC__ && !defined __SANITIZE_ADDRESS__
#define HAS_CONTEXTS
#include <ucontext.h>

/* A stack is painted, and afterwards one looks how far down the paint is gone. */
enum { STACK = 65536, MOST_STACK = 2048 };
static char stack[STACK] __attribute__((aligned(16)));
static ucontext_t here, there;
static const char *path_on_stack;

static void judge_on_stack(void)
{
    static struct judgement judgement;
    program_judge(AT_FDCWD, path_on_stack, 0, &judgement);
}

static void small_stack(void)
{
    static const char *const paths[] = {"/proc/self/exe", "static", "below/third", "/bin/sh"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        path_on_stack = paths[i];
        memset(stack, 0x5a, sizeof stack);
        getcontext(&there);
        there.uc_stack.ss_sp = stack;
        there.uc_stack.ss_size = sizeof stack;
        there.uc_link = &here;
        makecontext(&there, judge_on_stack, 0);
        swapcontext(&here, &there);
        size_t untouched = 0;
        while (untouched < sizeof stack && stack[untouched] == 0x5a)
            untouched++;
        size_t used = sizeof stack - untouched + sizeof(struct judgement);
        printf("%s: %zu bytes of stack with the judgement\n", paths[i], used);
        CHECK(used <= MOST_STACK);
    }
    CHECK(sizeof(struct judgement) < 700);
}
#endif

static void complaints(void)
{
    CHECK(!program_would_complain(0));
    CHECK(program_would_complain(1U << OTHER_MACHINE));
    CHECK(program_would_complain(1U << OTHER_LIBC | 1U << GO_PROGRAM));
    CHECK(!program_would_complain(1U << STATIC | 1U << GO_PROGRAM | 1U << DAMAGED));
    CHECK(!program_would_complain(1U << OTHER_LIBC | 1U << SET_USER_ID));
    CHECK(!program_would_complain(1U << CAPABILITIES));
}

/* Cut off anywhere, they are a string. */
static void words(void)
{
    struct judgement judgement = {.owner = UINT_MAX, .elf.damage = "it is broken"};
    for (enum reason reason = 0; reason < REASONS; reason++) {
        char whole[LONGEST_WORDS], cut[LONGEST_WORDS];
        memset(judgement.elf.interpreter, 'x', sizeof judgement.elf.interpreter - 1);
        program_is(&judgement, reason, whole, sizeof whole);
        CHECK(reason_consequence(reason) && reason_advice(reason));
        for (size_t size = 1; size < sizeof cut; size++) {
            memset(cut, 'y', sizeof cut);
            program_is(&judgement, reason, cut, size);
            size_t length = strlen(whole) < size ? strlen(whole) : size - 1;
            CHECK(strlen(cut) == length && memcmp(cut, whole, length) == 0 && cut[size] == 'y');
        }
    }
    char text[LONGEST_WORDS];
    program_is(&judgement, SET_USER_ID, text, sizeof text);
    CHECK(strcmp(text, "set-user-ID (to user 4294967295)") == 0);
}

/* And all that is in it. */
static void take_away(void)
{
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", directory);
    CHECK_EQ(system(command), 0);
}

int main(void)
{
    if (!mkdtemp(directory) || chdir(directory) || mkdir("below", 0755))
        return SKIPPED;
    image_begin(&image);
    make("static", &image, sizeof image);
    RUN(itself);
    RUN(scripts);
    RUN(deep_scripts);
    RUN(first_lines);
    RUN(directories_and_descriptors);
    RUN(unknown);
    RUN(unreadable);
    RUN(without_a_descriptor);
    RUN(leaves_nothing_behind);
    RUN(from_vfork);
    RUN(many_threads);
#ifdef HAS_CONTEXTS
    RUN(small_stack);
#endif
    RUN(complaints);
    RUN(words);
    take_away();
    return check_status();
}
