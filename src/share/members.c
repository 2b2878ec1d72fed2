/* members.c - see members.h. */
#include <signal.h>
#include <time.h>

#include "digits.h"
#include "members.h"
#include "pages.h"
#include "system.h"

static uint32_t own_namespace;
static uint64_t own_proc;
static bool namespace_known, proc_known;

/* The first process in a namespace has a parent that it cannot see. */
static bool is_first_in_namespace(void)
{
    return raw_call(SYS_getppid, 0, 0, 0, 0, 0) == 0;
}

void members_look_anew(void)
{
    if (is_first_in_namespace())
        namespace_known = proc_known = false;
}

void members_is_in(uint32_t namespace)
{
    own_namespace = namespace;
    namespace_known = namespace && !is_first_in_namespace();
}

/* 0: not known. */
static uint32_t inode_of(const char *path)
{
    struct stat status = {0};
    raw_call(SYS_newfstatat, AT_FDCWD, (long)path, (long)&status, 0, 0);
    return (uint32_t)status.st_ino;
}

uint32_t members_namespace(void)
{
    if (!namespace_known) {
        own_namespace = inode_of("/proc/self/ns/pid");
        namespace_known = true;
    }
    return own_namespace;
}

bool members_has_children(void)
{
    uint32_t of_children = inode_of("/proc/self/ns/pid_for_children"); /* since Linux 4.12 */
    return !of_children || of_children == members_namespace();
}

/* Those of a fork that came into another one may be taken for others of their parent's, where that
 * only matters for the summary; to look it up would take longer than all the rest. */
static uint32_t namespace_in(const struct segment *segment)
{
    return segment->private ? 0 : members_namespace();
}

static uint64_t id_of(const struct segment *segment, int pid)
{
    return (uint64_t)namespace_in(segment) << 32 | (uint32_t)pid;
}

static uint64_t since_boot_ns(void)
{
    struct timespec now = {0};
    raw_call(SYS_clock_gettime, CLOCK_BOOTTIME, (long)&now, 0, 0, 0);
    return (uint64_t)now.tv_sec * RL_SECOND + (uint64_t)now.tv_nsec;
}

/* Whether /proc has the numbers of the caller's own namespace: it may be another's. */
static bool proc_is_ours(void)
{
    char link[16] = "", digits[16];
    long length =
        raw_call(SYS_readlinkat, AT_FDCWD, (long)"/proc/self", (long)link, sizeof link, 0);
    const char *own =
        digits_decimal(digits + sizeof digits, (unsigned)raw_call(SYS_getpid, 0, 0, 0, 0, 0));
    long expected = digits + sizeof digits - own;
    for (long i = 0; i < length && length == expected; i++)
        if (link[i] != own[i])
            return false;
    return length == expected;
}

/* Each /proc is of one namespace, and of a time: devices are used again. */
static uint64_t look_at_proc(void)
{
    struct stat status = {0};
    raw_call(SYS_newfstatat, AT_FDCWD, (long)"/proc", (long)&status, 0, 0);
    uint64_t since_ns =
        (uint64_t)status.st_ctim.tv_sec * RL_SECOND + (uint64_t)status.st_ctim.tv_nsec;
    return proc_is_ours() ? since_ns ^ (uint64_t)status.st_dev << 32 : 0;
}

uint64_t members_proc(void)
{
    if (!proc_known) {
        own_proc = look_at_proc();
        proc_known = true;
    }
    return own_proc;
}

void members_agree(uint64_t proc, uint32_t namespace)
{
    if (!namespace_known && namespace && proc && proc == members_proc()) {
        own_namespace = namespace;
        namespace_known = true;
    }
}

/* The fields of /proc/PID/stat behind the name of the command, which may have anything in it
 * (proc_pid_stat(5)): the 3rd, state, and the 22nd, starttime. */
