/* test_guest_fd.c - what is noted of descriptor numbers, low and high. */
#include <sys/resource.h>

#include "fd_kernel.h"
#include "sandbox.h"

static void expect_known(int i, bool known)
{
    CHECK_EQ(fd_class(fd_entry_of(numbers[i])) != FD_UNKNOWN, known);
}

static void not_open(void)
{
    meaning = NOT_OPEN;
    for (int i = 0; i < NUMBERS; i++) {
        CHECK(asked_for(numbers[i], FD_UNKNOWN) > 0);
        fd_forget(numbers[i]);
        CHECK(numbers[i] < FD_LOW || !fd_place(numbers[i])); /* and nothing is mapped for it */
    }
    fd_forget_range(0, UINT_MAX);
    fd_forget_peers();
    static const int never[] = {-1, -2, INT_MIN};
    meaning = A_SOCKET;
    for (int i = 0; i < 3; i++) {
        asked_for(never[i], FD_UNKNOWN);
        CHECK(!fd_passes(never[i]));
        fd_forget(never[i]);
        fd_note_dissolved(never[i], true);
    }
}

static void asked_once(void)
{
    open_all(A_FILE);
    for (int i = 0; i < NUMBERS; i++) {
        CHECK(asked_for(numbers[i], FD_PASS) > 0);
        CHECK_EQ(asked_for(numbers[i], FD_PASS), 0);
        CHECK(fd_passes(numbers[i]));
    }
    for (int i = 0; i < NUMBERS; i++)
        CHECK_EQ(asked_for(numbers[i], FD_PASS), 0);
}

static void each_its_own(void)
{
    open_all(A_FILE);
    look_at_all(FD_PASS);
    meaning = A_SOCKET;
    for (int i = 0; i < NUMBERS; i++) {
        fd_forget(numbers[i]);
        CHECK(!fd_passes(numbers[i]));
        CHECK(asked_for(numbers[i], FD_STREAM) > 0);
        for (int other = 0; other < NUMBERS; other++)
            CHECK_EQ(fd_passes(numbers[other]), other > i);
    }
}

static void notes(void)
{
    open_all(A_SOCKET);
    for (int i = 0; i < NUMBERS; i++) {
        fd_note_dissolved(numbers[i], true);
        fd_note_peer(numbers[i], fd_look(numbers[i]), (unsigned)i, fd_age_now());
    }
    for (int i = 0; i < NUMBERS; i++) {
        fd_entry entry = fd_look(numbers[i]);
        CHECK(entry & FD_DISSOLVED);
        CHECK(fd_peer_known(entry));
        CHECK_EQ(fd_peer_limits(entry), (unsigned)i);
    }
    fd_forget_peers();
    for (int i = 0; i < NUMBERS; i++) {
        CHECK(!fd_peer_known(fd_look(numbers[i])));
        CHECK(fd_look(numbers[i]) & FD_DISSOLVED);
        fd_note_dissolved(numbers[i], false);
        CHECK(!(fd_look(numbers[i]) & FD_DISSOLVED));
    }
}

/* What was found out before a number was forgotten is not noted afterwards. */
static void late_notes(void)
{
    open_all(A_SOCKET);
    for (int i = 0; i < NUMBERS; i++) {
        fd_entry before = fd_look(numbers[i]);
        fd_forget(numbers[i]);
        CHECK(fd_look(numbers[i]) != before);
        fd_note_peer(numbers[i], before, 1, fd_age_now());
        CHECK(!fd_peer_known(fd_look(numbers[i])));
    }
}

/* Ages have few bits; what was known in one is not known in the next of that number. */
static void ages(void)
{
    open_all(A_SOCKET);
    for (int age = 0; age <= FD_AGE_MASK; age++) {
        int fd = numbers[age % NUMBERS];
        unsigned before = fd_age_now();
        fd_note_peer(fd, fd_look(fd), 0xffff, before);
        CHECK(fd_peer_known(fd_look(fd)));
        fd_forget_peers();
        CHECK(!fd_peer_known(fd_look(fd)));
        CHECK_EQ(fd_class(fd_look(fd)), FD_STREAM);
    }
    for (int age = 0; age < 2 * FD_AGE_MASK; age++) {
        for (int i = 0; i < NUMBERS; i++)
            CHECK(!fd_peer_known(fd_look(numbers[i])));
        fd_forget_peers();
    }
}

