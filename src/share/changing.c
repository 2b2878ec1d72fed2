/* changing.c - see changing.h. */
#include <errno.h>
#include <string.h>
#include <sys/file.h>

#include "changing.h"
#include "definition.h"
#include "system.h"

/* A file of another computer may not be locked at all. */
static bool lock(int fd)
{
    return fd < 0 || raw_call(SYS_flock, fd, LOCK_EX | LOCK_NB, 0, 0, 0) != -EWOULDBLOCK;
}

bool changing_begin(struct changing *changing, const char *file)
{
    bool free = true;
    for (int i = 0; i < LOCKS; i++) {
        const char *why;
        changing->locked[i] = i < DIRECTORIES ? directory_open(i, false, &why)
                              : file          ? sys_open(AT_FDCWD, file, O_RDONLY | O_NONBLOCK)
                                              : -1;
        free &= lock(changing->locked[i]);
    }
    if (!free)
        changing_end(changing);
    return free;
}

/* A child that was forked meanwhile has the descriptor, and with it the lock. */
void changing_end(struct changing *changing)
{
    for (int i = 0; i < LOCKS; i++) {
        if (changing->locked[i] < 0)
            continue;
        raw_call(SYS_flock, changing->locked[i], LOCK_UN, 0, 0, 0);
        sys_close(changing->locked[i]);
    }
}

static bool is_name(const char *label)
{
    return !strchr(label, ' ');
}

/* Where it is looked for once the change is made. to: NULL for the one that it has. */
static void label_next(struct rl_limiter *limiter, const char *first, const char *to)
{
    struct shared_limit *limit = (struct shared_limit *)limiter->line;
    char label[MAX_LABEL];
    rl_current(limiter); /* ends a change that was begun */
    definition_label(limit, first, label);
    if (to && (is_name(to) || !is_name(label) || strcmp(to, first) == 0))
        memcpy(label, to, MAX_LABEL);
    memcpy(limit->labels[(limit->line.generation + 1) % 2], label, MAX_LABEL);
}

int changing_rate(struct rl_limiter *limiter, const char *first, const struct limit *to)
{
    label_next(limiter, first, to->label);
    return rl_change(limiter, to->capacity, to->period_ns, to->burst);
}

void changing_pause(struct rl_limiter *limiter, const char *first, bool pause)
{
    label_next(limiter, first, NULL);
    rl_pause(limiter, pause);
}
