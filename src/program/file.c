/* file.c - see file.h. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "file.h"
#include "ids.h"
#include "raw.h"

/* As <linux/fcntl.h> has them; some libcs have not. */
#ifndef AT_EACCESS
#define AT_EACCESS 0x200
#endif
#ifndef SYS_faccessat2
#define SYS_faccessat2 439
#endif

int file_open(int directory, const char *path, int flags)
{
    flags |= O_CLOEXEC | O_LARGEFILE;
    if (!(flags & O_PATH))
        flags |= O_NONBLOCK | O_NOCTTY;
    return (int)raw_call(SYS_openat, directory, (long)path, flags, 0, 0);
}

void file_close(int fd)
{
    raw_call(SYS_close, fd, 0, 0, 0, 0);
}

/* Where the kernel's struct is known to be libc's, or else by libc. */
int file_status(int directory, const char *path, int flags, struct stat *status)
{
#if (defined __x86_64__ && defined __LP64__) || defined __aarch64__
    return (int)-raw_call(SYS_newfstatat, directory, (long)path, (long)status, flags, 0);
#else
    int saved_errno = errno;
    int error = fstatat(directory, path, status, flags) < 0 ? errno : 0;
    errno = saved_errno;
    return error;
#endif
}

/* The halves of an offset, as preadv(2) takes it, are the same on all machines; but filters of
 * seccomp(2) know pread64, which ld.so(8) needs. */
static long read_once(int fd, uint64_t offset, void *buffer, size_t size)
{
#ifdef __LP64__
    return raw_call(SYS_pread64, fd, (long)buffer, (long)size, (long)offset, 0);
#else
    struct iovec part = {buffer, size};
    return raw_call(SYS_preadv, fd, (long)&part, 1, (long)offset, (long)(offset >> 32));
#endif
}

size_t file_read(int fd, uint64_t offset, void *buffer, size_t size)
{
    size_t got = 0;
    while (got < size && offset <= INT64_MAX - size) {
        long n = read_once(fd, offset + got, (char *)buffer + got, size - got);
        if (n <= 0)
            break;
        got += (size_t)n;
    }
    return got;
}

/* By the effective IDs: access(2) asks for the real ones, and faccessat2(2) came late. */
static long may_execute(const char *path)
{
    const struct ids ids = ids_of_caller();
    long result = -ENOSYS;
    if (ids_differ(&ids))
        result = raw_call(SYS_faccessat2, AT_FDCWD, (long)path, X_OK, AT_EACCESS, 0);
    if (result == -ENOSYS || result == -EPERM) /* of a filter that does not know it */
        result = raw_call(SYS_faccessat, AT_FDCWD, (long)path, X_OK, 0, 0);
    return result;
}

int file_executable(const char *path)
{
    struct stat status = {0};
    int error = file_status(AT_FDCWD, path, 0, &status);
    if (error)
        return error;
    return S_ISREG(status.st_mode) ? (int)-may_execute(path) : EACCES;
}

void file_name_of_fd(int fd, char name[FD_NAME])
{
    static const char directory[] = "/proc/self/fd/";
    char digits[12];
    size_t count = 0, length = sizeof directory - 1;
    memcpy(name, directory, length);
    do {
        digits[count++] = (char)('0' + fd % 10);
        fd /= 10;
    } while (fd > 0);
    while (count > 0)
        name[length++] = digits[--count];
    name[length] = '\0';
}

void window_open(struct window *window, int fd, unsigned *reads_left)
{
    window->fd = fd;
    window->reads_left = reads_left;
    window->start = 0;
    window->length = 0;
}

/* How much of it lies in the window, from that offset on. */
static size_t available(const struct window *window, uint64_t offset)
{
    if (offset < window->start || offset - window->start >= window->length)
        return 0;
    return window->length - (size_t)(offset - window->start);
}

size_t window_read(struct window *window, uint64_t offset, void *buffer, size_t size)
{
    /* A window that is not full ends where the file does. */
    bool at_end = window->length > 0 && window->length < sizeof window->bytes;
    size_t there = available(window, offset);
    if (there < size && !(there && at_end)) {
        window->length = 0;
        if (*window->reads_left > 0) {
            --*window->reads_left;
            window->length = file_read(window->fd, offset, window->bytes, sizeof window->bytes);
        }
        window->start = offset;
        there = window->length;
    }
    size = there < size ? there : size;
    memcpy(buffer, window->bytes + (offset - window->start), size);
    return size;
}
