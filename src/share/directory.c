/* directory.c - see directory.h. */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "digits.h"
#include "directory.h"
#include "system.h"

static const char parents[DIRECTORIES][sizeof "/dev/shm"] = {"/dev/shm", "/tmp"};

const char *directory_path(int i)
{
    static char path[DIRECTORIES][48];
    char digits[10], *end = digits + sizeof digits, *user;
    if (!*path[i]) {
        user = digits_decimal(end, sys_user());
        memcpy(stpcpy(stpcpy(path[i], parents[i]), "/rlshim-"), user, (size_t)(end - user));
    }
    return path[i];
}

static int open_path(const char *path)
{
    return sys_open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
}

/* Whatever the umask has left of its mode: the next ones would not have it otherwise. */
static int make_and_open(const char *path)
{
    long made = raw_call(SYS_mkdirat, AT_FDCWD, (long)path, 0700, 0, 0);
    if (made == 0)
        made = raw_call(SYS_fchmodat, AT_FDCWD, (long)path, 0700, 0, 0);
    return made == 0 || made == -EEXIST ? open_path(path) : (int)made;
}

int directory_open(int i, bool make, const char **why)
{
    const char *path = directory_path(i);
    struct stat status = {0};
    int fd = open_path(path);
    if (fd == -ENOENT && make)
        fd = make_and_open(path);
    if (fd < 0) {
        *why = fd == -ELOOP || fd == -ENOTDIR ? "it is no directory" : strerror(-fd);
        return -1;
    }
    bool ours = sys_stat(fd, &status) == 0 && status.st_uid == sys_user();
    if (ours && (status.st_mode & 0777) == 0700)
        return fd;
    *why = ours ? "others may use it: its mode is not 700" : "it is another user's";
    sys_close(fd);
    return ours ? DIRECTORY_SPOILT : -1;
}

/* As getdents64(2) has it. */
struct entry {
    uint64_t inode;
    int64_t offset;
    uint16_t length;
    uint8_t type;
    char name[];
};

void directory_each(int directory, void (*look)(int directory, const char *name, void *argument),
                    void *argument)
{
    _Alignas(struct entry) char entries[1024];
    long bytes;
    while ((bytes = raw_call(SYS_getdents64, directory, (long)entries, sizeof entries, 0, 0)) > 0)
        for (long at = 0; at < bytes;) {
            const struct entry *entry = (const void *)(entries + at);
            look(directory, entry->name, argument);
            at += entry->length;
        }
}
