/* own_fd.c - see own_fd.h. */
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "file.h"
#include "own_fd.h"
#include "raw.h"
#include "real.h"

/* High enough that the program hardly ever gets there, not so high that the kernel's table of
 * descriptors, which is an array, gets large. */
static int high_number(void)
{
    enum { HIGH = 4000, RESERVE = 16 };
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > HIGH + RESERVE)
        return HIGH;
    return limit.rlim_cur > RESERVE ? (int)limit.rlim_cur - RESERVE : 0;
}

static bool status_of(int fd, struct stat *status)
{
    return fd >= 0 && file_status(fd, "", AT_EMPTY_PATH, status) == 0;
}

bool own_fd_borrow(struct own_fd *own, int fd)
{
    struct stat status;
    if (!status_of(fd, &status))
        return false;
    *own = (struct own_fd){.fd = fd, .device = status.st_dev, .inode = status.st_ino};
    return true;
}

bool own_fd_copy(struct own_fd *own, int fd)
{
    return own_fd_borrow(own, REAL(fcntl)(fd, F_DUPFD_CLOEXEC, high_number()));
}

bool own_fd_open(struct own_fd *own, const char *path)
{
    int low = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
    if (low < 0)
        return false;
    bool copied = own_fd_copy(own, low);
    int saved_errno = errno;
    REAL(close)(low);
    errno = saved_errno;
    return copied;
}

static bool look(const struct own_fd *own, struct stat *status)
{
    return status_of(own->fd, status) && status->st_dev == own->device &&
           status->st_ino == own->inode;
}

bool own_fd_is_there(const struct own_fd *own)
{
    struct stat status;
    return look(own, &status);
}

/* By number: write(2) is a point at which a thread can be cancelled, which takes stack besides. */
void own_fd_write(const struct own_fd *own, const void *bytes, size_t length)
{
    raw_call(SYS_write, own->fd, (long)bytes, (long)length, 0, 0);
}

bool own_fd_is_empty(const struct own_fd *own)
{
    struct stat status;
    return look(own, &status) && status.st_size == 0;
}
