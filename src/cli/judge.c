/*
 * judge.c - whether LD_PRELOAD reaches a program, and librlshim.so its network calls.
 *
 * It does not reach a program without our dynamic loader, nor one whose loader runs in secure
 * mode (ld.so(8), AT_SECURE in getauxval(3)); and it does not help with one that makes its system
 * calls itself.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "cli.h"
#include "program.h"

static const char in_secure_mode[] = "the dynamic loader ignores LD_PRELOAD";
static const char run_inside[] =
    "Run rlshim inside, as in 'sudo rlshim -u 1MB COMMAND'; or limit a copy without the privilege.";
static const char from_outside[] =
    "Use a dynamically linked build in C, C++, Python, ... of it, or limit it from outside: tc(8).";
static const char build_it[] = "Build rlshim for that one, with its compiler, and use that.";

static const struct {
    const char *consequence, *advice;
} reasons[REASONS] = {
    [DAMAGED] = {"it cannot be run at all", "Install it anew."},
    [OTHER_MACHINE] = {"librlshim.so does not fit into it", build_it},
    [STATIC] = {"LD_PRELOAD does not reach it", from_outside},
    [OTHER_LIBC] = {"librlshim.so does not fit into it", build_it},
    [GO_PROGRAM] = {"its network calls go to the kernel past the C library", from_outside},
    [SET_USER_ID] = {in_secure_mode, run_inside},
    [SET_GROUP_ID] = {in_secure_mode, run_inside},
    [CAPABILITIES] = {in_secure_mode, run_inside},
    [CALLER_IDS] = {in_secure_mode, "Do not install rlshim set-user-ID, nor run it from such."},
    [ENVIRONMENT_LOST] = {"LD_PRELOAD and the limits are taken away", "Run it without that."},
};

const char *reason_consequence(enum reason reason)
{
    return reasons[reason].consequence;
}

const char *reason_advice(enum reason reason)
{
    return reasons[reason].advice;
}

char *program_is(const struct program *program, enum reason reason)
{
    switch (reason) {
    case DAMAGED:
        return format("no valid program (%s)", program->elf.damage);
    case OTHER_MACHINE: {
        const char *bits = program->elf.is_64 ? "64-bit" : "32-bit";
        const char *name = elf_machine_name(program->elf.machine);
        if (name)
            return format("built for another architecture (%s %s)", bits, name);
        return format("built for another architecture (%s, ELF machine %u)", bits,
                      program->elf.machine);
    }
    case STATIC:
        return format("statically linked");
    case OTHER_LIBC:
        return format("linked with another C library (%s)", program->elf.interpreter);
    case GO_PROGRAM:
        return format("a Go program");
    case SET_USER_ID:
        return format("set-user-ID (to user %u)", program->owner);
    case SET_GROUP_ID:
        return format("set-group-ID (to group %u)", program->group);
    case CAPABILITIES:
        return format("given capabilities (setcap)");
    case CALLER_IDS:
        return format("run with effective IDs that are not the real ones");
    case ENVIRONMENT_LOST:
        return format("run by env -i");
    case REASONS:
        break;
    }
    return format("?");
}

/*
 * What execve(2) makes of the caller's IDs. The loader runs in secure mode when the effective ones
 * then differ from the real ones, or when they change (security/commoncap.c). Without group
 * execute permission S_ISGID means mandatory locking, inode(7).
 */
static void judge_ids(struct program *program, const struct stat *status, bool honoured)
{
    bool sets_user = honoured && status->st_mode & S_ISUID;
    bool sets_group = honoured && (status->st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP);
    bool callers_differ = geteuid() != getuid() || getegid() != getgid();
    if (sets_user && (status->st_uid != getuid() || status->st_uid != geteuid()))
        program->reasons |= 1U << SET_USER_ID;
    if (sets_group && (status->st_gid != getgid() || status->st_gid != getegid()))
        program->reasons |= 1U << SET_GROUP_ID;
    if (callers_differ && !(program->reasons & (1U << SET_USER_ID | 1U << SET_GROUP_ID)))
        program->reasons |= 1U << CALLER_IDS;
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
static bool has_capabilities(const char *path)
{
    struct file_capabilities file = {0};
    ssize_t size = getxattr(path, "security.capability", &file, sizeof file);
    if (size < 0)
        return errno == ERANGE; /* a format to come: has some */
    uint32_t any = file.magic & htole32(FLAG_EFFECTIVE);
    for (int i = 0; i < 2; i++)
        any |= file.sets[i].permitted | file.sets[i].inheritable;
    return any != 0;
}

/*
 * A mount without set-user-ID ignores the bits and the capabilities, no_new_privs the bits alone
 * (mount(8), prctl(2)). To root, capabilities give nothing that he has not.
 */
static void judge_privileges(struct program *program)
{
    struct stat status;
    struct statvfs mount;
    const char *path = program_path(program);
    if (stat(path, &status) < 0)
        return;
    program->owner = status.st_uid;
    program->group = status.st_gid;
    bool honoured = statvfs(path, &mount) < 0 || !(mount.f_flag & ST_NOSUID);
    judge_ids(program, &status, honoured && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1);
    if (honoured && getuid() != 0 && has_capabilities(path))
        program->reasons |= 1U << CAPABILITIES;
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Two loaders are of a kind if they are one file, or have one name, as of another glibc. */
static bool same_loader(const char *a, const char *b)
{
    if (strcmp(last_part(a), last_part(b)) == 0)
        return true;
    struct stat one, other;
    return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

/* Ours is what librlshim.so, built together with this program, fits into. */
static void judge_linking(struct program *program)
{
    const struct elf *elf = &program->elf;
    static struct elf ours;
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    bool known = fd >= 0;
    if (known) {
        elf_read(fd, &ours);
        close(fd);
    }
    if (elf->foreign || (known && elf->machine != ours.machine))
        program->reasons |= 1U << OTHER_MACHINE;
    else if (!*elf->interpreter)
        program->reasons |= 1U << STATIC;
    else if (known && *ours.interpreter && !same_loader(elf->interpreter, ours.interpreter))
        program->reasons |= 1U << OTHER_LIBC;
    if (elf->go)
        program->reasons |= 1U << GO_PROGRAM;
}

void judge(struct program *program, int fd)
{
    judge_privileges(program);
    if (program->unreadable)
        return;
    elf_read(fd, &program->elf);
    if (program->elf.damage)
        program->reasons |= 1U << DAMAGED;
    else
        judge_linking(program);
}
