/*
 * own_fd.h - a descriptor of the shim's own, in a process that is not.
 *
 * It is opened once, before main, when no other thread can see the low number that it has for a
 * moment, and then lives among the high ones. The program may close it whenever it likes
 * (closefrom, a loop over all numbers): before each use it is compared with what was opened, and
 * what now has its number is left alone.
 */
#ifndef OWN_FD_H
#define OWN_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct own_fd {
    int fd; /* -1: none */
    dev_t device;
    ino_t inode;
};

/* own_fd_open - a file, for appending; created if need be. False with errno set if it can't be. */
bool own_fd_open(struct own_fd *own, const char *path);

/* own_fd_borrow - a number of the program's, as stderr, as long as it stays what it is now. False
 * if there is nothing. */
bool own_fd_borrow(struct own_fd *own, int fd);

/* own_fd_copy - the file behind a number of the program's, even when that is closed. */
bool own_fd_copy(struct own_fd *own, int fd);

/* own_fd_is_there - it still is what was opened: to be asked before each write. */
bool own_fd_is_there(const struct own_fd *own);

/* own_fd_write - in one piece. Leaves errno alone. */
void own_fd_write(const struct own_fd *own, const void *bytes, size_t length);

/* own_fd_is_empty - nothing was ever written to that file. */
bool own_fd_is_empty(const struct own_fd *own);

#endif
