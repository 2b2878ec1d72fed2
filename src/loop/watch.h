/* watch.h - what is known of a descriptor number: its gates, and the epoll sets that it is in. */
#ifndef WATCH_H
#define WATCH_H

#include "aliases.h"
#include "loop.h"

enum { REGISTRATIONS = 4 }; /* in as many sets it can be gated */

/* As epoll_ctl(2) was told, but with some events hidden. */
struct registration {
    uint64_t data;
    uint32_t set;    /* aliases.h; 0: none */
    uint32_t events; /* as the program wants them */
    uint32_t hidden; /* of those, what the kernel was not told */
    bool quiet;      /* POLLHUP, which cannot be hidden, is told once only: EPOLLET */
};

struct watch {
    uint64_t until_ns[GATES]; /* 0: open */
    uint32_t changes;         /* of gates, counted */
    uint32_t file;            /* aliases.h; 0: it has no other number, and is no set */
    bool was_closed;          /* any gate was */
    bool hid_hangup;          /* nor was HANGS_UP told, since something was unread */
    bool is_set;              /* an epoll set */
    bool is_crowded;          /* in more sets than are known, or in one where it can't be hidden */
    struct registration in[REGISTRATIONS];
};

/* watch_find - of a number; NULL: nothing is. watch_take - NULL: there is no memory. */
struct watch *watch_find(int fd);
struct watch *watch_take(int fd);

/* watch_numbers - those that are known of a file, this one first. Returns how many there are. */
unsigned watch_numbers(int fd, int numbers[1 + ALIASES_NUMBERS]);

/* The highest number that ever was watched. */
extern int watch_highest;

/*
 * A gate is one of the socket, of all its numbers; those that it was not closed by have no instant
 * of their own. watch_set_until - returns whether it was another before: closed, or open.
 */
#define WATCH_FOLLOWS_NS RL_FOREVER
static inline uint64_t watch_until(const struct watch *watch, enum gate_of gate)
{
    return __atomic_load_n(&watch->until_ns[gate], __ATOMIC_SEQ_CST);
}
bool watch_set_until(int fd, struct watch *watch, enum gate_of gate, uint64_t until_ns);

/* watch_registration - of a set; NULL: it is not in there. */
struct registration *watch_registration(struct watch *watch, uint32_t set);

/* watch_hidden - which events are hidden. */
unsigned watch_hidden(const struct watch *watch);

#endif