static bool read_stat(unsigned pid, char *state, uint64_t *start_ticks)
{
    char path[32] = "/proc/", *digits, text[512];
    char number[16], *end = number + sizeof number;
    size_t at = 6;
    for (digits = digits_decimal(end, pid); digits < end; digits++)
        path[at++] = *digits;
    for (const char *file = "/stat"; *file; file++)
        path[at++] = *file;
    path[at] = '\0';

    int fd = sys_open(AT_FDCWD, path, O_RDONLY);
    if (fd < 0)
        return false;
    long length = sys_read(fd, text, sizeof text - 1);
    sys_close(fd);
    if (length <= 0)
        return false;
    text[length] = '\0';
    const char *field = NULL;
    for (const char *c = text; *c; c++)
        if (*c == ')')
            field = c + 1;
    if (!field || *field != ' ')
        return false;
    *state = field[1];
    for (int i = 2; i < 21 && *field; i += *field == ' ')
        field++;
    *start_ticks = 0;
    for (field++; *field >= '0' && *field <= '9'; field++)
        *start_ticks = *start_ticks * 10 + (uint64_t)(*field - '0');
    return true;
}

/* It may be between exec(3) and its start, where nothing shows that it is there. */
static bool is_recent(uint64_t since_ns)
{
    enum { SECONDS_TO_START = 10 };
    uint64_t now_ns = since_boot_ns();
    return since_ns <= now_ns && now_ns - since_ns < SECONDS_TO_START * RL_SECOND;
}

/* own: the namespace of the caller; unknown: the answer for others, but for who was just noted. */
static bool is_alive(const struct member *member, uint32_t own, bool unknown)
{
    enum { NS_PER_TICK = 10000000 }; /* USER_HZ is 100, on all architectures of today */
    uint64_t id = __atomic_load_n(&member->id, __ATOMIC_RELAXED);
    uint64_t since_ns = __atomic_load_n(&member->since_ns, __ATOMIC_RELAXED);
    unsigned pid = (uint32_t)id;
    if (!id)
        return false;
    if (id >> 32 != own)
        return unknown || is_recent(since_ns);
    if (pid == 0 || pid > INT32_MAX || raw_call(SYS_kill, (int)pid, 0, 0, 0, 0) == -ESRCH)
        return false;
    char state;
    uint64_t start_ticks;
    if (!proc_is_ours() || !read_stat(pid, &state, &start_ticks))
        return true;
    if (state == 'Z' || state == 'X')
        return false;
    return !since_ns || start_ticks <= since_ns / NS_PER_TICK + 1;
}

bool members_lives(const struct member *member, bool unknown)
{
    return is_alive(member, members_namespace(), unknown);
}

/* Where each looks for his place first: so that those who come at once hardly meet. */
static unsigned hash_of(uint64_t id)
{
    return (unsigned)(id * UINT64_C(0x9e3779b97f4a7c15) >> 40);
}

/* Where somebody was is room for others of his group. */
static bool has_room(const struct segment *segment, const struct member *member)
{
    unsigned group = (unsigned)(member - segment->members) / MEMBER_GROUP;
    return group < FIRST_MEMBERS / MEMBER_GROUP ||
           (__atomic_load_n(&segment->used_groups, __ATOMIC_RELAXED) >> group & 1) ||
           pages_ask(member, sizeof *member) != ENOSPC;
}

/* Whose it was until now had his own instant: the next one would be taken for a process that began
 * after it, until he has written his. */
static bool take(struct member *member, uint64_t from, uint64_t to)
{
    if (from)
        __atomic_store_n(&member->since_ns, 0, __ATOMIC_SEQ_CST);
    return __atomic_compare_exchange_n(&member->id, &from, to, false, __ATOMIC_SEQ_CST,
                                       __ATOMIC_SEQ_CST);
}

/* Of those from `first` on, and before `end`, his own, or one that is free: hardly ever far from
 * where it is looked for, and so no further. */
static struct member *find_near(struct segment *segment, uint64_t id, unsigned first, unsigned end)
{
    enum { NEAR = 64 };
    for (unsigned i = 0; i < NEAR; i++) {
        struct member *member = &segment->members[first + (hash_of(id) + i) % (end - first)];
        if (!has_room(segment, member))
            return NULL;
        if (__atomic_load_n(&member->id, __ATOMIC_RELAXED) == id || take(member, 0, id))
            return member;
    }
    return NULL;
}

