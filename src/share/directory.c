/* directory.c - see directory.h. */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "digits.h"
#include "directory.h"
#include "errors.h"
#include "system.h"

static const char parents[DIRECTORIES][sizeof "/dev/shm"] = {"/dev/shm", "/tmp"};
static const char prefix[] = "rlshim-";

/* Who has no number in a user namespace has this one there, and so have all others
 * (user_namespaces(7)). */
enum { OVERFLOW_USER = 65534 };

static char number[11]; /* in the names of both: the user's, or see find_other */
static char paths[DIRECTORIES][48];

/* By the overflow one, his directory would be in the way of whoever has that number outside,
 * usually nobody. */
static unsigned own_number(void)
{
    char byte;
    unsigned user = sys_user();
    int fd = user == OVERFLOW_USER ? sys_open(AT_FDCWD, "/proc/self/uid_map", O_RDONLY) : -1;
    if (fd < 0)
        return user;
    bool has_none = sys_read(fd, &byte, 1) == 0;
    sys_close(fd);
    return has_none ? UINT32_MAX : user;
}

const char *directory_path(int i)
{
    char digits[10], *end = digits + sizeof digits, *first;
    if (!*number) {
        first = digits_decimal(end, own_number());
        memcpy(number, first, (size_t)(end - first));
    }
    if (!*paths[i])
        stpcpy(stpcpy(stpcpy(stpcpy(paths[i], parents[i]), "/"), prefix), number);
    return paths[i];
}

static int open_directory(int directory, const char *path)
{
    return sys_open(directory, path, O_RDONLY | O_DIRECTORY);
}

/* Whatever the umask has left of its mode: the next ones would not have it otherwise. */
static int make_and_open(const char *path)
{
    long made = raw_call(SYS_mkdirat, AT_FDCWD, (long)path, 0700, 0, 0);
    if (made == 0)
        made = raw_call(SYS_fchmodat, AT_FDCWD, (long)path, 0700, 0, 0);
    return made == 0 || made == -EEXIST ? open_directory(AT_FDCWD, path) : (int)made;
}

/* Also whether it is for others. Of one by the overflow number only its owner may change the mode,
 * be it to what it is. */
static bool is_ours(int fd, mode_t *mode)
{
    struct stat status = {0};
    bool ours = sys_stat(fd, &status) == 0 && status.st_uid == sys_user();
    *mode = status.st_mode & 0777;
    if (ours && status.st_uid == OVERFLOW_USER && *mode == 0700)
        ours = raw_call(SYS_fchmod, fd, 0700, 0, 0, 0) == 0;
    return ours;
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
    _Alignas(struct entry) char entries[1024] = {0}; /* analyzers do not see what it becomes */
    long bytes;
    while ((bytes = raw_call(SYS_getdents64, directory, (long)entries, sizeof entries, 0, 0)) > 0)
        for (long at = 0; at < bytes;) {
            const struct entry *entry = (const void *)(entries + at);
            look(directory, entry->name, argument);
            at += entry->length;
        }
}

/* One by his own number goes before any other. */
static void look(int directory, const char *name, void *found)
{
    const char *digits = name + sizeof prefix - 1;
    mode_t mode;
    if (strncmp(name, prefix, sizeof prefix - 1) != 0 || strlen(digits) >= sizeof number ||
        digits[strspn(digits, "0123456789")] || strcmp(found, number) == 0)
        return;
    int fd = open_directory(directory, name);
    if (fd >= 0 && is_ours(fd, &mode) && mode == 0700)
        stpcpy(found, digits);
    if (fd >= 0)
        sys_close(fd);
}

/*
 * The user may have a directory by another number: in a user namespace (user_namespaces(7), as of
 * `unshare -r`) his own is another one than where the tree began. Nobody else has one that is open
 * to him and to him alone. False: there is none.
 */
static bool find_other(void)
{
    char found[sizeof number] = "";
    for (int i = 0; i < DIRECTORIES && !*found; i++) {
        int parent = open_directory(AT_FDCWD, parents[i]);
        if (parent < 0)
            continue;
        directory_each(parent, look, found);
        sys_close(parent);
    }
    if (!*found)
        return false;
    stpcpy(number, found);
    for (int i = 0; i < DIRECTORIES; i++)
        *paths[i] = '\0';
    return true;
}

static int open_ours(int i, bool make, const char **why)
{
    const char *path = directory_path(i);
    mode_t mode;
    int fd = open_directory(AT_FDCWD, path);
    if (fd == -ENOENT && make)
        fd = make_and_open(path);
    if (fd < 0) {
        *why = fd == -ELOOP || fd == -ENOTDIR ? "it is no directory" : error_words(-fd);
        return -1;
    }
    bool ours = is_ours(fd, &mode);
    if (ours && mode == 0700)
        return fd;
    *why = ours ? "others may use it: its mode is not 700" : "it is another user's";
    sys_close(fd);
    return ours ? DIRECTORY_SPOILT : -1;
}

int directory_open(int i, bool make, const char **why)
{
    static bool looked;
    int fd = open_ours(i, false, why);
    if (fd == -1 && i == 0 && !looked) {
        looked = true;
        if (find_other())
            fd = open_ours(i, false, why);
    }
    return fd == -1 && make ? open_ours(i, true, why) : fd;
}
