/*
 * loop.h - gated descriptors: those whose calls return at once, though it is not their turn.
 *
 * A call that does not wait, and does not conform, has its place in line, and fails with EAGAIN or
 * returns a short count. Its descriptor is gated then, in that direction: until its instant no
 * readiness call tells of it (poll, select: calls/poll.c, calls/select.c; epoll: sets.h). When the
 * instant has come, whoever waits in this process opens the gate, and the program is told that the
 * descriptor is ready, as it would be by a network that had been slow.
 *
 * This room knows descriptors and instants. What an instant comes from is asked of the gate: see
 * loop_ask.
 *
 * Nothing is locked. A gate is a word, of which one thread makes another; what the kernel's sets
 * are told follows from it, and is told again should it have changed meanwhile. After any call
 * that fails here the descriptor is not gated, and its calls are held as those that wait.
 */
#ifndef LOOP_H
#define LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "rl.h"

enum gate_of {
    GATE_IN,      /* to receive, to accept */
    GATE_OUT,     /* to send */
    GATE_CONNECT, /* for a connect that has not begun: neither, and nothing else is told */
    GATES,
};

/* What is hidden while a gate is closed, as of poll(2) and epoll(7), whose bits are the same. */
enum {
    HIDDEN_IN = 0x1 | 0x40 | 0x80 | 0x2000,   /* IN, RDNORM, RDBAND, RDHUP */
    HIDDEN_OUT = 0x4 | 0x100 | 0x200,         /* OUT, WRNORM, WRBAND */
    HIDDEN_ALL = HIDDEN_IN | HIDDEN_OUT | 0x2 /* PRI */
};

/* What tells that the peer has ended. */
enum { HANGS_UP = 0x10 | 0x2000 /* HUP, RDHUP */ };

/* Whether any limit gates. Written once, before main. */
extern bool loop_on;

/* How many gates are closed, and how many of those for connects. */
extern uint32_t loop_closed_gates, loop_closed_connects;

static inline bool loop_any_closed(void)
{
    return __builtin_expect(__atomic_load_n(&loop_closed_gates, __ATOMIC_SEQ_CST) != 0, 0);
}

/*
 * Of the gate room: whether it is this gate's turn, at now_ns; it was closed until until_ns.
 * Returns 0: it is to be opened; or when to ask again. Written once, before main.
 */
extern uint64_t (*loop_ask)(int fd, enum gate_of gate, uint64_t until_ns, uint64_t now_ns);

/* Likewise: make the connect that was deferred, whose turn it is. */
extern void (*loop_connect)(int fd);

/* Likewise: whether what a descriptor receives is limited, and may be gated. */
extern bool (*loop_limits_receiving)(int fd);

/* Likewise: the number means something else. */
extern void (*loop_gone)(int fd);

/* Likewise: a number is closed whose socket may live on, and its connect is deferred. */
extern void (*loop_hasten)(int fd, bool has_other_numbers);

/* loop_asked - how often readiness was asked for while any gate was closed. loop_was_asked -
 * whether it ever was, or there was a set to be asked. */
uint32_t loop_asked(void);
extern bool loop_ever_asked;
static inline bool loop_was_asked(void)
{
    return __atomic_load_n(&loop_ever_asked, __ATOMIC_RELAXED);
}

/* loop_close - close a gate, or change until when it is. False: this descriptor can't be gated. */
bool loop_close(int fd, enum gate_of gate, uint64_t until_ns);

/* loop_open - open one, if it is closed. */
void loop_open(int fd, enum gate_of gate);
void loop_open_all(bool connects_too);

/* loop_each_closed - for each descriptor of which this gate is closed. */
void loop_each_closed(enum gate_of gate, void (*change)(int fd));

/* loop_is_closed - whether it is. */
bool loop_is_closed(int fd, enum gate_of gate);

/* loop_hidden - which events of a descriptor are. */
unsigned loop_hidden(int fd);

/*
 * loop_sees - what the program is to see of the events that the kernel told of a descriptor.
 * wanted: those that it asked for. POLLHUP without POLLIN is taken for the end, and so is a short
 * count after it or POLLRDHUP: so both are hidden while anything is unread that a limit may hold
 * back, from all who ask for POLLIN; unless there is an error. Where POLLHUP is not, receiving is
 * gated no more, and the kernel is to be asked anew: then *anew is set, and nothing is seen.
 */
unsigned loop_sees(int fd, unsigned wanted, unsigned events, bool *anew);

/* loop_hid_hangup - whether that was hidden of a descriptor, and is to be told: it was all read. */
bool loop_hid_hangup(int fd);

/* loop_tell_again - that there is something to receive, to who is told so once (EPOLLET): a call
 * that waits took less than there was. */
void loop_tell_again(int fd);

/* loop_hurry - a turn may come earlier than was expected: somebody took less, or left. */
void loop_hurry(void);

/* loop_comes_late - one that is gated has no place in line yet: to be asked in the order in which
 * they came, each time that somebody may have left his. */
void loop_comes_late(int fd, uint64_t since_ns);

/* loop_pass_time - open what is due. loop_next - when the next one is; RL_FOREVER: none. */
void loop_pass_time(uint64_t now_ns);
uint64_t loop_next(void);

/* loop_catch_up - before a readiness call that does not wait: likewise, some milliseconds late. */
void loop_catch_up(void);

/* loop_closing - a number is about to mean something else. loop_opened - it does. loop_duplicated -
 * it means the same as another. */
void loop_closing(int fd);
void loop_closing_range(unsigned first, unsigned last);
void loop_opened(int fd);
void loop_duplicated(int fd, int duplicate);

/* loop_forked - in a child that has memory of its own: its parent's gates are not its own. */
void loop_forked(void);

#endif
