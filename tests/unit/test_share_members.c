/* test_share_members.c - who is noted in a segment, and whether he lives. */
#include <sched.h>
#include <sys/prctl.h>
#include <time.h>

#include "segments.h"

static struct config config;
static struct segment *segment;

static void begin(void)
{
    if (segment)
        segment_unmap(segment, config.count);
    segment = segment_private(config.count);
    segment->private = false; /* as in a file */
    segment->used_groups = UINT32_MAX;
}

static uint64_t own_namespace(void)
{
    struct stat status;
    return stat("/proc/self/ns/pid", &status) == 0 ? (uint32_t)status.st_ino : 0;
}

static unsigned noted(uint64_t id)
{
    unsigned times = 0;
    for (unsigned i = 0; i < MEMBERS; i++)
        times += segment->members[i].id == id;
    return times;
}

static uint64_t id_of(pid_t pid)
{
    return own_namespace() << 32 | (uint32_t)pid;
}

/* A child that lives until it is killed. */
static pid_t living(void)
{
    pid_t child = fork();
    if (child == 0)
        for (;;)
            pause();
    return child;
}

/* A number that was a process's. */
static pid_t dead(void)
{
    pid_t child = living();
    kill_child(child);
    return child;
}

/* What a process that has not looked where it is takes for its namespace. */
static bool agrees(uint64_t proc)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        members_agree(proc, 77);
        _exit(members_namespace() == 77);
    }
    return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status);
}

static void who_sees_the_same_proc_is_in_the_same_namespace(void)
{
    CHECK(members_proc() != 0);
    CHECK(agrees(members_proc()));
    CHECK(!agrees(members_proc() + 1));
    CHECK(!agrees(0));
}

static void once_however_often(void)
{
    begin();
    CHECK(!members_any(segment, true));
    for (int i = 0; i < 3; i++)
        members_enter(segment, getpid());
    CHECK_EQ(noted(id_of(getpid())), 1);
    CHECK(members_any(segment, false));
    members_leave(segment, getpid());
    CHECK(!members_any(segment, true));
    members_leave(segment, getpid());
    CHECK_EQ(noted(0), MEMBERS);
}

/* Who comes there next must not be taken for one that began after it. */
static void who_leaves_takes_his_instant_along(void)
{
    begin();
    members_enter(segment, getpid());
    members_leave(segment, getpid());
    for (unsigned i = 0; i < MEMBERS; i++)
        CHECK_EQ(segment->members[i].since_ns, 0);
}

static void who_enters_is_told_anew(void)
{
    begin();
    segment->told = 1;
    members_enter(segment, getpid());
    CHECK_EQ(segment->told, 0);
}

static void who_is_killed_is_no_member(void)
{
    begin();
    pid_t child = living();
    members_enter(segment, child);
    CHECK(members_any(segment, false));
    kill(child, SIGKILL);
    siginfo_t info;
    waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT); /* a zombie */
    CHECK(!members_any(segment, true));
    waitpid(child, NULL, 0);
    CHECK(!members_any(segment, true));
}

/* A number that is another process's by now. */
static void who_has_begun_later_is_another(void)
{
    begin();
    struct timespec now;
    sleep_ms(1100);
    pid_t child = living();
    members_enter(segment, child);
    CHECK(members_any(segment, false));
    clock_gettime(CLOCK_BOOTTIME, &now);
    uint64_t now_ns = (uint64_t)now.tv_sec * RL_SECOND + (uint64_t)now.tv_nsec;
    for (unsigned i = 0; i < MEMBERS; i++)
        if (segment->members[i].id)
            segment->members[i].since_ns = 0; /* not known yet */
    CHECK(members_any(segment, true));
    for (unsigned i = 0; i < MEMBERS; i++)
        if (segment->members[i].id)
            segment->members[i].since_ns = now_ns - RL_SECOND;
    CHECK(!members_any(segment, true));
    kill_child(child);
}

/* Members of other namespaces, who come after them, could not tell that they are dead. */
static void the_last_one_takes_the_dead_away(void)
{
    begin();
    uint64_t elsewhere = (own_namespace() + 1) << 32 | 1;
    pid_t child = living();
    segment->members[0] = (struct member){elsewhere, 0};
    members_enter(segment, child);
    CHECK(members_any(segment, true));
    CHECK_EQ(noted(id_of(child)), 1);
    kill_child(child);
    CHECK(members_any(segment, true));
    CHECK_EQ(noted(id_of(child)), 0);
    CHECK_EQ(noted(elsewhere), 1);
}

static void of_another_namespace_it_cannot_be_told(void)
{
    begin();
    segment->members[7].id = (own_namespace() + 1) << 32 | 1;
    CHECK(members_any(segment, true));
    CHECK(!members_any(segment, false));
}

/* Numbers that no process has. */
static void odd_numbers_are_nobodys(void)
{
    static const uint32_t odd[] = {0, UINT32_MAX, 0x80000000, 0x7fffffff, 0x80000001};
    for (unsigned i = 0; i < sizeof odd / sizeof *odd; i++) {
        begin();
        segment->members[0] = (struct member){own_namespace() << 32 | odd[i], UINT64_MAX};
        CHECK(!members_any(segment, true) || odd[i] == 0);
        CHECK(!members_any(segment, false));
    }
}

