/*
 * told.h - how much of a stream the program knows is there to be received.
 *
 * It asks by FIONREAD, or looks by MSG_PEEK, and then expects a receive that blocks to bring all of
 * that: the kernel has it, and gives it at once. So such a receive goes on, piece by piece, until
 * it has it. One of whom nobody asked ends with its first piece: it would be late for nothing.
 *
 * Who receives without waiting, and has asked, as libevent does each time, takes what there is. But
 * who has looked at a header may take just that, and be lost with less: for a bit of what was
 * looked at he is held, rather than gated.
 *
 * Known by number, as long as that means the same.
 */
#ifndef TOLD_H
#define TOLD_H

#include <stdbool.h>
#include <sys/types.h>

/* told_note - the program was told that so many bytes of what has this number are unread; or has
 * looked at them. From any call path; nothing is noted of what no limit on receives is for. */
void told_note(int fd, ssize_t unread, bool looked);

/* told_received - it got so many of them. */
void told_received(int fd, size_t bytes);

/* told_of_more - whether it knows of some that it did not get yet. Another who has the socket may
 * have. */
bool told_of_more(int fd);

/* told_looked_at - whether it has looked, and knows of at least so many. */
bool told_looked_at(int fd, size_t bytes);

#endif
