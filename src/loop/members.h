/*
 * members.h - what is in an epoll set that was not seen when it was filled: by the program that
 * this process was before it called execve(2), or by another process.
 */
#ifndef MEMBERS_H
#define MEMBERS_H

#include <stdbool.h>
#include <stdint.h>

/* members_is_set - whether a number is an epoll set. False where there is no /proc to tell. */
bool members_is_set(int fd);

/* members_each - note(of, fd, events, data) for each member, as /proc/self/fdinfo has them
 * (proc(5)). For a moment that takes a descriptor. */
void members_each(int set, uint32_t of,
                  void (*note)(uint32_t of, int fd, uint32_t events, uint64_t data));

#endif
