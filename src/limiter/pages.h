/*
 * pages.h - memory that was mapped, but is asked for only when it is needed.
 *
 * A page of a file that was never written may have no place yet, in memory or on a disk; where
 * there is none left, its first touch is answered with SIGBUS (mmap(2)).
 */
#ifndef PAGES_H
#define PAGES_H

#include <stddef.h>

/*
 * pages_ask - have the pages of some memory, of any kind, ready to be written to. From any call
 * path; errno is left alone. Returns 0; ENOSPC: there is no room, it must not be touched; or
 * EOPNOTSUPP: the kernel cannot be asked (before Linux 5.14): who mapped a file has seen to it that
 * all of it has room.
 */
int pages_ask(const void *memory, size_t length);

#endif
