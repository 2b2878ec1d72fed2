/* test_share_clean.c - whose files are deleted, and whose are not. */
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>

#include "segments.h"

static struct config config;

/* A child that does something, then says so, and waits to be killed. */
static pid_t doing(void (*what)(void *argument), void *argument)
{
    int ready[2];
    char byte;
    CHECK(pipe(ready) == 0);
    pid_t child = fork();
    if (child == 0) {
        what(argument);
        (void)!write(ready[1], "", 1);
        for (;;)
            pause();
    }
    close(ready[1]);
    CHECK(read(ready[0], &byte, 1) == 1);
    close(ready[0]);
    return child;
}

static struct segment *opened(const char *name)
{
    uint32_t count;
    const char *why;
    return segment_open(directory, name, &count, &why);
}

static void map_it(void *name)
{
    opened(name);
}

static void map_and_enter(void *name)
{
    members_enter(opened(name), getpid());
}

static void nothing(void *unused)
{
    (void)unused;
}

/* Notes a process that has nothing mapped: as one that is about to start. */
static void enter(const char *name, pid_t pid, uint64_t since_ns)
{
    struct segment *segment = opened(name);
    members_enter(segment, pid);
    for (unsigned i = 0; i < MEMBERS && since_ns; i++)
        if ((uint32_t)segment->members[i].id == (uint32_t)pid)
            segment->members[i].since_ns = since_ns;
    segment_unmap(segment, config.count);
}

static void check_goes(const char *name)
{
    CHECK(is_there(name));
    clean_directory();
    CHECK(!is_there(name));
}

static void check_stays(const char *name)
{
    clean_directory();
    CHECK(is_there(name));
}

/* Nobody who has looked himself. */
static bool is_told_by_what_is_deleted(uint64_t magic)
{
    int status, fd;
    pid_t child = fork();
    if (child == 0) {
        const uint32_t namespace = 77;
        left_behind(TREE_PREFIX "0", &config);
        fd = openat(directory, TREE_PREFIX "0", O_RDWR | O_CLOEXEC);
        (void)!pwrite(fd, &magic, sizeof magic, 0);
        (void)!pwrite(fd, &namespace, sizeof namespace,
                      offsetof(struct segment, made_at.namespace));
        _exit(0);
    }
    waitpid(child, NULL, 0);
    child = fork();
    if (child == 0) {
        clean_directory();
        _exit(members_namespace() == 77);
    }
    bool is = waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status);
    unlinkat(directory, TREE_PREFIX "0", 0);
    return is;
}

static void where_its_maker_was_is_where_one_is(void)
{
    CHECK(is_told_by_what_is_deleted(SEGMENT_MAGIC));
    CHECK(!is_told_by_what_is_deleted(SEGMENT_MAGIC + (UINT64_C(1) << 48)));
    CHECK(!is_told_by_what_is_deleted(0));
}

static void what_nobody_ever_had_goes(void)
{
    left_behind("tree-a", &config);
    left_behind("shared-a", &config);
    clean_directory();
    CHECK(!is_there("tree-a") && !is_there("shared-a"));
}

static void who_has_it_keeps_it(void)
{
    static const char *const names[] = {"tree-b", "shared-b"};
    for (int i = 0; i < 2; i++) {
        left_behind(names[i], &config);
        pid_t child = doing(map_it, (void *)names[i]); /* noted nowhere */
        check_stays(names[i]);
        kill_child(child);
        check_goes(names[i]);

        left_behind(names[i], &config);
        child = doing(map_and_enter, (void *)names[i]);
        check_stays(names[i]);
        kill(child, SIGKILL);
        siginfo_t info;
        waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT); /* a zombie has nothing */
        check_goes(names[i]);
        waitpid(child, NULL, 0);
    }
}

static void the_caller_keeps_his(void)
{
    struct segment *segment = made("tree-c", &config);
    check_stays("tree-c");
    segment_unmap(segment, config.count);
    check_goes("tree-c");
}

static void map_in_another_namespace(void *name)
{
    int ready[2];
    char byte;
    if (unshare(CLONE_NEWPID) != 0 || pipe(ready) != 0)
        exit(SKIPPED);
    if (fork() == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        members_look_anew();
        map_and_enter(name);
        (void)!write(ready[1], "", 1);
        for (;;)
            pause();
    }
    (void)!read(ready[0], &byte, 1);
}

static void noted_long_ago(const char *name)
{
    struct segment *segment = opened(name);
    for (unsigned i = 0; i < MEMBERS; i++)
        segment->members[i].since_ns = 1;
    segment_unmap(segment, config.count);
}

static void also_who_is_in_another_namespace(void)
{
    if (geteuid() != 0)
        return;
    left_behind("tree-d", &config);
    pid_t child = doing(map_in_another_namespace, (void *)"tree-d");
    check_stays("tree-d");
    kill_child(child);
    noted_long_ago("tree-d"); /* not just now, as who has not started yet */
    for (int i = 0; i < 100 && is_there("tree-d"); i++) {
        sleep_ms(10);
        clean_directory();
    }
    CHECK(!is_there("tree-d"));
}

