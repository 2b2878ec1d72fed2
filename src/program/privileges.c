/*
 * privileges.c - see privileges.h.
 *
 * The IDs are asked of the kernel: libc's functions are what fakeroot replaces.
 */
#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include "file.h"
#include "ids.h"
#include "privileges.h"
#include "raw.h"

/*
 * What execve(2) makes of the caller's IDs. The loader runs in secure mode when the effective ones
 * then differ from the real ones, or when they change (security/commoncap.c). Without group
 * execute permission S_ISGID means mandatory locking, inode(7).
 */
static void judge_ids(struct judgement *judgement, const struct stat *status, bool honoured,
                      const struct ids *ids)
{
    bool sets_user = honoured && status->st_mode & S_ISUID;
    bool sets_group = honoured && (status->st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP);
    if (sets_user && (status->st_uid != ids->user || status->st_uid != ids->effective_user))
        judgement->reasons |= 1U << SET_USER_ID;
    if (sets_group && (status->st_gid != ids->group || status->st_gid != ids->effective_group))
        judgement->reasons |= 1U << SET_GROUP_ID;
    if (ids_differ(ids) && !(judgement->reasons & (1U << SET_USER_ID | 1U << SET_GROUP_ID)))
        judgement->reasons |= 1U << CALLER_IDS;
}

/* The extended attribute, as <linux/capability.h> has it (vfs_ns_cap_data), little-endian. */
struct file_capabilities {
    uint32_t magic;
    struct {
        uint32_t permitted, inheritable;
    } sets[2];
    uint32_t root_id;
};
enum { FLAG_EFFECTIVE = 1 };

/* capabilities(7), "File capabilities". Any at all counts, though some may turn out to be none. */
static bool has_capabilities(int fd)
{
    static const char name[] = "security.capability";
    struct file_capabilities file = {0};
    long size = raw_call(SYS_fgetxattr, fd, (long)name, (long)&file, sizeof file, 0);
    if (size == -EBADF) { /* O_PATH */
        char path[FD_NAME];
        file_name_of_fd(fd, path);
        size = raw_call(SYS_getxattr, (long)path, (long)name, (long)&file, sizeof file, 0);
    }
    if (size < 0)
        return size == -ERANGE; /* a format to come: has some */
    uint32_t any = file.magic & htole32(FLAG_EFFECTIVE);
    for (int i = 0; i < 2; i++)
        any |= file.sets[i].permitted | file.sets[i].inheritable;
    return any != 0;
}

/* By libc, which knows the layout; nobody is known to replace it. */
static bool on_mount_without_set_id(int fd)
{
    struct statfs mount;
    int saved_errno = errno;
    bool without = fstatfs(fd, &mount) == 0 && mount.f_flags & ST_NOSUID;
    errno = saved_errno;
    return without;
}

/*
 * A mount without set-user-ID ignores the bits and the capabilities, no_new_privs the bits alone
 * (mount(8), prctl(2)). To root, capabilities give nothing that he has not. What matters only to
 * files with privileges is asked only for them.
 */
void judge_privileges(struct judgement *judgement, const struct stat *status, int fd)
{
    judgement->owner = status->st_uid;
    judgement->group = status->st_gid;
    bool set_id = status->st_mode & (S_ISUID | S_ISGID);
    const struct ids ids = ids_of_caller();
    bool capable = ids.user != 0 && fd >= 0 && has_capabilities(fd);
    bool honoured = (set_id || capable) && !(fd >= 0 && on_mount_without_set_id(fd));
    bool changes = set_id && honoured && raw_call(SYS_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1;
    judge_ids(judgement, status, changes, &ids);
    if (capable && honoured)
        judgement->reasons |= 1U << CAPABILITIES;
}
