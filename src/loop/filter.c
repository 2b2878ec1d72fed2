/* filter.c - what the kernel told of a set, and is not for the program to see. See sets.h. */
#include "aliases.h"
#include "marks.h"
#include "ready.h"
#include "sets.h"
#include "threads.h"

struct told {
    uint32_t set;
    const struct epoll_event *event;
    bool on_its_way; /* it may have been told before the kernel was told to hide it */
};

/* Whether an event can be this descriptor's: others may have been given the same data. What the
 * kernel was told to hide of it, it does not tell. */
static bool is_its(int fd, const void *of)
{
    const struct told *told = of;
    struct watch *watch = watch_find(fd);
    const struct registration *in = watch ? watch_registration(watch, told->set) : NULL;
    if (!in || in->data != told->event->data.u64)
        return false;
    if (!in->hidden && !(told->event->events & HANGS_UP) && !watch_hidden(watch))
        return false; /* nothing is to be taken out */
    uint32_t events = told->event->events, able = (in->events & ~in->hidden) | EPOLLHUP | EPOLLERR;
    return (!(events & ~able) || told->on_its_way) &&
           ((uint32_t)(unsigned short)ready_now(fd, (short)events) & events) == events;
}

/* Returns what is left of an event. */
static uint32_t filter(uint32_t set, const struct epoll_event *event)
{
    struct told told = {set, event, false};
    int fd = marks_find(set, event->data.u64, is_its, &told);
    if (fd < 0 && rl_has_threads()) {
        told.on_its_way = true;
        fd = marks_find(set, event->data.u64, is_its, &told);
    }
    struct watch *watch = fd < 0 ? NULL : watch_find(fd);
    struct registration *in = watch ? watch_registration(watch, set) : NULL;
    if (!in)
        return event->events;
    bool anew = false, once = in->events & EPOLLONESHOT;
    uint32_t changes = __atomic_load_n(&watch->changes, __ATOMIC_SEQ_CST);
    uint32_t hidden = watch_hidden(watch);
    uint32_t left = loop_sees(fd, in->events, event->events, &anew);
    if (anew)
        return 0;
    uint32_t strip = event->events & ~left;
    if (once && left) {
        in->hidden = 0; /* it is disarmed, and stays so when the gate opens */
    } else if (once && hidden && (strip & EPOLLHUP)) {
        in->hidden = hidden; /* it is disarmed, and armed again when the gate opens */
    } else if (hidden && (strip & EPOLLHUP)) {
        if (!in->quiet) {
            in->quiet = true;
            sets_modify(fd, in, hidden);
        }
    } else if (strip && (once || sets_differ(in, hidden))) {
        sets_modify(fd, in, hidden);
    }
    if (changes != __atomic_load_n(&watch->changes, __ATOMIC_SEQ_CST))
        sets_tell(fd, watch, HIDDEN_ALL); /* it may have been opened before it was hidden */
    return left;
}

int sets_filter_all(int set, struct epoll_event *events, int count, bool hangs_up)
{
    uint32_t id = sets_id(set);
    int left = 0;
    if (!hangs_up && !aliases_was_gated(id))
        return count;
    for (int i = 0; i < count; i++) {
        struct epoll_event event = events[i];
        event.events = filter(id, &event);
        if (event.events)
            events[left++] = event;
    }
    return left;
}
