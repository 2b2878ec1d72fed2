/*
 * test_share_start.c - which segments a process finds, or makes, and what it says if it cannot: as
 * a user of its own, whose directories nobody else has.
 */
#include <sys/prctl.h>

#include "directory.h"
#include "segments.h"
#include "share.h"

enum { FIRST_USER = 1900000000 };

/* What became of a process that started, in memory that it shares with the test. */
struct outcome {
    bool started;
    unsigned limits;
    uint64_t numbers[MAX_LIMITS]; /* of the segment of each limit */
    char error[sizeof(struct config_error)], notice[600], tree[200];
};

static struct outcome *outcome;
static char path[64];

/* Each segment that is made here has a number of its own, at random: when it was looked at first.
 */
static uint64_t number_of(struct segment *segment)
{
    uint64_t none = 0;
    __atomic_compare_exchange_n(&segment->unused[0], &none, rl_now(), false, __ATOMIC_SEQ_CST,
                                __ATOMIC_SEQ_CST);
    return segment->unused[0];
}

static void start_here(const char *trees, const char *const *specs)
{
    static struct config config;
    static struct share shares[MAX_LIMITS];
    struct config_error error = {""};
    const char *notice = NULL;
    configured(&config, specs);
    config.trees = trees;
    outcome->started = share_start(&config, shares, NULL, &notice, &error);
    outcome->limits = config.count;
    strcpy(outcome->error, error.text);
    strcpy(outcome->notice, notice ? notice : "");
    strcpy(outcome->tree, share_tree() ? share_tree() : "");
    for (unsigned i = 0; i < config.count && outcome->started; i++)
        outcome->numbers[i] = shares[i].segment ? number_of(shares[i].segment) : 0;
}

/* A process that starts so, and lives until it is killed. */
static pid_t started(const char *trees, const char *const *specs)
{
    int ready[2];
    char byte;
    memset(outcome, 0, sizeof *outcome);
    CHECK(pipe(ready) == 0);
    pid_t child = fork();
    if (child == 0) {
        start_here(trees, specs);
        (void)!write(ready[1], "", 1);
        for (;;)
            pause();
    }
    close(ready[1]);
    CHECK(read(ready[0], &byte, 1) == 1);
    close(ready[0]);
    return child;
}

/* What RL_TREE has for these. */
static const char *here(const char *ids)
{
    static char text[200];
    snprintf(text, sizeof text, "%0*x,%s", NAMESPACE_LETTERS, members_namespace(), ids);
    return text;
}

#define STARTED(trees, ...) started(trees, (const char *const[]){__VA_ARGS__, NULL})
/* The same, and it ends. */
#define START(trees, ...) kill_child(STARTED(trees, __VA_ARGS__))

static void check_said(const char *text, const char *part)
{
    if (!CHECK(strstr(text, part) != NULL))
        fprintf(stderr, "  it says: %s  and not: %s\n", text, part);
}

static void check_failed_with(const char *part)
{
    CHECK(!outcome->started);
    check_said(outcome->error, part);
}

static void write_at(const char *name, off_t at, const void *bytes, size_t length)
{
    char file[128];
    snprintf(file, sizeof file, "%s/%s", path, name);
    int fd = open(file, O_RDWR | O_CLOEXEC);
    CHECK(pwrite(fd, bytes, length, at) == (ssize_t)length);
    close(fd);
}

static void delete (const char *name)
{
    char file[128];
    snprintf(file, sizeof file, "%s/%s", path, name);
    CHECK(unlink(file) == 0);
}

static void a_name_is_one_for_all(void)
{
    pid_t first = STARTED(NULL, "connect 10/s scope=shared:a");
    uint64_t number = outcome->numbers[0];
    CHECK(outcome->started && number);
    START(NULL, "connect 10/s scope=shared:a mode=police");
    CHECK(outcome->started && outcome->numbers[0] == number);
    START(NULL, "out 1MB/s scope=process", "connect 10/s scope=shared:a");
    CHECK(outcome->started && outcome->numbers[1] == number && outcome->numbers[0] != number);
    START(NULL, "connect 10/s scope=shared:b");
    CHECK(outcome->started && outcome->numbers[0] != number);
    kill_child(first);
}

static void one_name_means_one_thing(void)
{
    pid_t first = STARTED(NULL, "connect 10/s scope=shared:c");
    START(NULL, "connect 11/s scope=shared:c");
    check_failed_with("they: connect 10/s");
    check_failed_with("here: connect 11/s");
    START(NULL, "connect 10/s scope=shared:c to=a");
    check_failed_with("means other limits");
    START(NULL, "connect 10/s scope=shared:c", "out 1/s scope=shared:c");
    check_failed_with("means other limits");
    kill_child(first);

    first = STARTED(NULL, "tokens 9k/m count=input cached=free scope=shared:k");
    START(NULL, "out 9ktokens/m scope=shared:k");
    check_failed_with("burst 9000, leaky-bucket, count=input, cached=free)");
    check_failed_with("burst 9000, leaky-bucket, by size)");
    kill_child(first);
    START(NULL, "connect 11/s scope=shared:c");
    CHECK(outcome->started); /* they have gone */
    START(NULL, "out 1/s scope=shared:c", "connect 11/s scope=shared:c");
    CHECK(outcome->started);
    START(NULL, "connect 11/s scope=shared:c", "out 1/s scope=shared:c");
    CHECK(outcome->started); /* in any order */
}

