/*
 * test_guest_inherit.c - what is put back into environments. That it is, by each call that runs a
 * program, tests/exec.bats shows.
 */
#include <dlfcn.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "inherit.h"

extern char **environ;

/* What the loader calls the library, which here is the program. */
static const char *own_name;

struct look {
    bool passed; /* the program, which comes first */
    int (*at)(struct dl_phdr_info *info, size_t size, void *argument);
    void *argument;
};

static int look_by_own_name(struct dl_phdr_info *info, size_t size, void *argument)
{
    struct look *look = argument;
    struct dl_phdr_info here = *info;
    if (!look->passed)
        here.dlpi_name = own_name;
    look->passed = true;
    return look->at(&here, size, look->argument);
}

/* In the place of libc's. */
int dl_iterate_phdr(int (*at)(struct dl_phdr_info *info, size_t size, void *argument),
                    void *argument)
{
    static int (*real)(int (*)(struct dl_phdr_info *, size_t, void *), void *);
    struct look look = {.at = at, .argument = argument};
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "dl_iterate_phdr");
    return real(look_by_own_name, &look);
}

#define LIST(...) ((char **)(const char *[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

static void start(const char *name, char **entries)
{
    char **before = environ;
    own_name = name;
    environ = entries;
    inherit_tree(NULL);
    CHECK(inherit_save());
    environ = before;
}

static char memory[65536] __attribute__((aligned(16)));

static void check_becomes(int line, char *const envp[], enum inherit how, char *const expected[])
{
    size_t room = inherit_room(envp, how), i = 0;
    if (!check_true(__FILE__, line, "something is put together", room > 0))
        return;
    memset(memory, 0x5a, sizeof memory);
    char **made = inherit_complete(memory, room, envp, how);
    for (; expected[i] && made[i]; i++)
        if (!check_true(__FILE__, line, "an entry is as expected", !strcmp(made[i], expected[i])))
            fprintf(stderr, "  %zu: %s, not %s\n", i, made[i], expected[i]);
    if (!check_true(__FILE__, line, "there are as many", !expected[i] && !made[i]))
        fprintf(stderr, "  %zu: %s, not %s\n", i, made[i] ? made[i] : "the end",
                expected[i] ? expected[i] : "the end");
    check_true(__FILE__, line, "it has room", memory[room] == 0x5a && memory[room + 1] == 0x5a);
}

#define BECOMES(envp, ...) check_becomes(__LINE__, envp, INHERIT_PRELOAD, LIST(__VA_ARGS__))
#define BECOMES_WITHOUT(envp, ...)                                                                 \
    check_becomes(__LINE__, envp, INHERIT_NO_PRELOAD, LIST(__VA_ARGS__))
#define STAYS(...)         CHECK_EQ(inherit_room(LIST(__VA_ARGS__), INHERIT_PRELOAD), 0)
#define STAYS_WITHOUT(...) CHECK_EQ(inherit_room(LIST(__VA_ARGS__), INHERIT_NO_PRELOAD), 0)

static void nothing_before_the_start(void)
{
    STAYS("A=1");
    CHECK_EQ(inherit_room(NULL, INHERIT_PRELOAD), 0);
}

static void what_is_missing_is_added(void)
{
    start("/l/rl.so", LIST("A=1", "LD_PRELOAD=/l/rl.so", "RL_X=1", "RL_Y=", "RL_NONE", "B=2"));
    BECOMES(NULL, "LD_PRELOAD=/l/rl.so", "RL_X=1", "RL_Y=");
    BECOMES(LIST(), "LD_PRELOAD=/l/rl.so", "RL_X=1", "RL_Y=");
    BECOMES(LIST("RL_Y=", "LD_PRELOAD=/l/rl.so"), "RL_Y=", "LD_PRELOAD=/l/rl.so", "RL_X=1");
    BECOMES(LIST("RL_XX=1", "LD_PRELOAD=/l/rl.so", "RL_X", "RL_Y=2"), "RL_XX=1",
            "LD_PRELOAD=/l/rl.so", "RL_X", "RL_Y=2", "RL_X=1");
}

