/*
 * clean.c - the files of those who have all gone, however they went.
 *
 * Who has a segment mapped is known to the kernel alone: members of other namespaces, and those who
 * were never noted, have numbers that nobody here can tell. It does not say who; but it grants a
 * write lease only on a file that nobody else has open, and a mapping counts as that (fcntl(2),
 * check_conflicting_open() in fs/locks.c). While the lease lasts, who opens the file is told to
 * come again; so nobody comes to it between the look and the deletion.
 *
 * A process between exec(3) and its start has nothing mapped, but is noted: see members.h.
 */
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/vfs.h>
#include <time.h>

#include "clean.h"
#include "definition.h"
#include "directory.h"
#include "members.h"
#include "system.h"
#include "timens.h"

static bool begins_with(const char *name, const char *prefix)
{
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

/* To take nothing puts a word right that nobody can have written, which would not be full for
 * years: then it is soon. Who has paused it means those who come as well. */
static bool is_full(struct rl_limiter *limiter)
{
    struct rl_reservation nothing;
    limiter->mends = true;
    rl_reserve(limiter, 0, 0, &nothing);
    return !rl_is_paused(limiter) && rl_level(limiter) == rl_current(limiter)->burst;
}

/* Who comes is to know which hosts want no requests yet. */
static bool has_closed(const struct segment *segment)
{
    uint64_t now_ns = rl_now();
    for (unsigned i = 0; i < CLOSED_HOSTS; i++)
        if (segment->closed[i].until_ns - now_ns - 1 < MOST_CLOSED_NS)
            return true;
    return false;
}

/* A bucket that is full again is as good as a new one. */
static bool is_at_rest(struct segment *segment, uint32_t count)
{
    struct rl_limiter limiter;
    if (segment->epoch_ns > rl_now())
        return true; /* of another boot */
    for (unsigned i = 0; i < count; i++)
        if (definition_limiter(segment, i, &limiter) && !is_full(&limiter))
            return false;
    return !has_closed(segment);
}

/* Of a name: if it is damaged, that is for its users to see. */
static bool name_can_go(int fd)
{
    const char *why;
    uint32_t count;
    struct segment *segment = segment_map(fd, &count, &why);
    if (!segment)
        return false;
    bool can = is_at_rest(segment, count);
    segment_unmap(segment, count);
    return can;
}

/* Of a file, in one call: all that most are asked for. Beyond its end it is zeroes. */
struct beginning {
    char bytes[offsetof(struct segment, program)];
};

static void read_beginning(int fd, struct beginning *beginning)
{
    *beginning = (struct beginning){.bytes = ""};
    raw_call(SYS_pread64, fd, (long)beginning, sizeof *beginning, 0, 0);
}

#define FIELD(beginning, name)                                                                     \
    ({                                                                                             \
        __typeof__(((struct segment *)NULL)->name) field;                                          \
        _Static_assert(offsetof(struct segment, name) + sizeof field <= sizeof(struct beginning),  \
                       "it is read");                                                              \
        memcpy(&field, (beginning)->bytes + offsetof(struct segment, name), sizeof field);         \
        field;                                                                                     \
    })

/* For the caller, who is going to make one: otherwise to find out where he is takes longer than all
 * that is done here. */
static void agree(const struct beginning *beginning)
{
    struct whereabouts there = FIELD(beginning, made_at);
    timens_agree(there.distance_ns, false);
    members_agree(there.proc, there.namespace);
}

/* On overlayfs what is mapped is the file beneath, and the lease is granted nevertheless: there
 * only what members are noted tells of them (ovl_mmap() in fs/overlayfs/file.c). */
static bool lease_tells_all(int fd)
{
    enum { OVERLAYFS = 0x794c7630 }; /* <linux/magic.h> */
    struct statfs status = {0};
    return raw_call(SYS_fstatfs, fd, (long)&status, 0, 0, 0) == 0 && status.f_type != OVERLAYFS;
}

void (*clean_tell)(const struct account *account);

/* Whether there is something that nobody was left to tell. */
static bool is_untold(const struct beginning *beginning)
{
    return FIELD(beginning, summary) && !FIELD(beginning, told);
}

/* Of what nobody has open. Another version knows what it has to look at. */
static bool can_go(int fd, const char *name, const struct beginning *beginning)
{
    uint64_t magic = FIELD(beginning, magic);
    if (magic == SEGMENT_MAGIC)
        agree(beginning);
    if (!clean_tell && is_untold(beginning))
        return false; /* but by one who will */
    return !segment_is_foreign(magic) &&
           !members_any_in(fd, FIELD(beginning, used_groups), !lease_tells_all(fd)) &&
           (!begins_with(name, SHARED_PREFIX) || name_can_go(fd));
}

static void tell(int fd)
{
    const char *why;
    uint32_t count;
    struct segment *segment = segment_map(fd, &count, &why);
    if (!segment)
        return;
    for (unsigned i = 0; i < count; i++) {
        struct account account;
        if (definition_account(segment, i, &account))
            clean_tell(&account);
    }
    segment_unmap(segment, count);
}

static bool is_ours(const char *name)
{
    return begins_with(name, TREE_PREFIX) || begins_with(name, SHARED_PREFIX) ||
           begins_with(name, NEW_PREFIX);
}

/* Else somebody else has cleaned up since it was opened, and the name is that of another file by
 * now, which may be in use. While the lease lasts, nobody does. */
static bool has_its_name(int fd)
{
    struct stat status = {0};
    return sys_stat(fd, &status) == 0 && status.st_nlink > 0;
}

/* Who opens the file while the lease lasts has it break, of which the holder is told by SIGIO: it
 * is blocked meanwhile. */
static void look_at(int directory, const char *name, void *unused)
{
    (void)unused;
    if (!is_ours(name))
        return;
    int fd = sys_open(directory, name, O_RDWR | O_NONBLOCK);
    if (fd < 0)
        return;
    if (raw_call(SYS_fcntl, fd, F_SETLEASE, F_WRLCK, 0, 0) == 0) {
        struct beginning beginning;
        raw_call(SYS_fcntl, fd, F_SETOWN, 0, 0, 0);
        read_beginning(fd, &beginning);
        /* Should it have been stopped meanwhile, the lease may be over. */
        if (has_its_name(fd) && can_go(fd, name, &beginning) &&
            raw_call(SYS_fcntl, fd, F_GETLEASE, 0, 0, 0) == F_WRLCK) {
            if (clean_tell && is_untold(&beginning))
                tell(fd);
            sys_unlink(directory, name);
        }
    }
    sys_close(fd);
}

void clean(int directory)
{
    static const uint64_t io = UINT64_C(1) << (SIGIO - 1);
    struct timespec now = {0};
    uint64_t mask, pending = 0;
    raw_call(SYS_rt_sigpending, (long)&pending, sizeof pending, 0, 0, 0);
    if (pending & io) /* which could not be told from ours */
        return;
    if (raw_call(SYS_rt_sigprocmask, SIG_BLOCK, (long)&io, (long)&mask, sizeof mask, 0) != 0)
        return;
    directory_each(directory, look_at, NULL);
    raw_call(SYS_rt_sigtimedwait, (long)&io, 0, (long)&now, sizeof io, 0);
    raw_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&mask, 0, sizeof mask, 0);
}
