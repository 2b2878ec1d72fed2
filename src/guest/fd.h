/*
 * fd.h - what a descriptor number is: to be limited, or to be let through at no cost.
 *
 * An entry a number, remembered from the first look. "Unknown" is always a safe answer: it costs
 * two system calls to find out. So whatever may change the meaning of a number only forgets it.
 */
#ifndef FD_H
#define FD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "hidden.h"

enum { FD_LOW = 8192 }; /* numbers below have entries from the start, see fd_table.h */

/*
 * An entry: 63..40 generation, counts how often the number was forgotten
 *           39..24 limits with a `to` list that apply to the peer, if FD_PEER_KNOWN
 *           23..11 the age in which that was found out: it is true no longer than that lasts
 *           10     FD_NO_PEER
 *            9     FD_DISSOLVED
 *            8     FD_PEER_KNOWN
 *            7..0  enum fd_class
 * Written by compare-and-swap only, so that what was found out about one descriptor is never
 * noted for the next one of that number.
 */
typedef uint64_t fd_entry;

enum fd_class {
    FD_UNKNOWN,
    FD_PASS,    /* file, pipe, tty, socket of another domain: never limited */
    FD_STREAM,  /* AF_INET, AF_INET6: a stream, may be written in pieces */
    FD_MESSAGE, /* datagram, raw, seqpacket: never split */
};

#define FD_CLASS_MASK UINT64_C(0xff)
#define FD_PEER_KNOWN UINT64_C(0x100)
#define FD_PEER_MASK  UINT64_C(0xfffffff900) /* all that is known of the peer */
#define FD_DISSOLVED  UINT64_C(0x200) /* a stream whose connection was (connect(2), AF_UNSPEC) */
#define FD_NO_PEER    UINT64_C(0x400) /* it had none before the process shut itself in (sandbox.h) */

/* Whose table it is. A vfork child has the memory, but descriptors of its own: it notes nothing. */
extern HIDDEN pid_t fd_owner;
extern HIDDEN fd_entry fd_low[FD_LOW];

/* fd_entry_above - what is known of any other number. */
fd_entry fd_entry_above(int fd);

static inline enum fd_class fd_class(fd_entry entry)
{
    return (enum fd_class)(entry & FD_CLASS_MASK);
}

/* fd_entry_of - what is known of a number, without asking anybody. */
static inline fd_entry fd_entry_of(int fd)
{
    return __builtin_expect((unsigned)fd < FD_LOW, 1)
               ? __atomic_load_n(&fd_low[fd], __ATOMIC_RELAXED)
               : fd_entry_above(fd);
}

/* fd_passes - whether a number is known to be nothing that is ever limited. */
static inline bool fd_passes(int fd)
{
    return fd_class(fd_entry_of(fd)) == FD_PASS;
}

/* fd_own_table - the caller has the memory for itself: at the start, and after a fork.
 * fd_table_is_own - whether he has; false in a vfork child. */
void fd_own_table(void);
bool fd_table_is_own(void);

/* fd_find_out - the entry of a number that is not known. Leaves errno alone. */
fd_entry fd_find_out(int fd);

/* fd_look - the entry of a number, after finding out what it is if need be. */
static inline fd_entry fd_look(int fd)
{
    fd_entry entry = fd_entry_of(fd);
    return fd_class(entry) != FD_UNKNOWN ? entry : fd_find_out(fd);
}

/* fd_forget - the number means, or may mean, something else. By a vfork child, whose numbers are
 * its own, only what is known is forgotten: the generation stays, since the parent's has not
 * changed. */
void fd_forget(int fd);
void fd_forget_range(unsigned first, unsigned last);

/*
 * fd_forget_peers - a socket, which may have several numbers, got another peer: a new age begins,
 * and what was known of peers, of any number, was of the last. However many there are, that is one
 * addition.
 */
void fd_forget_peers(void);

/* fd_forget_peer - what is known of the peer of this number alone may not be true any more. */
void fd_forget_peer(int fd);

extern unsigned fd_age;
enum { FD_AGE_SHIFT = 11, FD_AGE_MASK = 0x1fff, FD_LIMITS_SHIFT = 24, FD_GENERATION_SHIFT = 40 };

static inline uint32_t fd_generation(fd_entry entry)
{
    return (uint32_t)(entry >> FD_GENERATION_SHIFT);
}

static inline unsigned fd_age_now(void)
{
    return __atomic_load_n(&fd_age, __ATOMIC_ACQUIRE) & FD_AGE_MASK;
}

/* fd_note_peer - remember which selective limits apply to the peer of a connected socket. age: that
 * it was before the kernel was asked. */
void fd_note_peer(int fd, fd_entry entry, unsigned limits, unsigned age);

/* fd_note_no_peer - it has none, and nobody will be able to ask. */
void fd_note_no_peer(int fd, fd_entry entry);

/* fd_note_dissolved - it was, or a new connect has begun. */
void fd_note_dissolved(int fd, bool dissolved);

static inline bool fd_peer_known(fd_entry entry)
{
    return (entry & FD_PEER_KNOWN) && (entry >> FD_AGE_SHIFT & FD_AGE_MASK) == fd_age_now();
}

static inline unsigned fd_peer_limits(fd_entry entry)
{
    return (unsigned)(entry >> FD_LIMITS_SHIFT) & 0xffff;
}

#endif