static void what_is_there_stays(void)
{
    start("/l/rl.so", LIST("LD_PRELOAD=/l/rl.so", "RL_X=1"));
    STAYS("LD_PRELOAD=/l/rl.so", "RL_X=1");
    STAYS("RL_X=another", "LD_PRELOAD=/o/o.so /l/rl.so:x");
    STAYS("RL_X=", "", "=", "\xff", "LD_PRELOAD=:/l/rl.so");
    BECOMES(LIST("A=1", "", "no", "A=1", "\xff=\xfe"), "A=1", "", "no", "A=1", "\xff=\xfe",
            "LD_PRELOAD=/l/rl.so", "RL_X=1");
}

static void own_lists_stand_behind(void)
{
    start("/l/rl.so", LIST("LD_PRELOAD=/o/o.so:/l/rl.so", "RL_X=1"));
    BECOMES(LIST("LD_PRELOAD=/a.so b.so", "RL_X=1"), "LD_PRELOAD=/l/rl.so:/a.so b.so", "RL_X=1");
    BECOMES(LIST("LD_PRELOAD=", "RL_X=1"), "LD_PRELOAD=/l/rl.so", "RL_X=1");
    BECOMES(LIST("LD_PRELOAD=/l/rl.so2:/m/rl.so:/l/rl.s:l/rl.so", "RL_X=1"),
            "LD_PRELOAD=/l/rl.so:/l/rl.so2:/m/rl.so:/l/rl.s:l/rl.so", "RL_X=1");
    /* glibc takes the last one, musl the first. */
    BECOMES(LIST("LD_PRELOAD=/a.so", "RL_X=1", "LD_PRELOAD=/b.so", "LD_PRELOAD=/l/rl.so"),
            "LD_PRELOAD=/l/rl.so:/a.so", "RL_X=1", "LD_PRELOAD=/l/rl.so:/b.so",
            "LD_PRELOAD=/l/rl.so");
}

static void the_list_of_the_start(void)
{
    start("/l/rl.so", LIST("LD_PRELOAD=/o/o.so /l/rl.so"));
    BECOMES(NULL, "LD_PRELOAD=/o/o.so /l/rl.so");
    start("/l/rl.so", LIST("LD_PRELOAD=/o/o.so")); /* by /etc/ld.so.preload */
    BECOMES(NULL, "LD_PRELOAD=/l/rl.so");
    start("/l/rl.so", LIST("LD_PRELOAD=x.so:rl.so")); /* by LD_LIBRARY_PATH */
    BECOMES(NULL, "LD_PRELOAD=/l/rl.so:x.so:rl.so");
    start("/l/rl.so", LIST("LD_PRELOAD=/xrl.so"));
    BECOMES(NULL, "LD_PRELOAD=/l/rl.so");
    start("/l/rl.so", LIST());
    BECOMES(NULL, "LD_PRELOAD=/l/rl.so");
    start("/l/rl.so", NULL);
    BECOMES(NULL, "LD_PRELOAD=/l/rl.so");
}

