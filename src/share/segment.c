/*
 * segment.c - see segment.h. How files come, are checked, and mapped.
 *
 * A file gets its name when it is complete, and never replaces another (renameat2(2)): who finds it
 * can use it, whoever is killed when. Room is asked for before it is touched, since a full /dev/shm
 * answers the first touch with SIGBUS.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

#include "digits.h"
#include "errors.h"
#include "pages.h"
#include "segment.h"
#include "system.h"

#ifndef RENAME_NOREPLACE /* <linux/fs.h> */
#define RENAME_NOREPLACE 1
#endif

static struct segment *map(int fd, size_t size)
{
    int saved_errno = errno, flags = fd < 0 ? MAP_SHARED | MAP_ANONYMOUS : MAP_SHARED;
    void *mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);
    errno = saved_errno;
    return mapped == MAP_FAILED ? NULL : mapped;
}

void segment_unmap(struct segment *segment, uint32_t count)
{
    munmap(segment, segment_size(count));
}

struct segment *segment_private(uint32_t count)
{
    struct segment *segment = map(-1, segment_size(count));
    if (segment)
        segment->private = true;
    return segment;
}

/* A file that would be larger is answered with SIGXFSZ (setrlimit(2)). */
static bool may_be_so_large(size_t size)
{
    struct {
        uint64_t soft, hard;
    } limit = {UINT64_MAX, UINT64_MAX};
    raw_call(SYS_prlimit64, 0, RLIMIT_FSIZE, 0, (long)&limit, 0);
    return size <= limit.soft;
}

static int set_size(int fd, size_t size)
{
    return may_be_so_large(size) ? (int)raw_call(SYS_ftruncate, fd, (long)size, 0, 0, 0) : -EFBIG;
}

/* For what is touched at the start; but for all of it where nobody could ask later. Returns 0, or a
 * negative errno value. */
static int make_room(int fd, struct segment *segment, uint32_t count)
{
    int error = pages_ask(segment, offsetof(struct segment, members[FIRST_MEMBERS]));
    for (uint32_t i = 0; i < count && !error; i++)
        error = pages_ask(&segment->shared[i], offsetof(struct shared_limit, line) + LINE_TOUCHED);
    return error == EOPNOTSUPP
               ? (int)raw_call(SYS_fallocate, fd, 0, 0, (long)segment_size(count), 0)
               : -error;
}

bool segment_has_room_for_rules(const struct segment *segment)
{
    const char *begin = (const char *)segment->rules;
    return pages_ask(begin, (size_t)(segment->names + sizeof segment->names - begin)) != ENOSPC;
}

bool segment_has_room_for_providers(const struct segment *segment)
{
    const char *begin = (const char *)segment->models;
    return pages_ask(begin, sizeof segment->models + sizeof segment->closed) != ENOSPC;
}

/* Of one that others have written: for what it says to be in use. */
static bool has_room_in_use(const struct segment *segment, uint32_t count)
{
    const uint32_t first_groups = (UINT32_C(1) << FIRST_MEMBERS / MEMBER_GROUP) - 1;
    bool good = true;
    for (uint32_t i = 0; i < count && good; i++) {
        const struct segment_limit *limit = &segment->limits[i];
        const struct rl_line *line = &segment->shared[i].line;
        good = !(limit->rules | limit->locals) || segment_has_room_for_rules(segment);
        if (good && limit->reads)
            good = segment_has_room_for_providers(segment);
        if (good && line_extent(line) > LINE_TOUCHED / sizeof *line->places)
            good = pages_ask(line, sizeof *line) != ENOSPC;
    }
    if (good && (segment->used_groups & ~first_groups))
        good = pages_ask(segment->members, sizeof segment->members) != ENOSPC;
    if (good && segment->learnt_count)
        good = pages_ask(segment->learnt, sizeof segment->learnt) != ENOSPC;
    return good;
}

/* What is wrong with a file by its looks; NULL: nothing. */
static const char *judge_file(const struct stat *status)
{
    if (!S_ISREG(status->st_mode))
        return "it is no file";
    if (status->st_uid != sys_user())
        return "it is another user's";
    if (status->st_nlink > 1)
        return "it has several names";
    if ((status->st_mode & 07777) != 0600)
        return "others may use it: its mode is not 600";
    return NULL;
}

bool segment_is_foreign(uint64_t magic)
{
    return magic << 16 == SEGMENT_NAME << 16 && magic != SEGMENT_MAGIC;
}

/* And by what is in it. */
static const char *judge_contents(const struct segment *segment, uint32_t count, size_t size)
{
    if (segment->magic != SEGMENT_MAGIC)
        return segment_is_foreign(segment->magic) ? "it is of another version of rlshim"
                                                  : "it is not what rlshim wrote: it is damaged";
    return segment->count == count && size == segment_size(count) ? NULL : "it is damaged";
}

/* Somebody looks whether it can go (clean.c), which takes no time. */
static void pause_a_moment(void)
{
    struct timespec moment = {.tv_nsec = 200000};
    raw_call(SYS_nanosleep, (long)&moment, 0, 0, 0, 0);
}

static const char no_room[] = "there is no room for it";

