/*
 * deleted.c - whether a segment that has no name any more is still in use.
 *
 * A directory of memory may be emptied while processes live: by logind when the user logs out
 * (RemoveIPC, logind.conf(5)), or by hand. They go on with what they have mapped; who comes then
 * begins a second limit of the same name, and should say so.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "directory.h"
#include "place.h"
#include "system.h"

/* Whether a line of /proc/PID/maps ends in that (proc_pid_maps(5)). */
static bool maps_have(int maps, const char *text)
{
    char bytes[2048];
    size_t kept = 0, length = strlen(text);
    long got;
    while ((got = sys_read(maps, bytes + kept, sizeof bytes - kept)) > 0) {
        size_t filled = kept + (size_t)got;
        if (memmem(bytes, filled, text, length))
            return true;
        kept = filled < length ? filled : length;
        memmove(bytes, bytes + filled - kept, kept);
    }
    return false;
}

static bool process_has(int proc, const char *pid, const char *text)
{
    int directory = sys_open(proc, pid, O_RDONLY | O_DIRECTORY);
    if (directory < 0)
        return false;
    int maps = sys_open(directory, "maps", O_RDONLY);
    bool has = maps >= 0 && maps_have(maps, text);
    if (maps >= 0)
        sys_close(maps);
    sys_close(directory);
    return has;
}

struct search {
    char text[128];
    bool found;
};

static void look_at(int proc, const char *name, void *argument)
{
    struct search *search = argument;
    if (!search->found && name[0] >= '1' && name[0] <= '9')
        search->found = process_has(proc, name, search->text);
}

bool place_has_deleted(const char *name)
{
    bool found = false;
    for (int i = 0; i < DIRECTORIES && !found; i++) {
        struct search search = {.found = false};
        snprintf(search.text, sizeof search.text, "%s/%s (deleted)\n", directory_path(i), name);
        int proc = sys_open(AT_FDCWD, "/proc", O_RDONLY | O_DIRECTORY);
        if (proc < 0)
            return false;
        directory_each(proc, look_at, &search);
        sys_close(proc);
        found = search.found;
    }
    return found;
}
