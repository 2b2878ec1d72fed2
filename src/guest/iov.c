/* iov.c - see iov.h. */
#include <limits.h>
#include <sys/types.h>

#include "iov.h"
#include "readable.h"

bool iov_length(const struct iovec *iov, size_t count, size_t *length)
{
    if (count > IOV_MAX || !is_readable(iov, count * sizeof *iov))
        return false;
    *length = 0;
    for (size_t i = 0; i < count; i++)
        if (__builtin_add_overflow(*length, iov[i].iov_len, length) || *length > SSIZE_MAX)
            return false;
    return true;
}

size_t iov_window(const struct iovec *iov, size_t count, size_t offset, size_t length,
                  struct iovec window[IOV_WINDOW], size_t *covered)
{
    size_t used = 0;
    *covered = 0;
    for (size_t i = 0; i < count && used < IOV_WINDOW && *covered < length; i++) {
        if (offset >= iov[i].iov_len) {
            offset -= iov[i].iov_len;
            continue;
        }
        size_t part = iov[i].iov_len - offset;
        if (part > length - *covered)
            part = length - *covered;
        window[used++] = (struct iovec){(char *)iov[i].iov_base + offset, part};
        *covered += part;
        offset = 0;
    }
    return used;
}