/* Between exec and its start it has nothing, but is noted. */
static void who_is_about_to_start_keeps_it(void)
{
    left_behind("tree-e", &config);
    pid_t child = doing(nothing, NULL);
    enter("tree-e", child, 0);
    check_stays("tree-e");
    kill_child(child);
    check_goes("tree-e");
}

static void a_number_that_is_anothers_by_now_keeps_nothing(void)
{
    left_behind("tree-f", &config);
    sleep_ms(50);
    pid_t child = doing(nothing, NULL);
    enter("tree-f", child, 1); /* since the boot */
    check_goes("tree-f");
    kill_child(child);
}

static struct rl_limiter limiter_of(struct segment *segment)
{
    struct rl_limiter limiter;
    CHECK(definition_limiter(segment, 0, &limiter));
    return limiter;
}

/* Its bucket is what the next of that name begin with; a tree has no next. */
static void a_name_goes_when_it_is_at_rest(void)
{
    struct config slow;
    CONFIGURED(&slow, "connect 5/s burst=2");
    left_behind("shared-g", &slow);
    left_behind("tree-g", &slow);
    for (int i = 0; i < 2; i++) {
        struct segment *segment = opened(i ? "tree-g" : "shared-g");
        struct rl_limiter limiter = limiter_of(segment);
        CHECK(rl_try_acquire(&limiter, 2, NULL));
        segment_unmap(segment, 1);
    }
    clean_directory();
    CHECK(is_there("shared-g") && !is_there("tree-g"));
    sleep_ms(500);
    check_goes("shared-g");
}

/* Nobody can have written that: it is as good as a full bucket that was just emptied, for its next
 * user; without one, it must not stay for ever. */
static void nor_does_an_odd_word_keep_it_for_ever(void)
{
    left_behind("shared-h", &config);
    struct segment *segment = opened("shared-h");
    segment->shared[0].line.word = UINT64_MAX;
    segment_unmap(segment, config.count);
    clean_directory();
    sleep_ms(1100);
    check_goes("shared-h");
}

/* Of a clock that has begun anew. */
static void what_is_of_another_boot_goes(void)
{
    left_behind("shared-i", &config);
    struct segment *segment = opened("shared-i");
    segment->shared[0].line.word = UINT64_MAX >> 2;
    segment->epoch_ns = rl_now() + 3600 * RL_SECOND;
    segment_unmap(segment, config.count);
    check_goes("shared-i");
}

