/* fd.c - the table of descriptor numbers. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fd.h"

#define GENERATION_SHIFT 32

fd_entry fd_table[FD_TABLE];
pid_t fd_owner;
static int highest_with_peer = -1;

void fd_own_table(void)
{
    fd_owner = getpid();
}

static bool option(int fd, int name, int *value)
{
    socklen_t size = sizeof *value;
    return getsockopt(fd, SOL_SOCKET, name, value, &size) == 0;
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

static fd_entry load(int fd)
{
    return __atomic_load_n(&fd_table[fd], __ATOMIC_ACQUIRE);
}

static bool swap(int fd, fd_entry *expected, fd_entry desired)
{
    return __atomic_compare_exchange_n(&fd_table[fd], expected, desired, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_ACQUIRE);
}

fd_entry fd_find_out(int fd)
{
    bool in_table = (unsigned)fd < FD_TABLE;
    fd_entry entry = in_table ? load(fd) : 0;
    int saved_errno = errno;
    fd_entry found = (entry & ~FD_CLASS_MASK) | classify(fd);
    errno = saved_errno;
    if (in_table && getpid() == fd_owner)
        swap(fd, &entry, found);
    return found;
}

void fd_forget(int fd)
{
    if ((unsigned)fd >= FD_TABLE)
        return;
    fd_entry entry = load(fd);
    while (!swap(fd, &entry, ((entry >> GENERATION_SHIFT) + 1) << GENERATION_SHIFT))
        ;
}

void fd_forget_range(unsigned first, unsigned last)
{
    for (unsigned fd = first; fd <= last && fd < FD_TABLE; fd++)
        fd_forget((int)fd);
}

void fd_note_peer(int fd, fd_entry entry, unsigned limits)
{
    if ((unsigned)fd >= FD_TABLE)
        return;
    int highest = __atomic_load_n(&highest_with_peer, __ATOMIC_RELAXED);
    while (fd > highest && !__atomic_compare_exchange_n(&highest_with_peer, &highest, fd, true,
                                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        ;
    swap(fd, &entry, (entry & ~FD_PEER_MASK) | FD_PEER_KNOWN | (fd_entry)limits << 16);
}

void fd_note_no_peer(int fd, fd_entry entry)
{
    if ((unsigned)fd < FD_TABLE)
        swap(fd, &entry, entry | FD_NO_PEER);
}

void fd_note_dissolved(int fd, bool dissolved)
{
    fd_entry entry = fd_look(fd);
    fd_entry noted = dissolved ? entry | FD_DISSOLVED : entry & ~FD_DISSOLVED;
    if ((unsigned)fd < FD_TABLE && noted != entry)
        swap(fd, &entry, noted);
}

void fd_forget_peers(void)
{
    for (int fd = 0; fd <= __atomic_load_n(&highest_with_peer, __ATOMIC_RELAXED); fd++) {
        fd_entry entry = load(fd);
        while ((entry & FD_PEER_KNOWN) && !swap(fd, &entry, entry & ~FD_PEER_MASK))
            ;
    }
}
