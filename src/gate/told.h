/*
 * told.h - how much of a stream the program knows is there to be received.
 *
 * It asks by FIONREAD, or looks by MSG_PEEK, and then expects a receive to bring all of that: the
 * kernel has it, and gives it at once. So one that blocks goes on, piece by piece, until it has it;
 * one of whom nobody asked ends with its first piece: it would be late for nothing. And one that
 * does not block is held, rather than gated, for a bit of it, such as a header that was looked at.
 *
 * Known by number, as long as that means the same.
 */
#ifndef TOLD_H
#define TOLD_H

#include <stddef.h>
#include <sys/types.h>

/* told_note - the program was told that so many bytes of what has this number are unread. From any
 * call path; nothing is noted of what no limit on receives is for. */
void told_note(int fd, ssize_t unread);

/* told_received - it got so many of them. */
void told_received(int fd, size_t bytes);

/* told_rest - how many of them it did not get yet. Another who has the socket may have. */
size_t told_rest(int fd);

#endif