static void fill(uint64_t (*id)(unsigned i))
{
    for (unsigned i = 0; i < MEMBERS; i++)
        segment->members[i] = (struct member){id(i), 1};
}

static pid_t a_dead_one;

static uint64_t same_dead(unsigned i)
{
    (void)i;
    return id_of(a_dead_one);
}

static uint64_t no_process(unsigned i)
{
    return own_namespace() << 32 | (0x7f000000 + i);
}

static uint64_t elsewhere(unsigned i)
{
    return (own_namespace() + 1) << 32 | (i + 1);
}

static void the_dead_give_way(void)
{
    a_dead_one = dead();
    uint64_t (*const ways[])(unsigned i) = {same_dead, no_process};
    for (int i = 0; i < 2; i++) {
        begin();
        fill(ways[i]);
        CHECK(!members_any(segment, true));
        members_enter(segment, getpid());
        CHECK_EQ(noted(id_of(getpid())), 1);
        CHECK(members_any(segment, false));
        members_leave(segment, getpid());
        CHECK(!members_any(segment, true));
    }
}

/* Of those elsewhere nobody knows; he goes without a place. */
static void others_do_not(void)
{
    begin();
    fill(elsewhere);
    members_enter(segment, getpid());
    CHECK_EQ(noted(id_of(getpid())), 0);
    members_leave(segment, getpid());
    CHECK(!members_any(segment, false));
    CHECK(members_any(segment, true));
}

/* The only place that is free is the farthest: who has that is noted once, and leaves it. */
static void wherever_he_is_noted_he_can_leave(void)
{
    for (unsigned free = 0; free < MEMBERS; free += 31) {
        begin();
        fill(elsewhere);
        segment->members[free].id = 0;
        members_enter(segment, getpid());
        members_enter(segment, getpid());
        if (!CHECK_EQ(noted(id_of(getpid())), 1))
            break;
        members_leave(segment, getpid());
        if (!CHECK_EQ(noted(id_of(getpid())), 0))
            break;
    }
}

/* Of a crowd that looks for places near each other. */
static void many_at_once(void)
{
    enum { CROWD = 300 };
    begin();
    pid_t crowd[CROWD];
    int gate[2];
    CHECK(pipe(gate) == 0);
    for (int i = 0; i < CROWD; i++) {
        crowd[i] = fork();
        if (crowd[i] == 0) {
            char byte;
            close(gate[1]);
            (void)!read(gate[0], &byte, 1);
            members_enter(segment, getpid());
            members_enter(segment, getpid());
            pause();
        }
    }
    close(gate[0]);
    close(gate[1]);
    for (int tries = 0; tries < 500 && noted(0) > MEMBERS - CROWD; tries++)
        sleep_ms(10);
    sleep_ms(50);
    for (int i = 0; i < CROWD; i++)
        CHECK_EQ(noted(id_of(crowd[i])), 1);
    for (int i = 0; i < CROWD; i += 2)
        members_leave(segment, crowd[i]);
    CHECK_EQ(noted(0), MEMBERS - CROWD / 2);
    for (int i = 0; i < CROWD; i++)
        kill_child(crowd[i]);
    CHECK(!members_any(segment, true));
}

/* In a namespace of its own a child is number 1, and is not taken for another number 1. */
static void a_child_in_another_namespace_is_one_there(void)
{
    begin();
    int ready[2];
    CHECK(pipe(ready) == 0);
    pid_t outer = fork();
    if (outer == 0) {
        if (unshare(CLONE_NEWPID) != 0)
            _exit(SKIPPED);
        pid_t child = fork();
        if (child == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            members_look_anew();
            members_enter(segment, getpid());
            (void)!write(ready[1], members_proc() ? "1" : "0", 1); /* it sees its parent's */
            pause();
        }
        int status;
        waitpid(child, &status, 0);
        _exit(0);
    }
    close(ready[1]);
    char byte;
    if (read(ready[0], &byte, 1) == 1) {
        CHECK_EQ(byte, '0');
        CHECK_EQ(noted(id_of(1)), 0);
        CHECK_EQ(noted(0), MEMBERS - 1);
        CHECK(members_any(segment, false)); /* it may not have started yet */
        for (unsigned i = 0; i < MEMBERS; i++)
            segment->members[i].since_ns = 1;
        CHECK(!members_any(segment, false));
        CHECK(members_any(segment, true));
    }
    close(ready[0]);
    kill(outer, SIGKILL);
    waitpid(outer, NULL, 0);
}

int main(void)
{
    CONFIGURED(&config, "connect 10/s");
    RUN(who_sees_the_same_proc_is_in_the_same_namespace); /* before anybody has looked */
    RUN(once_however_often);
    RUN(who_leaves_takes_his_instant_along);
    RUN(who_enters_is_told_anew);
    RUN(who_is_killed_is_no_member);
    RUN(who_has_begun_later_is_another);
    RUN(the_last_one_takes_the_dead_away);
    RUN(of_another_namespace_it_cannot_be_told);
    RUN(odd_numbers_are_nobodys);
    RUN(the_dead_give_way);
    RUN(others_do_not);
    RUN(wherever_he_is_noted_he_can_leave);
    RUN(many_at_once);
    RUN(a_child_in_another_namespace_is_one_there);
    return check_status();
}
