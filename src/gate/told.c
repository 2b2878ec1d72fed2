/* told.c - see told.h. */
#include <stdint.h>

#include "gate.h"
#include "numbers.h"
#include "told.h"

/* The lower half: how many bytes; the upper one: of which generation of the number (fd.h). */
typedef uint64_t note;

static struct numbers notes = {.size = sizeof(note)};

static note generation_of(int fd)
{
    return (note)fd_generation(fd_entry_of(fd)) << 32;
}

/* Bytes that are known of. */
static uint32_t rest(int fd, const note *own)
{
    note noted = own ? __atomic_load_n(own, __ATOMIC_RELAXED) : 0;
    return (uint32_t)noted && (noted ^ generation_of(fd)) >> 32 == 0 ? (uint32_t)noted : 0;
}

static void set_rest(int fd, note *own, uint32_t bytes)
{
    __atomic_store_n(own, generation_of(fd) | bytes, __ATOMIC_RELAXED);
}

void told_note(int fd, ssize_t unread)
{
    if (unread <= 0 || !gate_limits_on_receives(fd))
        return;
    note *own = numbers_take(&notes, fd);
    if (own && unread > rest(fd, own))
        set_rest(fd, own, (uint32_t)unread);
}

void told_received(int fd, size_t bytes)
{
    note *own = numbers_find(&notes, fd);
    uint32_t left = rest(fd, own);
    if (left)
        set_rest(fd, own, bytes < left ? left - (uint32_t)bytes : 0);
}

size_t told_rest(int fd)
{
    return rest(fd, numbers_find(&notes, fd));
}