static void what_is_not_ours_stays(void)
{
    static const char *const names[] = {"other", "tree", "treetree-1", ".news", "shared"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        close(openat(directory, names[i], O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    CHECK(mkdirat(directory, "tree-dir", 0700) == 0);
    CHECK(mkfifoat(directory, "tree-fifo", 0600) == 0);
    CHECK(symlinkat("other", directory, "tree-link") == 0);
    clean_directory();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        CHECK(is_there(names[i]));
    CHECK(is_there("tree-dir") && is_there("tree-fifo") && is_there("tree-link"));
}

static void what_is_half_made_goes(void)
{
    close(openat(directory, ".new-0123456789abcdef", O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    check_goes(".new-0123456789abcdef");
    left_behind(".new-0123456789abcdee", &config);
    check_goes(".new-0123456789abcdee");
    int fd = openat(directory, ".new-0123456789abcdef", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    check_stays(".new-0123456789abcdef"); /* somebody is at it */
    close(fd);
    check_goes(".new-0123456789abcdef");
}

/* A name that is damaged is shown to its users; a tree has none any more. */
static void what_is_damaged(void)
{
    left_behind("shared-j", &config);
    left_behind("tree-j", &config);
    for (int i = 0; i < 2; i++) {
        int fd = openat(directory, i ? "tree-j" : "shared-j", O_RDWR | O_CLOEXEC);
        CHECK(ftruncate(fd, 100) == 0);
        close(fd);
    }
    clean_directory();
    CHECK(is_there("shared-j") && !is_there("tree-j"));
    unlinkat(directory, "shared-j", 0);
}

static int signals_seen;

static void count_signal(int signal)
{
    (void)signal;
    signals_seen++;
}

static bool is_pending(void)
{
    sigset_t pending;
    return sigpending(&pending) == 0 && sigismember(&pending, SIGIO) == 1;
}

static void keep_opening(void *name)
{
    pid_t parent = getppid();
    if (fork() != 0)
        return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (; kill(parent, 0) == 0;) {
        int fd = openat(directory, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        if (fd >= 0)
            close(fd);
    }
    _exit(0);
}

/* Whoever comes meanwhile breaks a lease, of which the cleaner is told, and not his program. */
static void no_signal_comes_of_it(void)
{
    sigset_t before, after, io;
    struct config slow;
    signal(SIGIO, count_signal);
    sigprocmask(SIG_SETMASK, NULL, &before);
    CONFIGURED(&slow, "connect 1/h burst=1");
    left_behind("shared-k", &slow); /* it is looked at and stays */
    struct segment *segment = opened("shared-k");
    struct rl_limiter limiter = limiter_of(segment);
    CHECK(rl_try_acquire(&limiter, 1, NULL));
    segment_unmap(segment, 1);
    pid_t child = doing(keep_opening, (void *)"shared-k");
    for (int i = 0; i < 3000; i++)
        clean_directory();
    CHECK_EQ(signals_seen, 0);
    CHECK(!is_pending());
    sigprocmask(SIG_SETMASK, NULL, &after);
    for (int number = 1; number < NSIG; number++)
        CHECK_EQ(sigismember(&before, number), sigismember(&after, number));

    sigemptyset(&io);
    sigaddset(&io, SIGIO);
    sigprocmask(SIG_BLOCK, &io, NULL);
    clean_directory();
    CHECK(!is_pending());
    kill(getpid(), SIGIO); /* somebody else's */
    for (int i = 0; i < 100; i++)
        clean_directory();
    CHECK(is_pending());
    sigprocmask(SIG_SETMASK, NULL, &after);
    CHECK(sigismember(&after, SIGIO) == 1);
    sigprocmask(SIG_SETMASK, &before, NULL);
    CHECK_EQ(signals_seen, 1);
    kill_child(child);
    unlinkat(directory, "shared-k", 0);
}

/* More than fit into one look at the directory. */
static void however_many_there_are(void)
{
    char name[32];
    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "%s%d", i % 2 ? TREE_PREFIX : SHARED_PREFIX, i);
        left_behind(name, &config);
    }
    clean_directory();
    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "%s%d", i % 2 ? TREE_PREFIX : SHARED_PREFIX, i);
        CHECK(!is_there(name));
    }
}

static void no_descriptor_is_left(void)
{
    int first = dup(0);
    close(first);
    left_behind("tree-l", &config);
    struct segment *segment = opened("tree-l");
    clean_directory();
    segment_unmap(segment, config.count);
    clean_directory();
    int second = dup(0);
    close(second);
    CHECK_EQ(second, first);
}

/* In a namespace of its own. False if the caller may not. */
static bool mount_overlay(void)
{
    char lower[96], upper[96], work[96], options[320];
    snprintf(lower, sizeof lower, "%s/lower", directory_name);
    snprintf(upper, sizeof upper, "%s/upper", directory_name);
    snprintf(work, sizeof work, "%s/work", directory_name);
    snprintf(options, sizeof options, "lowerdir=%s,upperdir=%s,workdir=%s", lower, upper, work);
    return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("tmpfs", directory_name, "tmpfs", 0, NULL) == 0 && mkdir(lower, 0700) == 0 &&
           mkdir(upper, 0700) == 0 && mkdir(work, 0700) == 0 &&
           mount("overlay", directory_name, "overlay", 0, options) == 0;
}

/* There the kernel does not tell who has it mapped. */
static void on_overlayfs_who_is_in_another_namespace_keeps_it_as_well(void)
{
    pid_t child = fork();
    if (child == 0) {
        if (!mount_overlay())
            _exit(0);
        directory = open(directory_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        struct segment *segment = made("tree-o", &config);
        clean_directory();
        bool goes = !is_there("tree-o");
        segment_unmap(segment, config.count);
        segment = made("tree-p", &config);
        segment->members[0] = (struct member){UINT64_C(1) << 32 | 1, 1};
        segment->used_groups = 1;
        clean_directory();
        _exit(!goes || !is_there("tree-p"));
    }
    CHECK(ended_well(child));
}

int main(void)
{
    open_directory();
    CONFIGURED(&config, "connect 10/s", "out 1MB/s to=example.com");
    RUN(where_its_maker_was_is_where_one_is);
    RUN(what_nobody_ever_had_goes);
    RUN(who_has_it_keeps_it);
    RUN(the_caller_keeps_his);
    RUN(also_who_is_in_another_namespace);
    RUN(on_overlayfs_who_is_in_another_namespace_keeps_it_as_well);
    RUN(who_is_about_to_start_keeps_it);
    RUN(a_number_that_is_anothers_by_now_keeps_nothing);
    RUN(a_name_goes_when_it_is_at_rest);
    RUN(nor_does_an_odd_word_keep_it_for_ever);
    RUN(what_is_of_another_boot_goes);
    RUN(what_is_not_ours_stays);
    RUN(what_is_half_made_goes);
    RUN(what_is_damaged);
    RUN(no_signal_comes_of_it);
    RUN(however_many_there_are);
    RUN(no_descriptor_is_left);
    remove_directory();
    return check_status();
}
