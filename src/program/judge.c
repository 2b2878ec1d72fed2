/*
 * judge.c - whether LD_PRELOAD reaches a program, and librlshim.so its network calls.
 *
 * It does not reach a program without our dynamic loader, nor one whose loader runs in secure
 * mode (ld.so(8), AT_SECURE in getauxval(3)); and it does not help with one that makes its system
 * calls itself.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>

#include "file.h"
#include "loader.h"
#include "privileges.h"
#include "program.h"

/* The header of this very library or program, by the linker: it tells what machine it is for. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

/* How often one script may be the interpreter of another: the kernel gives up after 5. */
enum { MOST_LEVELS = 6 };

/*
 * A loader that is run itself has no other one. That of musl does not tell, but has a name. (path
 * is not that of a descriptor, which would be empty.)
 */
static bool is_our_loader(struct elf *elf, const char *path)
{
    if (*elf->interpreter)
        return loader_is_ours(elf->interpreter);
    bool ours = loader_is_ours(path);
    elf->loader = ours || loader_by_name(path);
    if (elf->loader)
        strncpy(elf->interpreter, last_part(path), sizeof elf->interpreter - 1);
    return ours;
}

static void judge_linking(struct judgement *judgement, const char *path)
{
    struct elf *elf = &judgement->elf;
    bool fits = !elf->foreign && elf->machine == __ehdr_start.e_machine;
    bool ours = fits && is_our_loader(elf, path);
    if (!fits)
        judgement->reasons |= 1U << OTHER_MACHINE;
    else if (!*elf->interpreter)
        judgement->reasons |= 1U << STATIC;
    else if (!ours)
        judgement->reasons |= 1U << OTHER_LIBC;
    if (elf->go)
        judgement->reasons |= 1U << GO_PROGRAM;
}

static void judge_program(struct judgement *judgement, const char *path, int fd)
{
    elf_read(fd, &judgement->elf);
    if (judgement->elf.damage)
        judgement->reasons |= 1U << DAMAGED;
    else
        judge_linking(judgement, path);
}

/* A descriptor to read the program from, or at least one that stands for it, or -1. */
static int open_program(int directory, const char *path, int flags)
{
    int follow = flags & AT_SYMLINK_NOFOLLOW ? O_NOFOLLOW : 0;
    int fd = file_open(directory, path, O_RDONLY | follow);
    return fd >= 0 ? fd : file_open(directory, path, O_PATH | follow);
}

/* The one that is given by its own descriptor, which may be O_PATH; -1 where /proc is missing. */
static int open_again(int fd)
{
    char name[FD_NAME];
    file_name_of_fd(fd, name);
    return file_open(AT_FDCWD, name, O_RDONLY);
}

/* Judge what an fd stands for. Returns whether it is a script, which is read then. */
static bool look_at(int fd, const char *path, const struct stat *status,
                    struct judgement *judgement, struct script *script)
{
    char magic[SELFMAG]; /* not yet into the script, where the path may lie */
    judge_privileges(judgement, status, fd);
    bool whole = file_read(fd, 0, magic, sizeof magic) == sizeof magic;
    judgement->unreadable = fd < 0 || (!whole && status->st_size >= SELFMAG);
    if (judgement->unreadable)
        return false;
    if (whole && memcmp(magic, ELFMAG, SELFMAG) == 0) {
        judge_program(judgement, path, fd);
        return false;
    }
    script_read(script, file_read(fd, 0, script->head, SCRIPT_HEAD));
    return true;
}

bool program_look(int directory, const char *path, int flags, struct judgement *judgement,
                  struct script *script)
{
    struct stat status;
    *judgement = (struct judgement){.unreadable = true};
    /* The kernel takes no NULL for a program, though some do for a status. */
    if (!path || file_status(directory, path, flags, &status) || !S_ISREG(status.st_mode) ||
        !(status.st_mode & 0111))
        return false;
    bool itself = flags & AT_EMPTY_PATH && !*path;
    int fd = itself ? open_again(directory) : open_program(directory, path, flags);
    bool is_script = look_at(itself && fd < 0 ? directory : fd, path, &status, judgement, script);
    if (fd >= 0)
        file_close(fd);
    else if (judgement->unreadable && (fd == -EMFILE || fd == -ENFILE))
        judgement->reasons |= 1U << NO_DESCRIPTOR;
    return is_script;
}

void program_judge(int directory, const char *path, int flags, struct judgement *judgement)
{
    struct script script;
    bool goes_on = program_look(directory, path, flags, judgement, &script);
    for (int level = 1; goes_on && level < MOST_LEVELS; level++)
        goes_on = program_look(AT_FDCWD, script.interpreter, 0, judgement, &script);
    judgement->unreadable = judgement->unreadable || goes_on;
}
