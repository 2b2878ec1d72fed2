/*
 * copy.c - see copy.h. By read(2), which is answered with an end where a file was cut off, as what
 * is mapped is with SIGBUS.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "copy.h"
#include "system.h"

/* While somebody looks whether it can go, it cannot be opened: that takes no time (clean.c). */
static int open_file(int directory, const char *name)
{
    enum { TRIES = 1000, MOMENT_US = 200 };
    int fd = -EWOULDBLOCK;
    for (int i = 0; i < TRIES && fd == -EWOULDBLOCK; i++) {
        if (i > 0)
            usleep(MOMENT_US);
        fd = sys_open(directory, name, O_RDONLY | O_NONBLOCK);
    }
    return fd;
}

static const char *judge_file(const struct stat *status)
{
    if (!S_ISREG(status->st_mode))
        return "it is no file";
    if (status->st_uid != sys_user())
        return "it is another user's";
    return NULL;
}

static const char *judge_contents(const struct segment *segment, size_t size)
{
    if (size < sizeof segment->magic || segment->magic != SEGMENT_MAGIC)
        return size >= sizeof segment->magic && segment_is_foreign(segment->magic)
                   ? "it is of another version of rlshim"
                   : "it is not what rlshim wrote: it is damaged";
    if (size < segment_size(1) || size > segment_size(MAX_LIMITS) ||
        size != segment_size(segment->count))
        return "it is damaged";
    return NULL;
}

static size_t read_all(int fd, void *bytes, size_t most)
{
    size_t filled = 0;
    long got;
    while (filled < most && (got = sys_read(fd, (char *)bytes + filled, most - filled)) > 0)
        filled += (size_t)got;
    return filled;
}

struct segment *copy_segment(int directory, const char *name, uint32_t *count, const char **why)
{
    const size_t most = segment_size(MAX_LIMITS) + SHARED_ALIGNMENT; /* more than any has */
    struct stat status;
    int fd = open_file(directory, name);
    *why = fd == -ENOENT || fd >= 0 ? NULL : fd == -ELOOP ? "it is a link" : strerror(-fd);
    if (fd < 0)
        return NULL;
    struct segment *segment = aligned_alloc(SHARED_ALIGNMENT, most);
    size_t size = 0;
    *why = "there is no memory for it";
    if (segment) {
        *why = sys_stat(fd, &status) == 0 ? judge_file(&status) : "it cannot be looked at";
        if (!*why)
            size = read_all(fd, segment, most);
    }
    sys_close(fd);
    if (segment && !*why)
        *why = judge_contents(segment, size);
    if (*why) {
        free(segment);
        return NULL;
    }
    *count = segment->count;
    return segment;
}
