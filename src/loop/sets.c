/* sets.c - see sets.h. */
#include <errno.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "aliases.h"
#include "fd.h"
#include "marks.h"
#include "members.h"
#include "raw.h"
#include "readable.h"
#include "real.h"
#include "sandbox.h"
#include "sets.h"
#include "wait.h"
#include "waiting.h"

#ifndef EPOLLEXCLUSIVE
#define EPOLLEXCLUSIVE (1u << 28)
#endif

static uint32_t other_waiters, all_waiters;

void sets_forked(void)
{
    all_waiters = other_waiters = 0;
}

static bool is_same_file(int a, int b)
{
    enum { FILE_OF = 0 }; /* KCMP_FILE, linux/kcmp.h */
    pid_t self = getpid();
    return raw_call(SYS_kcmp, self, self, FILE_OF, a, b) == 0;
}

int sets_new(int fd)
{
    if (fd < 0 || !loop_on)
        return fd;
    int saved_errno = errno;
    loop_is_asked();
    loop_opened(fd);
    struct watch *watch = watch_take(fd);
    if (watch) {
        watch->file = aliases_new(fd);
        watch->is_set = true;
    }
    errno = saved_errno;
    return fd;
}

/* By itself, or by a set or a poll(2) that it is in. */
static bool is_waited_for(uint32_t set)
{
    return aliases_waiters(set) || __atomic_load_n(&other_waiters, __ATOMIC_SEQ_CST) ||
           (aliases_is_nested(set) && __atomic_load_n(&all_waiters, __ATOMIC_SEQ_CST));
}

void sets_wait(int set, int change)
{
    if (set < 0)
        __atomic_fetch_add(&other_waiters, (uint32_t)change, __ATOMIC_SEQ_CST);
    else
        aliases_wait(sets_id(set), change);
    __atomic_fetch_add(&all_waiters, (uint32_t)change, __ATOMIC_SEQ_CST);
}

/* What the kernel is told of an interest. HUP of a descriptor that is to be silent cannot be
 * hidden, but need not be told more than once. */
static uint32_t wanted(const struct registration *in, uint32_t hidden)
{
    uint32_t events = in->events & ~hidden;
    bool once = in->quiet || (hidden & HIDDEN_ALL) == HIDDEN_ALL;
    return once && !(events & EPOLLOUT) ? events | EPOLLET : events;
}

/* False: it is in that set no more. */
bool sets_modify(int fd, struct registration *in, uint32_t hidden)
{
    struct epoll_event event = {.events = wanted(in, hidden), .data.u64 = in->data};
    int saved_errno = errno, set = aliases_any(in->set);
    __atomic_store_n(&in->hidden, hidden, __ATOMIC_RELEASE);
    bool done = set >= 0 && REAL(epoll_ctl)(set, EPOLL_CTL_MOD, fd, &event) == 0;
    errno = saved_errno;
    return done;
}

/* Whether the kernel is to be told something else. */
bool sets_differ(const struct registration *in, uint32_t hidden)
{
    bool was_silent = in->hidden == HIDDEN_ALL, is_silent = hidden == HIDDEN_ALL;
    return ((in->hidden ^ hidden) & in->events) || was_silent != is_silent;
}

/*
 * Who is waiting already has another timeout than he ought to: so when a gate closes he is woken,
 * by being told of the descriptor as if it were not gated, and finds that it is (sets_filter).
 */
static void tell_one(int fd, struct registration *in, uint32_t hidden, uint32_t opened)
{
    if (in->events & EPOLLONESHOT) {
        if (!(in->hidden & ~hidden & in->events))
            return;
    } else if (!(in->events & opened) && !(opened && in->quiet) && !sets_differ(in, hidden)) {
        return;
    } else if ((hidden & ~in->hidden) && is_waited_for(in->set)) {
        hidden = in->hidden;
    }
    if (opened)
        in->quiet = false;
    if (!sets_modify(fd, in, hidden))
        __atomic_store_n(&in->set, 0, __ATOMIC_RELEASE);
}

/* Nothing of it belongs there any more. */
static bool is_stale(int fd, unsigned bucket)
{
    const struct watch *watch = watch_find(fd);
    for (unsigned i = 0; watch && i < REGISTRATIONS; i++) {
        uint32_t set = __atomic_load_n(&watch->in[i].set, __ATOMIC_ACQUIRE);
        if (set && marks_bucket(set, watch->in[i].data) == bucket)
            return false;
    }
    return true;
}

void sets_tell(int fd, struct watch *watch, unsigned opened)
{
    uint32_t changes;
    do {
        changes = __atomic_load_n(&watch->changes, __ATOMIC_SEQ_CST);
        for (unsigned i = 0; i < REGISTRATIONS; i++) {
            struct registration *in = &watch->in[i];
            uint32_t set = __atomic_load_n(&in->set, __ATOMIC_ACQUIRE);
            if (!set || aliases_heritage(set) == INHERITED)
                continue;
            if (watch_hidden(watch)) {
                aliases_gate(set);
                marks_add(set, in->data, fd, is_stale);
            }
            tell_one(fd, in, watch_hidden(watch), opened);
        }
        opened = HIDDEN_ALL; /* whichever thread the kernel heard last, it may have been wrong */
    } while (changes != __atomic_load_n(&watch->changes, __ATOMIC_SEQ_CST));
}

