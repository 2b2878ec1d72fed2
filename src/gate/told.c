/* told.c - see told.h. */
#include <stdint.h>

#include "gate.h"
#include "numbers.h"
#include "told.h"

/* The lower half: how many bytes, and whether they were looked at; the upper one: of which
 * generation of the number (fd.h). */
typedef uint64_t note;
enum { LOOKED_AT = INT32_MIN };

static struct numbers notes = {.size = sizeof(note)};

static note generation_of(int fd)
{
    return (note)fd_generation(fd_entry_of(fd)) << 32;
}

static uint32_t known(int fd, const note *own)
{
    note noted = own ? __atomic_load_n(own, __ATOMIC_RELAXED) : 0;
    return (noted ^ generation_of(fd)) >> 32 == 0 ? (uint32_t)noted : 0;
}

static size_t bytes_of(uint32_t known)
{
    return known & ~(uint32_t)LOOKED_AT;
}

static void set_known(int fd, note *own, uint32_t known)
{
    __atomic_store_n(own, generation_of(fd) | known, __ATOMIC_RELAXED);
}

void told_note(int fd, ssize_t unread, bool looked)
{
    if (unread <= 0 || !gate_limits_on_receives(fd))
        return;
    note *own = numbers_take(&notes, fd);
    uint32_t before = known(fd, own), looks = looked ? (uint32_t)LOOKED_AT : before & LOOKED_AT;
    size_t bytes = bytes_of(before) < (size_t)unread ? (size_t)unread : bytes_of(before);
    if (own)
        set_known(fd, own, looks | (uint32_t)bytes);
}

void told_received(int fd, size_t bytes)
{
    note *own = numbers_find(&notes, fd);
    uint32_t before = known(fd, own);
    if (bytes_of(before))
        set_known(fd, own, bytes < bytes_of(before) ? before - (uint32_t)bytes : 0);
}

bool told_of_more(int fd)
{
    return bytes_of(known(fd, numbers_find(&notes, fd)));
}

bool told_looked_at(int fd, size_t bytes)
{
    uint32_t now = known(fd, numbers_find(&notes, fd));
    return now & LOOKED_AT && bytes <= bytes_of(now);
}
