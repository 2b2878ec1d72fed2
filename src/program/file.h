/*
 * file.h - looking at files past libc.
 *
 * What looks at programs does so on the way to exec(3): in a vfork child, in a signal handler,
 * between fork and exec of a program with threads. libc's open(2), stat(2) and the like are what
 * others put theirs in front of, which lock, allocate, or ask a daemon (fakeroot), and some of them
 * are the shim's own. So these are system calls, by raw_call. They leave errno alone.
 */
#ifndef FILE_H
#define FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

enum {
    FD_NAME = 32,      /* bytes of a name by file_name_of_fd */
    WINDOW = 256,      /* bytes: 4 section headers */
    MOST_READS = 4096, /* of one file: no honest one needs as many */
};

/*
 * file_open - a descriptor of a path below a directory, as openat(2): close-on-exec, and without
 * waiting for a FIFO or taking a terminal. Returns a negative errno value for an error.
 * file_close - give it back.
 */
int file_open(int directory, const char *path, int flags);
void file_close(int fd);

/* file_status - as fstatat(2). Returns 0 or a positive errno value. */
int file_status(int directory, const char *path, int flags, struct stat *status);

/*
 * file_read - read from that offset, as pread(2), until it is all there or the file ends.
 * Returns how many bytes there were; 0 for an error, too.
 */
size_t file_read(int fd, uint64_t offset, void *buffer, size_t size);

/* file_executable - 0, or the positive errno value that execve(2) would give for the path. */
int file_executable(const char *path);

/* file_name_of_fd - a path that leads to the file of a descriptor, where /proc is mounted. */
void file_name_of_fd(int fd, char name[FD_NAME]);

/* A part of a file, so that not each of many small reads is a system call. */
struct window {
    int fd;
    unsigned *reads_left; /* in common with other windows of the file */
    uint64_t start;
    size_t length;
    unsigned char bytes[WINDOW];
};

/*
 * window_open - look at that file, by at most so many system calls. window_read - as file_read;
 * size: WINDOW at most.
 */
void window_open(struct window *window, int fd, unsigned *reads_left);
size_t window_read(struct window *window, uint64_t offset, void *buffer, size_t size);

#endif