/* As when a gate closes: by being told of a descriptor as if it were not gated. */
static bool pass_on(int fd)
{
    struct watch *watch = watch_find(fd);
    for (unsigned i = 0; watch && watch_hidden(watch) && i < REGISTRATIONS; i++) {
        struct registration *in = &watch->in[i];
        uint32_t set = __atomic_load_n(&in->set, __ATOMIC_ACQUIRE);
        if (set && in->hidden && is_waited_for(set))
            return sets_modify(fd, in, 0);
    }
    return false;
}

void sets_pass_on(void)
{
    if (__atomic_load_n(&all_waiters, __ATOMIC_SEQ_CST) == 0)
        return;
    for (int fd = 0; fd <= watch_highest && !pass_on(fd); fd++)
        ;
}

/* A place for a set; NULL: there are more than can be known. */
static struct registration *place_for(struct watch *watch, uint32_t set)
{
    struct registration *in = watch_registration(watch, set);
    for (unsigned i = 0; !in && i < REGISTRATIONS; i++) {
        uint32_t was = __atomic_load_n(&watch->in[i].set, __ATOMIC_ACQUIRE);
        if (!was || aliases_any(was) < 0)
            in = &watch->in[i];
    }
    return in;
}

/*
 * What the kernel is going to be told is noted before: what it tells thereupon may be another
 * thread's to filter, before this one is back. *was: what was noted there.
 */
static void note(struct registration *in, uint32_t set, const struct epoll_event *event,
                 uint32_t hidden, struct registration *was)
{
    *was = *in;
    in->data = event->data.u64;
    in->events = event->events;
    in->hidden = hidden;
    in->quiet = false;
    __atomic_store_n(&in->set, set, __ATOMIC_RELEASE);
}

static int control(int set, int operation, int fd, struct epoll_event *event, uint32_t hidden)
{
    if (!hidden)
        return REAL(epoll_ctl)(set, operation, fd, event);
    struct registration in = {.events = event->events};
    struct epoll_event told = {.events = wanted(&in, hidden), .data = event->data};
    return REAL(epoll_ctl)(set, operation, fd, &told);
}

static void forget(int set, int fd)
{
    const struct watch *of = watch_find(set);
    struct watch *watch = watch_find(fd);
    struct registration *in = of && watch ? watch_registration(watch, of->file) : NULL;
    if (in)
        __atomic_store_n(&in->set, 0, __ATOMIC_RELEASE);
}

static bool can_be_gated(int fd)
{
    enum fd_class class = fd_class(fd_look(fd));
    return class == FD_STREAM || class == FD_MESSAGE;
}

static void note_member(uint32_t set, int fd, uint32_t events, uint64_t data)
{
    struct watch *watch = can_be_gated(fd) ? watch_take(fd) : NULL;
    struct registration *in = watch ? place_for(watch, set) : NULL, was;
    const struct epoll_event event = {.events = events, .data.u64 = data};
    if (!in)
        return;
    note(in, set, &event, 0, &was);
    marks_add(set, data, fd, is_stale);
}

/* Which set a number is. One that came in an unseen way may be one that is known, if the kernel
 * tells; else it is known from now on, with what is in it. */
uint32_t sets_id(int set)
{
    struct watch *watch = watch_find(set);
    if (watch && watch->file) {
        aliases_used(watch->file);
        return watch->file;
    }
    if (in_sandbox() || !members_is_set(set) || !(watch = watch_take(set)))
        return 0;
    uint32_t file = aliases_find(set, is_same_file);
    if (file && !aliases_add(file, set))
        return file;
    watch->file = file ? file : aliases_new(set);
    watch->is_set = true;
    if (!file)
        members_each(set, watch->file, note_member);
    return watch->file;
}

static int control_gated(int set, int operation, int fd, struct epoll_event *event,
                         struct watch *watch)
{
    uint32_t id = sets_id(set), hidden = watch_hidden(watch), changes = watch->changes;
    struct registration *in = id ? place_for(watch, id) : NULL, was;
    bool exclusive = event->events & EPOLLEXCLUSIVE;
    if (exclusive || is_waited_for(id))
        hidden = 0;
    if (in)
        note(in, id, event, hidden, &was);
    if (watch_hidden(watch))
        aliases_gate(id);
    bool marked = in && marks_add(id, in->data, fd, is_stale);
    int result = control(set, operation, fd, event, hidden);
    if (result != 0 && in)
        *in = was;
    if (result != 0)
        return result;
    if (!in || exclusive || !marked)
        watch->is_crowded = true;
    if (changes != __atomic_load_n(&watch->changes, __ATOMIC_SEQ_CST))
        sets_tell(fd, watch, 0);
    return result;
}

int sets_control(int set, int operation, int fd, struct epoll_event *event)
{
    struct watch *watch = NULL;
    if (operation != EPOLL_CTL_DEL && can_be_gated(fd) && is_readable(event, sizeof *event))
        watch = watch_take(fd);
    if (watch)
        return control_gated(set, operation, fd, event, watch);
    int result = REAL(epoll_ctl)(set, operation, fd, event);
    if (operation == EPOLL_CTL_DEL && result == 0)
        forget(set, fd);
    const struct watch *inner = operation == EPOLL_CTL_ADD && result == 0 ? watch_find(fd) : NULL;
    if (inner && inner->is_set)
        aliases_nest(inner->file);
    return result;
}
