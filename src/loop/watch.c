/* watch.c - what is known of descriptor numbers, and what is hidden of them. See loop.h. */
#include <poll.h>

#include "aliases.h"
#include "numbers.h"
#include "ready.h"
#include "sandbox.h"
#include "watch.h"

bool loop_on;
uint32_t loop_closed_gates, loop_closed_connects;
bool (*loop_limits_receiving)(int fd);

static struct numbers watches = {.size = sizeof(struct watch)};
int watch_highest;

struct watch *watch_find(int fd)
{
    return numbers_find(&watches, fd);
}

struct watch *watch_take(int fd)
{
    struct watch *watch = numbers_take(&watches, fd);
    int most = __atomic_load_n(&watch_highest, __ATOMIC_RELAXED);
    while (watch && fd > most &&
           !__atomic_compare_exchange_n(&watch_highest, &most, fd, false, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED))
        ;
    return watch;
}

unsigned watch_hidden(const struct watch *watch)
{
    if (watch_until(watch, GATE_CONNECT))
        return HIDDEN_ALL;
    return (watch_until(watch, GATE_IN) ? HIDDEN_IN : 0) |
           (watch_until(watch, GATE_OUT) ? HIDDEN_OUT : 0);
}

unsigned loop_hidden(int fd)
{
    const struct watch *watch = watch_find(fd);
    return watch ? watch_hidden(watch) : 0;
}

bool loop_is_closed(int fd, enum gate_of gate)
{
    const struct watch *watch = watch_find(fd);
    return watch && watch_until(watch, gate);
}

/* Returns whether the hangup is hidden. */
static bool hide_hangup(int fd, unsigned wanted, unsigned hidden)
{
    if (!((hidden | wanted) & POLLIN) || !loop_limits_receiving(fd) || !unread_now(fd))
        return false;
    struct watch *watch = watch_take(fd);
    if (watch)
        watch->hid_hangup = true;
    return watch;
}

unsigned loop_sees(int fd, unsigned wanted, unsigned events, bool *anew)
{
    unsigned hidden = loop_hidden(fd);
    if (hidden == HIDDEN_ALL)
        return 0;
    if ((events & HANGS_UP) && !(events & POLLERR) && hide_hangup(fd, wanted, hidden)) {
        events &= ~(unsigned)HANGS_UP;
    } else if ((events & POLLHUP) && (hidden & POLLIN)) {
        loop_open(fd, GATE_IN);
        *anew = true;
        return 0;
    }
    return events & ~hidden;
}

unsigned watch_numbers(int fd, int numbers[1 + ALIASES_NUMBERS])
{
    const struct watch *watch = watch_find(fd);
    unsigned count = 0;
    numbers[count++] = fd;
    for (unsigned i = 0; watch && watch->file && i < ALIASES_NUMBERS; i++) {
        int number = aliases_number(watch->file, i);
        if (number >= 0 && number != fd)
            numbers[count++] = number;
    }
    return count;
}

/* Who waits by one number may receive by another. */
bool loop_hid_hangup(int fd)
{
    int numbers[1 + ALIASES_NUMBERS];
    unsigned count = watch_numbers(fd, numbers);
    bool hid = false, is_first = false;
    for (unsigned i = 0; i < count; i++) {
        const struct watch *watch = watch_find(numbers[i]);
        hid |= watch && watch->hid_hangup;
    }
    if (!hid || in_sandbox() || unread_now(fd))
        return false;
    for (unsigned i = 0; i < count; i++) {
        struct watch *watch = watch_find(numbers[i]);
        is_first |= watch && __atomic_exchange_n(&watch->hid_hangup, false, __ATOMIC_RELAXED);
    }
    return is_first;
}

void loop_each_closed(enum gate_of gate, void (*change)(int fd))
{
    for (int fd = 0; loop_any_closed() && fd <= __atomic_load_n(&watch_highest, __ATOMIC_RELAXED);
         fd++)
        if (loop_is_closed(fd, gate))
            change(fd);
}

struct registration *watch_registration(struct watch *watch, uint32_t set)
{
    for (unsigned i = 0; set && i < REGISTRATIONS; i++)
        if (__atomic_load_n(&watch->in[i].set, __ATOMIC_ACQUIRE) == set)
            return &watch->in[i];
    return NULL;
}