static struct segment *check_and_map(int fd, const struct stat *status, uint32_t *count,
                                     const char **why)
{
    size_t size = (size_t)status->st_size;
    *why = judge_file(status);
    if (*why)
        return NULL;
    *why = "it is damaged";
    if (size < segment_size(1) || size > segment_size(MAX_LIMITS))
        return NULL;
    *why = "there is no memory for it";
    struct segment *segment = map(fd, size);
    if (!segment)
        return NULL;
    *count = (uint32_t)((size - segment_size(0)) / sizeof(struct shared_limit));
    *why = make_room(fd, segment, *count) < 0 ? no_room : judge_contents(segment, *count, size);
    if (!*why && !has_room_in_use(segment, *count))
        *why = no_room;
    if (*why) {
        segment_unmap(segment, *count);
        return NULL;
    }
    return segment;
}

struct segment *segment_map(int fd, uint32_t *count, const char **why)
{
    struct stat status = {0};
    *why = "it cannot be looked at";
    return sys_stat(fd, &status) == 0 ? check_and_map(fd, &status, count, why) : NULL;
}

/* Returns a descriptor; -EWOULDBLOCK: to be tried once more; or what is *why. */
static int open_once(int directory, const char *name, const char **why)
{
    struct stat status = {0};
    int fd = sys_open(directory, name, O_RDWR | O_NONBLOCK);
    *why = fd == -ENOENT || fd >= 0 ? NULL : fd == -ELOOP ? "it is a link" : error_words(-fd);
    if (fd < 0)
        return fd;
    if (sys_stat(fd, &status) == 0 && status.st_nlink > 0)
        return fd;
    sys_close(fd);
    return -EWOULDBLOCK; /* it was deleted since */
}

struct segment *segment_open(int directory, const char *name, uint32_t *count, const char **why)
{
    enum { TRIES = 5000 }; /* a second */
    int fd = -EWOULDBLOCK;
    for (int i = 0; i < TRIES && fd == -EWOULDBLOCK; i++) {
        if (i > 0)
            pause_a_moment();
        fd = open_once(directory, name, why);
    }
    if (fd == -EWOULDBLOCK)
        *why = "somebody keeps it from being opened (a lease, fcntl(2))";
    if (fd < 0)
        return NULL;
    struct segment *segment = segment_map(fd, count, why);
    sys_close(fd); /* what is mapped counts as open (clean.c) */
    return segment;
}

/* Like no other's. */
void segment_invent(char digits[ID_LETTERS + 1])
{
    uint64_t random = 0;
    if (raw_call(SYS_getrandom, (long)&random, sizeof random, 1 /* GRND_NONBLOCK */, 0, 0) !=
        sizeof random) {
        struct timespec now = {0};
        raw_call(SYS_clock_gettime, CLOCK_REALTIME, (long)&now, 0, 0, 0);
        random = ((uint64_t)now.tv_sec << 30 ^ (uint64_t)now.tv_nsec) << 20 ^
                 (uint64_t)raw_call(SYS_getpid, 0, 0, 0, 0, 0);
    }
    *digits_hexadecimal(digits, ID_LETTERS, random) = '\0';
}

static struct segment *make_once(int directory, const char *name, uint32_t count,
                                 int (*fill)(struct segment *segment, const void *argument),
                                 const void *argument, long *result)
{
    char temporary[sizeof NEW_PREFIX + ID_LETTERS] = NEW_PREFIX;
    size_t size = segment_size(count);
    struct segment *segment = NULL;

    segment_invent(temporary + sizeof NEW_PREFIX - 1);
    int fd = sys_open(directory, temporary, O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK);
    *result = fd;
    if (fd < 0)
        return NULL;
    /* Whatever the umask has left of it. */
    *result = raw_call(SYS_fchmod, fd, 0600, 0, 0, 0);
    if (*result == 0)
        *result = set_size(fd, size);
    if (*result == 0) {
        segment = map(fd, size);
        *result = segment ? make_room(fd, segment, count) : -ENOMEM;
    }
    if (*result == 0) {
        segment->magic = SEGMENT_MAGIC;
        segment->count = count;
        *result = -fill(segment, argument);
    }
    if (*result == 0)
        *result = raw_call(SYS_renameat2, directory, (long)temporary, directory, (long)name,
                           RENAME_NOREPLACE);
    if (*result < 0) {
        sys_unlink(directory, temporary);
        if (segment)
            segment_unmap(segment, count);
        segment = NULL;
    }
    sys_close(fd);
    return segment;
}

/* Between its creation and its being open, a file is one that nobody has: whoever cleans up just
 * then has a lease on it, or has deleted it. */
struct segment *segment_make(int directory, const char *name, uint32_t count,
                             int (*fill)(struct segment *segment, const void *argument),
                             const void *argument, int *error)
{
    enum { TRIES = 100 };
    struct segment *segment = NULL;
    long result = -ENOENT;
    for (int i = 0; i < TRIES && (result == -ENOENT || result == -EWOULDBLOCK); i++)
        segment = make_once(directory, name, count, fill, argument, &result);
    *error = segment ? 0 : (int)-result;
    return segment;
}