static void a_name_that_was_deleted_begins_anew(void)
{
    pid_t first = STARTED(NULL, "connect 10/s scope=shared:d");
    uint64_t number = outcome->numbers[0];
    delete ("shared-d");
    START(NULL, "connect 10/s scope=shared:d");
    CHECK(outcome->started && outcome->numbers[0] != number);
    check_said(outcome->notice, "shared:d begins anew");
    kill_child(first);
    START(NULL, "connect 10/s scope=shared:d");
    CHECK(outcome->started && !*outcome->notice);
}

static void a_name_that_is_damaged_says_so(void)
{
    static const char zeroes[sizeof(struct segment_limit)];
    pid_t first = STARTED(NULL, "connect 10/s scope=shared:e");
    write_at("shared-e", offsetof(struct segment, limits), zeroes, sizeof zeroes);
    START(NULL, "connect 10/s scope=shared:e");
    check_failed_with("it is damaged");
    check_failed_with("/shared-e, if nobody uses it");
    write_at("shared-e", 0, zeroes, 8);
    START(NULL, "connect 10/s scope=shared:e");
    check_failed_with("not what rlshim wrote");
    kill_child(first);
    delete ("shared-e");
}

static const uint64_t in_years = UINT64_C(1) << 60;

static void what_counts_from_a_time_to_come_is_not_used(void)
{
    pid_t first = STARTED(NULL, "connect 10/s scope=shared:f");
    write_at("shared-f", offsetof(struct segment, epoch_ns), &in_years, sizeof in_years);
    START(NULL, "connect 10/s scope=shared:f");
    check_failed_with("another clock");
    kill_child(first);
    START(NULL, "connect 10/s scope=shared:f");
    CHECK(outcome->started);

    static const char id[] = "00000000000000ff";
    first = STARTED(here(id), "connect 10/s");
    write_at("tree-00000000000000ff", offsetof(struct segment, epoch_ns), &in_years,
             sizeof in_years);
    START(here(id), "connect 10/s");
    check_failed_with("another clock");
    kill_child(first);
}

static void a_tree_is_one_for_its_members(void)
{
    pid_t first = STARTED(NULL, "connect 10/s to=a,b", "out 1MB/s");
    char tree[200];
    uint64_t number = outcome->numbers[0];
    strcpy(tree, outcome->tree);
    CHECK(outcome->started && number == outcome->numbers[1]);
    CHECK_EQ(strlen(tree), strlen("RL_TREE=") + NAMESPACE_LETTERS + 1 + ID_LETTERS);
    const char *id = tree + strlen("RL_TREE=") + NAMESPACE_LETTERS + 1;

    START(here(id), "out 1MB/s", "connect 10/s to=a,b");
    CHECK(outcome->started && outcome->limits == 2 && strcmp(outcome->tree, tree) == 0);
    CHECK(outcome->numbers[0] == number && outcome->numbers[1] == number);
    START(here(id), NULL); /* an environment that was cleaned */
    CHECK(outcome->started && outcome->limits == 2 && outcome->numbers[1] == number);

    pid_t inner = STARTED(here(id), "send 3/s");
    CHECK(outcome->started && outcome->limits == 3);
    CHECK_EQ(strlen(outcome->tree), strlen(tree) + 1 + ID_LETTERS);
    CHECK(outcome->numbers[0] != number && outcome->numbers[1] == number);
    char both[200];
    strcpy(both, outcome->tree + strlen("RL_TREE=") + NAMESPACE_LETTERS + 1);
    START(here(both), "send 3/s", "connect 10/s to=a,b", "out 1MB/s");
    CHECK(outcome->started && outcome->limits == 3 && strstr(outcome->tree, both));
    kill_child(inner);
    kill_child(first);
}

static void a_tree_that_was_deleted_begins_anew_once(void)
{
    static const char id[] = "00000000000000aa";
    pid_t first = STARTED(here(id), "connect 10/s");
    check_said(outcome->notice, "are not to be found any more");
    pid_t second = STARTED(here(id), "connect 10/s");
    uint64_t number = outcome->numbers[0];
    CHECK(outcome->started && !*outcome->notice);
    delete ("tree-00000000000000aa");
    pid_t third = STARTED(here(id), "connect 10/s");
    check_said(outcome->notice, "are not to be found any more");
    CHECK(outcome->started && outcome->numbers[0] != number);
    number = outcome->numbers[0];
    START(here(id), "connect 10/s");
    CHECK(outcome->started && !*outcome->notice && outcome->numbers[0] == number);
    kill_child(third);
    kill_child(second);
    kill_child(first);
}

