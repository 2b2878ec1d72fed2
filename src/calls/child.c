/* child.c - see child.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "fd.h"
#include "file.h"
#include "program.h"
#include "readable.h"
#include "report.h"
#include "sandbox.h"
#include "shim.h"

/* As libc finds it, whatever getenv the program has. */
static const char *path_list(void)
{
    for (char **entry = environ; entry && *entry; entry++)
        if (strncmp(*entry, "PATH=", 5) == 0)
            return *entry + 5;
    return NULL;
}

/* As the loader of the child will open it: there may be none after chroot(2), or for another user.
 */
static bool has_library(void)
{
    int fd = file_open(AT_FDCWD, inherit_library(), O_RDONLY);
    if (fd >= 0)
        file_close(fd);
    return fd != -ENOENT && fd != -ENOTDIR && fd != -EACCES;
}

/* For what a search finds, on the stack: as much as libc's own takes there in a moment. Without a
 * list it has one itself. */
static size_t room_to_search(const char *list, const char *command)
{
    size_t room = (list ? strlen(list) : sizeof "/usr/local/bin") + strlen(command) + sizeof "./";
    return room < PATH_MAX ? room : PATH_MAX;
}

__attribute__((noinline)) static bool judge(const struct child *child, struct judgement *judgement)
{
    const char *path = child->path;
    if (child->searched) {
        if (!is_readable_string(path))
            return false;
        if (!strchr(path, '/')) {
            const char *list = path_list();
            size_t room = room_to_search(list, path);
            // cppcheck-suppress allocaCalled ; see child.h
            char *found = alloca(room);
            if (program_search(list, path, found, room) != 0)
                return false;
            path = found;
        }
    }
    program_judge(child->directory, path, child->flags, judgement);
    if (!judgement->unreadable && !has_library())
        judgement->reasons |= 1U << NO_LIBRARY;
    return !judgement->unreadable || judgement->reasons; /* privileges show anyway */
}

/* False: it is refused. */
__attribute__((noinline)) static bool report(const struct child *child,
                                             const struct judgement *judgement)
{
    char is[LONGEST_WORDS];
    enum reason reason = __builtin_ctz(judgement->reasons);
    program_is(judgement, reason, is, sizeof is);
    report_escape(*child->path ? child->path : "what a descriptor has", is,
                  reason_consequence(reason));
    return shim.config.escape != ESCAPE_REFUSE;
}

/* What is no program at all is the kernel's to refuse. */
static bool can_escape(unsigned reasons)
{
    return reasons && !(reasons & 1U << DAMAGED);
}

bool child_may(struct child *child)
{
    struct judgement judgement;
    if (shim_limits_of(CALL_SEND) == NOT_READ_YET)
        shim_start();
    child->how = INHERIT_PRELOAD;
    child->is_member = child->noted = false;
    if (shim.inert || in_sandbox() || !judge(child, &judgement) || !can_escape(judgement.reasons))
        return true;
    if (program_would_complain(judgement.reasons))
        child->how = INHERIT_NO_PRELOAD;
    if (report(child, &judgement))
        return true;
    errno = EACCES;
    return false;
}

void child_execs(struct child *child)
{
    if (shim.inert || in_sandbox())
        return;
    child->is_member = getpid() == fd_owner;
    if (child->is_member)
        share_execs();
    else
        child->noted = share_child_self();
}

void child_failed(const struct child *child)
{
    if (child->is_member)
        share_exec_failed();
    else if (child->noted)
        share_leave();
}

void child_spawned(pid_t pid)
{
    if (!shim.inert && !in_sandbox())
        share_child(pid);
}