/* What was found out before another's connect is not true after it. */
static void late_peers(void)
{
    open_all(A_SOCKET);
    for (int i = 0; i < NUMBERS; i++) {
        fd_entry entry = fd_look(numbers[i]);
        unsigned age = fd_age_now();
        fd_forget_peers();
        fd_note_peer(numbers[i], entry, 1, age);
        CHECK(!fd_peer_known(fd_look(numbers[i])));
    }
}

static void ranges(void)
{
    open_all(A_FILE);
    for (int first = 0; first < NUMBERS; first++)
        for (int last = first; last < NUMBERS; last++) {
            look_at_all(FD_PASS);
            fd_forget_range((unsigned)numbers[first], (unsigned)numbers[last]);
            for (int i = 0; i < NUMBERS; i++)
                expect_known(i, i < first || i > last);
        }
    look_at_all(FD_PASS);
    fd_forget_range(8193, 8192);
    for (int i = 0; i < NUMBERS; i++)
        expect_known(i, true);
    fd_forget_range(512, UINT_MAX);
    for (int i = 0; i < NUMBERS; i++)
        expect_known(i, numbers[i] < 512);
}

/* Pages of memory, by the kernel's own count; some 16 GiB of places are mapped by now. */
static long resident(void)
{
    long size = 0, pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    CHECK(file && fscanf(file, "%ld %ld", &size, &pages) == 2);
    if (file)
        fclose(file);
    return pages;
}

static void only_what_is_used(void)
{
    open_all(A_FILE);
    look_at_all(FD_PASS);
    long before = resident();
    for (int i = 0; i < 10; i++) {
        fd_forget_peers();
        fd_forget_range(0, UINT_MAX);
        for (int fd = 0; fd < 1 << 20; fd += 64)
            fd_forget(fd);
    }
    CHECK(resident() <= before + 256);
}

static void vforked(void)
{
    int status, high = 1 << 18;
    meaning = A_FILE;
    asked_for(10, FD_PASS);
    pid_t child = vfork();
    if (child == 0) {
        fd_look(11);
        fd_look(high);
        _exit(fd_passes(10) && !fd_passes(11) && !fd_passes(high) ? 0 : 1);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK(!fd_passes(11));
    CHECK(!fd_place(high));
    CHECK(asked_for(high, FD_PASS) > 0);
    CHECK(fd_passes(high));
}

static void sandboxed(void)
{
    const int mapped = 10000, high = 1 << 18;
    meaning = A_SOCKET;
    asked_for(mapped, FD_STREAM);
    sandbox_entries = 1;
    CHECK_EQ(asked_for(high, FD_STREAM), 2);
    CHECK_EQ(asked_for(high, FD_STREAM), 2);
    CHECK(!fd_place(high));
    CHECK_EQ(asked_for(mapped, FD_STREAM), 0);
    CHECK_EQ(asked_for(mapped + 1, FD_STREAM), 2);
    CHECK_EQ(asked_for(mapped + 1, FD_STREAM), 0);
}

static void no_memory(void)
{
    const int high = 1 << 22;
    struct rlimit limit = {1 << 20, RLIM_INFINITY};
    setrlimit(RLIMIT_AS, &limit);
    meaning = A_SOCKET;
    for (int i = 0; i < 3; i++) {
        CHECK(asked_for(high, FD_STREAM) > 0);
        fd_note_dissolved(high, true);
        fd_forget(high);
    }
    limit.rlim_cur = RLIM_INFINITY;
    setrlimit(RLIMIT_AS, &limit);
    CHECK(asked_for(high, FD_STREAM) > 0);
    CHECK_EQ(asked_for(high, FD_STREAM), 0);
}

static void in_grandchild(void)
{
    meaning = A_SOCKET;
    asked_for(9000, FD_STREAM);
    in_child(asked_once);
    CHECK_EQ(asked_for(9000, FD_STREAM), 0);
    CHECK(!fd_place(50000));
}

int main(void)
{
    fd_own_table();
    in_child(not_open);
    in_child(vforked);
    in_child(sandboxed);
    in_child(in_grandchild);
    in_child(no_memory);
    RUN(asked_once);
    RUN(each_its_own);
    RUN(notes);
    RUN(late_notes);
    RUN(ages);
    RUN(late_peers);
    RUN(ranges);
    RUN(only_what_is_used);
    return check_status();
}