static void odd_trees_are_refused(void)
{
    static const char *const odd[] = {"0", ",", "0123456789abcdef0", ",0123456789abcdef",
                                      "0123456789abcdef,,0123456789abcdee"};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        START(here(odd[i]), "connect 10/s");
        check_failed_with("not what rlshim made of it");
    }
    START("0123456789abcdef", "connect 10/s"); /* where no namespace is */
    check_failed_with("not what rlshim made of it");
    pid_t first = STARTED(here("00000000000000bb"), "connect 10/s");
    START(here("00000000000000bb,00000000000000bb"), "connect 10/s");
    check_failed_with("not what rlshim made of it");
    START(here("00000000000000bb"), "connect 1/s", "connect 2/s", "connect 3/s", "connect 4/s",
          "connect 5/s", "connect 6/s", "connect 7/s", "connect 8/s");
    check_failed_with("too many");
    kill_child(first);
}

/* Many at once, of one name. */
static void a_crowd_meets(void)
{
    enum { CROWD = 40 };
    pid_t crowd[CROWD];
    struct {
        uint64_t numbers[CROWD];
        bool started[CROWD];
    } *all = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < CROWD; i++) {
        crowd[i] = fork();
        if (crowd[i] == 0) {
            struct outcome own;
            outcome = &own;
            start_here(NULL, (const char *const[]){"connect 10/s scope=shared:crowd", NULL});
            all->numbers[i] = own.numbers[0];
            all->started[i] = own.started;
            for (;;)
                pause();
        }
    }
    for (int tries = 0; tries < 1000 && !all->numbers[CROWD - 1]; tries++)
        sleep_ms(5);
    sleep_ms(300);
    for (int i = 0; i < CROWD; i++) {
        CHECK(all->started[i]);
        CHECK_EQ(all->numbers[i], all->numbers[0]);
        kill_child(crowd[i]);
    }
    munmap(all, 4096);
}

static void remove_path(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s' '%s'", path, directory_path(1));
    (void)!system(command);
}

static void whatever_the_umask(void)
{
    remove_path();
    mode_t before = umask(0777);
    START(NULL, "connect 10/s");
    umask(before);
    CHECK(outcome->started);
    struct stat status;
    CHECK(stat(path, &status) == 0 && (status.st_mode & 0777) == 0700);
    START(NULL, "connect 10/s");
    CHECK(outcome->started);
}

/* There may be others first, or nothing at all. */
static void another_place_is_found(void)
{
    remove_path();
    CHECK(close(open(path, O_CREAT | O_RDWR, 0600)) == 0);
    pid_t first = STARTED(NULL, "connect 10/s scope=shared:other");
    uint64_t number = outcome->numbers[0];
    CHECK(outcome->started);
    START(NULL, "connect 10/s scope=shared:other");
    CHECK(outcome->started && outcome->numbers[0] == number);
    CHECK(chmod(directory_path(1), 0755) == 0); /* in which there are members */
    START(NULL, "connect 10/s");
    check_failed_with("its mode is not 700");
    check_failed_with("RL_SCOPE=process");
    CHECK(chmod(directory_path(1), 0700) == 0 && rename(directory_path(1), "/tmp/elsewhere") == 0);
    CHECK(close(open(directory_path(1), O_CREAT | O_RDWR, 0600)) == 0);
    START(NULL, "connect 10/s");
    check_failed_with("no directory can be used");
    check_failed_with("it is no directory");
    check_failed_with("RL_SCOPE=process");
    CHECK(rename("/tmp/elsewhere", directory_path(1)) != 0 && unlink(directory_path(1)) == 0);
    CHECK(rename("/tmp/elsewhere", directory_path(1)) == 0 && unlink(path) == 0);
    START(NULL, "connect 10/s scope=process");
    CHECK(outcome->started);
    kill_child(first);
}

int main(void)
{
    if (setresuid(FIRST_USER + (uid_t)getpid(), FIRST_USER + (uid_t)getpid(),
                  FIRST_USER + (uid_t)getpid()) != 0)
        return SKIPPED;
    prctl(PR_SET_DUMPABLE, 1); /* else nobody may see what it has mapped (proc_pid_maps(5)) */
    strcpy(path, directory_path(0));
    outcome =
        mmap(NULL, sizeof *outcome, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    RUN(a_name_is_one_for_all);
    RUN(one_name_means_one_thing);
    RUN(a_name_that_was_deleted_begins_anew);
    RUN(a_name_that_is_damaged_says_so);
    RUN(what_counts_from_a_time_to_come_is_not_used);
    RUN(a_tree_is_one_for_its_members);
    RUN(a_tree_that_was_deleted_begins_anew_once);
    RUN(odd_trees_are_refused);
    RUN(a_crowd_meets);
    RUN(whatever_the_umask);
    RUN(another_place_is_found);
    remove_path();
    return check_status();
}