static struct member *find_left(struct segment *segment, uint64_t id)
{
    for (unsigned i = 0; i < MEMBERS; i++) {
        struct member *member = &segment->members[(hash_of(id) + i) % MEMBERS];
        if (!has_room(segment, member))
            continue;
        uint64_t there = __atomic_load_n(&member->id, __ATOMIC_RELAXED);
        if (!is_alive(member, namespace_in(segment), true) && take(member, there, id))
            return member;
    }
    return NULL;
}

/* Few touch few pages. */
static struct member *find_place(struct segment *segment, uint64_t id)
{
    struct member *member = find_near(segment, id, 0, FIRST_MEMBERS);
    if (!member)
        member = find_near(segment, id, FIRST_MEMBERS, MEMBERS);
    return member ? member : find_left(segment, id);
}

void members_enter(struct segment *segment, int pid)
{
    struct member *member = find_place(segment, id_of(segment, pid));
    if (member) {
        unsigned group = (unsigned)(member - segment->members) / MEMBER_GROUP;
        __atomic_fetch_or(&segment->used_groups, 1U << group, __ATOMIC_SEQ_CST);
        __atomic_store_n(&member->since_ns, since_boot_ns(), __ATOMIC_RELAXED);
    }
    __atomic_store_n(&segment->told, 0, __ATOMIC_SEQ_CST);
}

/* Of the first of these groups, the first member. */
static size_t first_of(uint32_t groups)
{
    return (size_t)__builtin_ctz(groups) * MEMBER_GROUP;
}

void members_leave(struct segment *segment, int pid)
{
    uint64_t id = id_of(segment, pid);
    uint32_t groups = __atomic_load_n(&segment->used_groups, __ATOMIC_SEQ_CST);
    for (; groups; groups &= groups - 1) { /* among many he may be anywhere, and twice */
        struct member *group = segment->members + first_of(groups);
        for (unsigned i = 0; i < MEMBER_GROUP; i++)
            if (__atomic_load_n(&group[i].id, __ATOMIC_RELAXED) == id)
                take(&group[i], id, 0);
    }
}

static bool any_alive(const struct member group[MEMBER_GROUP], uint32_t own, bool unknown)
{
    for (unsigned i = 0; i < MEMBER_GROUP; i++)
        if (is_alive(&group[i], own, unknown))
            return true;
    return false;
}

/* Whether one of the caller's own namespace lives; *elsewhere: one of another. */
static bool any_here(struct member group[MEMBER_GROUP], uint32_t own, bool unknown, bool *elsewhere)
{
    for (unsigned i = 0; i < MEMBER_GROUP; i++) {
        uint64_t id = __atomic_load_n(&group[i].id, __ATOMIC_RELAXED);
        bool here = id >> 32 == own, alive = is_alive(&group[i], own, unknown);
        if (here && alive)
            return true;
        if (here && id)
            take(&group[i], id, 0);
        *elsewhere |= alive;
    }
    return false;
}

/* The last one of a namespace takes its dead away, of which those of others could not tell. */
bool members_any(struct segment *segment, bool unknown)
{
    bool elsewhere = false;
    uint32_t groups = __atomic_load_n(&segment->used_groups, __ATOMIC_SEQ_CST);
    for (; groups; groups &= groups - 1)
        if (any_here(segment->members + first_of(groups), namespace_in(segment), unknown,
                     &elsewhere))
            return true;
    return elsewhere;
}

static bool read_all(int fd, void *bytes, size_t length, size_t offset)
{
    return raw_call(SYS_pread64, fd, (long)bytes, (long)length, (long)offset, 0) == (long)length;
}

bool members_any_in(int fd, uint32_t groups, bool unknown)
{
    struct member group[MEMBER_GROUP];
    for (; groups; groups &= groups - 1)
        if (read_all(fd, group, sizeof group,
                     offsetof(struct segment, members) + first_of(groups) * sizeof *group) &&
            any_alive(group, members_namespace(), unknown))
            return true;
    return false;
}