/* Files, and a name that is relative. */
static void other_names_of_the_file(void)
{
    char directory[] = "/tmp/inherit.XXXXXX", entry[128], expected[128];
    if (!CHECK(mkdtemp(directory) && chdir(directory) == 0))
        return;
    CHECK(mkdir("d", 0700) == 0 && mkdir("a b", 0700) == 0);
    fclose(fopen("d/rl.so", "w"));
    fclose(fopen("rl.so", "w"));
    CHECK(symlink("d", "link") == 0);

    start("d/rl.so", LIST("LD_PRELOAD=d/rl.so"));
    snprintf(entry, sizeof entry, "LD_PRELOAD=%s/d/rl.so:d/rl.so", directory);
    BECOMES(NULL, entry);
    STAYS(entry);
    STAYS("LD_PRELOAD=d/rl.so");
    STAYS("LD_PRELOAD=x:./link/rl.so");
    snprintf(expected, sizeof expected, "LD_PRELOAD=%s/d/rl.so:./rl.so", directory);
    BECOMES(LIST("LD_PRELOAD=./rl.so"), expected);
    /* It may be here; but it is searched for elsewhere. */
    CHECK(chdir("d") == 0);
    snprintf(expected, sizeof expected, "LD_PRELOAD=%s/d/rl.so:rl.so", directory);
    BECOMES(LIST("LD_PRELOAD=rl.so"), expected);
    CHECK(chdir("/") == 0);
    snprintf(expected, sizeof expected, "LD_PRELOAD=%s/d/rl.so:./d/rl.so", directory);
    BECOMES(LIST("LD_PRELOAD=./d/rl.so"), expected);

    /* No list can hold where that is. */
    CHECK(chdir(directory) == 0 && chdir("a b") == 0);
    start("./rl.so", LIST("LD_PRELOAD=./rl.so"));
    BECOMES(NULL, "LD_PRELOAD=./rl.so");
    CHECK(chdir(directory) == 0);

    CHECK(unlink("d/rl.so") == 0 && unlink("rl.so") == 0 && unlink("link") == 0);
    CHECK(rmdir("d") == 0 && rmdir("a b") == 0 && chdir("/") == 0 && rmdir(directory) == 0);
}

static void it_is_a_copy(void)
{
    char variable[] = "RL_X=1", list[] = "LD_PRELOAD=/l/rl.so", name[] = "/l/rl.so";
    start(name, LIST(variable, list));
    memset(variable, 'x', sizeof variable - 1);
    memset(list, 'x', sizeof list - 1);
    memset(name, 'x', sizeof name - 1);
    BECOMES(NULL, "LD_PRELOAD=/l/rl.so", "RL_X=1");
}

static void the_tree_is_ours(void)
{
    start("/l/rl.so", LIST("RL_TREE=old", "RL_X=1"));
    BECOMES(LIST("LD_PRELOAD=/l/rl.so"), "LD_PRELOAD=/l/rl.so", "RL_TREE=old", "RL_X=1");
    STAYS("LD_PRELOAD=/l/rl.so", "RL_X=1", "RL_TREE=its own");
    inherit_tree("RL_TREE=new");
    BECOMES(NULL, "LD_PRELOAD=/l/rl.so", "RL_X=1", "RL_TREE=new");
    BECOMES(LIST("RL_TREE=old", "LD_PRELOAD=/l/rl.so", "RL_TREE=", "RL_X=1"), "RL_TREE=new",
            "LD_PRELOAD=/l/rl.so", "RL_TREE=new", "RL_X=1");
    STAYS("RL_TREE=new", "LD_PRELOAD=/l/rl.so", "RL_X=1");
}

static void without_the_library(void)
{
    start("/l/rl.so", LIST("LD_PRELOAD=/l/rl.so", "RL_X=1"));
    BECOMES_WITHOUT(NULL, "RL_X=1");
    STAYS_WITHOUT("RL_X=1", "LD_PRELOAD=/a.so");
    BECOMES_WITHOUT(LIST("LD_PRELOAD=/l/rl.so", "RL_X=1"), "LD_PRELOAD=", "RL_X=1");
    BECOMES_WITHOUT(LIST("RL_X=1", "LD_PRELOAD=/l/rl.so:a.so /l/rl.so:  b.so"), "RL_X=1",
                    "LD_PRELOAD=a.so:b.so");
}

