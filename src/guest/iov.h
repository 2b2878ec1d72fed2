/* iov.h - parts of a scattered buffer. */
#ifndef IOV_H
#define IOV_H

#include <stdbool.h>
#include <sys/uio.h>

#ifndef RWF_NOWAIT
#define RWF_NOWAIT 8 /* linux/fs.h */
#endif

/* As preadv2(2) and pwritev2(2) have it. A socket has no other: the kernel refuses it. */
enum { NO_OFFSET = -1 };

enum { IOV_WINDOW = 4 }; /* how many pieces are looked at together: they must fit on the stack */

/*
 * iov_length - the bytes of all parts. False for what the kernel refuses (readv(2): more than
 * IOV_MAX parts, more bytes than ssize_t holds, parts that cannot be read): the call is the
 * kernel's to fail.
 */
bool iov_length(const struct iovec *iov, size_t count, size_t *length);

/*
 * iov_window - the parts from `offset` on for at most `length` bytes, and at most IOV_WINDOW parts.
 * Returns how many there are in `window`, and in *covered how many bytes they have.
 */
size_t iov_window(const struct iovec *iov, size_t count, size_t offset, size_t length,
                  struct iovec window[IOV_WINDOW], size_t *covered);

#endif
