/* fd.c - what is known of descriptor numbers. */
#include <errno.h>
#include <limits.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fd.h"
#include "fd_table.h"
#include "real.h"
#include "sandbox.h"

pid_t fd_owner;
unsigned fd_age;

void fd_own_table(void)
{
    fd_owner = getpid();
}

static bool option(int fd, int name, int *value)
{
    socklen_t size = sizeof *value;
    return REAL(getsockopt)(fd, SOL_SOCKET, name, value, &size) == 0;
}

static enum fd_class classify(int fd)
{
    int domain, type;
    if (!option(fd, SO_DOMAIN, &domain))
        return errno == ENOTSOCK ? FD_PASS : FD_UNKNOWN;
    if (domain != AF_INET && domain != AF_INET6)
        return FD_PASS;
    if (!option(fd, SO_TYPE, &type))
        return FD_UNKNOWN;
    return type == SOCK_STREAM ? FD_STREAM : FD_MESSAGE;
}

static fd_entry load(const fd_entry *place)
{
    return __atomic_load_n(place, __ATOMIC_ACQUIRE);
}

static bool swap(fd_entry *place, fd_entry *expected, fd_entry desired)
{
    return __atomic_compare_exchange_n(place, expected, desired, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_ACQUIRE);
}

/* Only for what is open, else a loop over all numbers would map all levels. In a sandbox a new
 * level cannot be had. */
static fd_entry *new_place(int fd)
{
    if (in_sandbox() || classify(fd) == FD_UNKNOWN || !fd_grow(fd))
        return NULL;
    return fd_take_place(fd);
}

fd_entry fd_find_out(int fd)
{
    int saved_errno = errno;
    bool ours = getpid() == fd_owner;
    fd_entry *place = fd_take_place(fd);
    if (!place && ours)
        place = new_place(fd);
    fd_entry entry = place ? load(place) : 0;
    fd_entry found = (entry & ~FD_CLASS_MASK) | classify(fd);
    errno = saved_errno;
    if (place && ours && found != entry)
        swap(place, &entry, found);
    return found;
}

bool fd_table_is_own(void)
{
    return in_sandbox() || getpid() == fd_owner;
}

static void forget(fd_entry *place)
{
    fd_entry entry = load(place);
    while (!swap(place, &entry, (fd_entry)(fd_generation(entry) + 1) << FD_GENERATION_SHIFT))
        ;
}

/* To be found out again; but for the parent of a vfork child the number means what it did. */
static void doubt(fd_entry *place)
{
    fd_entry entry = load(place);
    while (!swap(place, &entry, (fd_entry)fd_generation(entry) << FD_GENERATION_SHIFT))
        ;
}

void fd_forget(int fd)
{
    fd_entry *place = fd_place(fd);
    if (place)
        (fd_table_is_own() ? forget : doubt)(place);
}

void fd_forget_range(unsigned first, unsigned last)
{
    fd_each_place(first, last, fd_table_is_own() ? forget : doubt);
}

/* Note something of a number, unless it has become another since `entry` was. */
static void note(int fd, fd_entry entry, fd_entry noted)
{
    fd_entry *place = fd_place(fd);
    if (place && noted != entry)
        swap(place, &entry, noted);
}

void fd_note_peer(int fd, fd_entry entry, unsigned limits, unsigned age)
{
    note(fd, entry,
         (entry & ~FD_PEER_MASK) | FD_PEER_KNOWN | (fd_entry)limits << FD_LIMITS_SHIFT |
             (fd_entry)age << FD_AGE_SHIFT);
}

void fd_note_no_peer(int fd, fd_entry entry)
{
    note(fd, entry, entry | FD_NO_PEER);
}

void fd_note_dissolved(int fd, bool dissolved)
{
    fd_entry entry = fd_look(fd);
    note(fd, entry, dissolved ? entry | FD_DISSOLVED : entry & ~FD_DISSOLVED);
}

static void forget_peer(fd_entry *place)
{
    fd_entry entry = load(place);
    while ((entry & FD_PEER_KNOWN) && !swap(place, &entry, entry & ~FD_PEER_MASK))
        ;
}

void fd_forget_peer(int fd)
{
    fd_entry *place = fd_place(fd);
    if (place)
        forget_peer(place);
}

void fd_forget_peers(void)
{
    unsigned age = __atomic_add_fetch(&fd_age, 1, __ATOMIC_ACQ_REL);
    if ((age & FD_AGE_MASK) == 0) /* ages begin to come again */
        fd_each_place(0, INT_MAX, forget_peer);
}