/* As when another thread calls setenv between the two steps. */
static void what_grows_meanwhile_does_not_overflow(void)
{
    start("/l/rl.so", LIST("RL_X=1"));
    char **grown = LIST("LD_PRELOAD=/a.so", "A=1", "B=1", "C=1", "D=1", "E=1", "F=1", "G=1");
    size_t room = inherit_room(LIST("LD_PRELOAD=/a.so", "A=1"), INHERIT_PRELOAD);
    memset(memory, 0x5a, sizeof memory);
    char **made = inherit_complete(memory, room, grown, INHERIT_PRELOAD);
    CHECK(memory[room] == 0x5a);
    CHECK(strcmp(made[0], "LD_PRELOAD=/l/rl.so:/a.so") == 0);
    size_t count = 0;
    while (made[count])
        count++;
    CHECK_EQ(count, 3);
    for (room = sizeof(char *); room < 100; room += sizeof(char *)) {
        memset(memory, 0x5a, sizeof memory);
        inherit_complete(memory, room, grown, INHERIT_PRELOAD);
        CHECK(memory[room] == 0x5a);
    }
}

/* It is left to the kernel, which fails with EFAULT. */
static void what_cannot_be_read(void)
{
    enum { PAGE = 4096 };
    char *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(mprotect(pages + PAGE, PAGE, PROT_NONE) == 0);
    start("/l/rl.so", LIST("RL_X=1"));
    char **last = (char **)(void *)(pages + PAGE) - 1;
    *last = (char *)"A=1";
    CHECK_EQ(inherit_room(last, INHERIT_PRELOAD), 0);
    char *volatile nowhere = (char *)8;
    CHECK_EQ(inherit_room((char **)(void *)nowhere, INHERIT_PRELOAD), 0);
    STAYS(nowhere);
    STAYS(pages + PAGE);
    memcpy(pages + PAGE - 3, "A=1", 3);
    STAYS(pages + PAGE - 3);
    pages[PAGE - 1] = '\0';
    BECOMES(LIST(pages + PAGE - 3), "A=", "LD_PRELOAD=/l/rl.so", "RL_X=1");
    *last = NULL;
    BECOMES(last, "LD_PRELOAD=/l/rl.so", "RL_X=1");
}

/* It is left to the kernel, too, which takes pointers of a quarter of the stack (E2BIG). */
static void what_is_too_long(void)
{
    enum { ENTRIES = 1 << 20 };
    const struct rlimit small = {.rlim_cur = 1 << 20, .rlim_max = RLIM_INFINITY};
    static char *entries[ENTRIES + 1];
    struct rlimit stack;
    start("/l/rl.so", LIST("RL_X=1"));
    for (int i = 0; i < ENTRIES; i++)
        entries[i] = (char *)"";
    CHECK_EQ(inherit_room(entries, INHERIT_PRELOAD), 0);
    entries[(128 << 10) / sizeof(char *)] = NULL;
    CHECK(inherit_room(entries, INHERIT_PRELOAD) > 128 << 10);
    getrlimit(RLIMIT_STACK, &stack);
    entries[(128 << 10) / sizeof(char *)] = (char *)"";
    entries[(256 << 10) / sizeof(char *)] = NULL;
    if (stack.rlim_cur >= 8 << 20)
        CHECK(inherit_room(entries, INHERIT_PRELOAD) > 256 << 10);
    entries[(256 << 10) / sizeof(char *)] = (char *)"";
    entries[(512 << 10) / sizeof(char *)] = NULL;
    if (stack.rlim_max == RLIM_INFINITY && setrlimit(RLIMIT_STACK, &small) == 0)
        CHECK_EQ(inherit_room(entries, INHERIT_PRELOAD), 0);
    setrlimit(RLIMIT_STACK, &stack);
}

int main(void)
{
    RUN(nothing_before_the_start);
    RUN(what_is_missing_is_added);
    RUN(what_is_there_stays);
    RUN(own_lists_stand_behind);
    RUN(the_list_of_the_start);
    RUN(other_names_of_the_file);
    RUN(it_is_a_copy);
    RUN(the_tree_is_ours);
    RUN(without_the_library);
    RUN(what_grows_meanwhile_does_not_overflow);
    RUN(what_cannot_be_read);
    RUN(what_is_too_long);
    return check_status();
}
