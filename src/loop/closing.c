/* closing.c - numbers that are closed, opened, duplicated; and a process that was. See loop.h. */
#include <unistd.h>

#include "aliases.h"
#include "fd.h"
#include "sets.h"
#include "waiting.h"
#include "watch.h"

void (*loop_gone)(int fd);
void (*loop_hasten)(int fd, bool has_other_numbers);

static bool is_registered(const struct watch *watch)
{
    for (unsigned i = 0; i < REGISTRATIONS; i++)
        if (__atomic_load_n(&watch->in[i].set, __ATOMIC_ACQUIRE))
            return true;
    return false;
}

static bool is_empty(const struct watch *watch)
{
    bool empty = !watch->file && !watch->is_crowded && !watch->was_closed && !watch->hid_hangup;
    for (enum gate_of gate = 0; gate < GATES; gate++)
        empty &= !watch_until(watch, gate);
    return empty && !is_registered(watch);
}

/* NULL: there is nothing to be forgotten; or it is the parent's, of a vfork child. */
static struct watch *to_be_forgotten(int fd)
{
    struct watch *watch = watch_find(fd);
    return watch && !is_empty(watch) && getpid() == fd_owner ? watch : NULL;
}

/* A set tells of a file as long as it has any number, though what it tells can be changed no more
 * when that which was registered is closed (epoll(7)). */
static void crowd_others(int fd, const struct watch *watch)
{
    for (unsigned i = 0; i < ALIASES_NUMBERS; i++) {
        int number = aliases_number(watch->file, i);
        struct watch *other = number >= 0 && number != fd ? watch_find(number) : NULL;
        if (other)
            other->is_crowded = true;
    }
}

static void forget(int fd, struct watch *watch)
{
    if (watch->file && !watch->is_set && (is_registered(watch) || watch->is_crowded))
        crowd_others(fd, watch);
    for (enum gate_of gate = 0; gate < GATES; gate++)
        watch_set_until(fd, watch, gate, 0);
    if (watch->file)
        aliases_remove(watch->file, fd);
    watch->file = 0;
    watch->is_set = watch->is_crowded = watch->was_closed = watch->hid_hangup = false;
    loop_gone(fd);
    for (unsigned i = 0; i < REGISTRATIONS; i++)
        __atomic_store_n(&watch->in[i].set, 0, __ATOMIC_RELEASE);
}

/* While it still has the number: on a closed one epoll_ctl(2) could change nothing. */
void loop_closing(int fd)
{
    struct watch *watch = to_be_forgotten(fd);
    if (!watch)
        return;
    if (watch_until(watch, GATE_CONNECT))
        loop_hasten(fd, watch->file);
    for (enum gate_of gate = 0; gate < GATES; gate++)
        loop_open(fd, gate);
    forget(fd, watch);
}

void loop_closing_range(unsigned first, unsigned last)
{
    unsigned most = (unsigned)__atomic_load_n(&watch_highest, __ATOMIC_RELAXED);
    for (unsigned fd = first; fd <= last && fd <= most; fd++)
        loop_closing((int)fd);
}

/* It was closed unseen, then: what followed it is open as well. */
void loop_opened(int fd)
{
    struct watch *watch = to_be_forgotten(fd);
    if (!watch)
        return;
    for (enum gate_of gate = 0; gate < GATES; gate++)
        loop_open(fd, gate);
    forget(fd, watch);
}

void loop_duplicated(int fd, int duplicate)
{
    struct watch *watch = watch_find(fd);
    enum fd_class class = fd_class(fd_look(fd));
    if ((!(watch && watch->is_set) && class != FD_STREAM && class != FD_MESSAGE) ||
        getpid() != fd_owner)
        return;
    struct watch *other = watch_take(duplicate);
    watch = watch_take(fd);
    if (!watch || !other)
        return;
    if (!watch->file)
        watch->file = aliases_new(fd);
    if (!aliases_add(watch->file, duplicate)) { /* nobody could gate them all */
        watch->is_crowded = other->is_crowded = true;
        crowd_others(fd, watch);
        return;
    }
    other->file = watch->file;
    other->is_set = watch->is_set;
    for (enum gate_of gate = 0; gate < GATES; gate++) {
        if (watch_until(watch, gate))
            watch_set_until(duplicate, other, gate, WATCH_FOLLOWS_NS);
        if (!watch_until(watch, gate)) /* it was opened meanwhile */
            watch_set_until(duplicate, other, gate, 0);
    }
}

/* What the kernel's sets are told is the parent's to say, who opened all gates before, if it could.
 */
void loop_forked(void)
{
    for (int fd = 0; loop_any_closed() && fd <= watch_highest; fd++) {
        struct watch *watch = watch_find(fd);
        for (enum gate_of gate = 0; watch && gate < GATES; gate++)
            watch_set_until(fd, watch, gate, 0);
    }
    aliases_forked();
    sets_forked();
    loop_waiting_forked();
}
