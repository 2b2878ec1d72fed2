/*
 * real.h - the functions behind the intercepted ones: whatever comes next after this library, libc
 * or another preload.
 *
 * REAL(name)(arguments) calls it. All are looked up when the library starts; a call that comes
 * earlier, or meanwhile, looks its own up, without a lock and as often as need be.
 */
#ifndef REAL_H
#define REAL_H

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include <wordexp.h>

/* musl: names of old binaries, that its headers make macros. */
#undef sendfile64
#undef fcntl64
#undef preadv64v2
#undef pwritev64v2
#undef freopen64

/* musl has the flags unsigned, as the kernel, and the request signed, as POSIX. */
#ifdef __GLIBC__
typedef int mmsg_flags;
typedef unsigned long ioctl_request;
#else
typedef unsigned mmsg_flags;
typedef int ioctl_request;
#endif

/* Newer than some C libraries. */
extern ssize_t preadv2(int fd, const struct iovec *iov, int count, off_t offset, int flags);
extern ssize_t pwritev2(int fd, const struct iovec *iov, int count, off_t offset, int flags);
extern ssize_t sendfile64(int out, int in, off64_t *offset, size_t length);
extern int close_range(unsigned first, unsigned last, int flags);
extern void closefrom(int first);
extern int pidfd_getfd(int pidfd, int fd, unsigned flags);
extern pid_t _Fork(void);
extern int execveat(int fd, const char *path, char *const argv[], char *const envp[], int flags);
extern int pidfd_spawn(int *pidfd, const char *path, const posix_spawn_file_actions_t *actions,
                       const posix_spawnattr_t *attributes, char *const argv[], char *const envp[]);
extern int pidfd_spawnp(int *pidfd, const char *file, const posix_spawn_file_actions_t *actions,
                        const posix_spawnattr_t *attributes, char *const argv[],
                        char *const envp[]);
extern int epoll_pwait2(int set, struct epoll_event *events, int most,
                        const struct timespec *timeout, const sigset_t *mask);
/* In no header: what the headers make of recv and so on with _FORTIFY_SOURCE. */
extern int __poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t room);
extern int __ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
                       const sigset_t *mask, size_t room);
extern ssize_t __recv_chk(int fd, void *bytes, size_t length, size_t room, int flags);
extern ssize_t __recvfrom_chk(int fd, void *bytes, size_t length, size_t room, int flags,
                              struct sockaddr *from, socklen_t *from_length);
extern int __dprintf_chk(int fd, int flag, const char *format, ...);
extern int __vdprintf_chk(int fd, int flag, const char *format, va_list arguments);
extern ssize_t __read_chk(int fd, void *bytes, size_t length, size_t room);

#define EXPORT __attribute__((visibility("default")))

/* The intercepted functions, and nothing else, are exported. */
#define CALL(name)         EXPORT extern __typeof__(name) name;
#define ALIAS(alias, name) EXPORT extern __typeof__(name) alias;
#include "calls.def"
#undef CALL
#undef ALIAS

/* In the file that defines `name`: the same function under its other name. */
#if __has_attribute(copy)
#define ALIAS_OF(other, name)                                                                      \
    extern __typeof__(name) other __attribute__((alias(#name), copy(name)))
#else
#define ALIAS_OF(other, name) extern __typeof__(name) other __attribute__((alias(#name)))
#endif

enum real {
#define CALL(name) REAL_##name,
#define ALIAS(alias, name)
#include "calls.def"
#undef CALL
#undef ALIAS
    REAL_CALLS
};

extern void *real_functions[REAL_CALLS];

/* real_find - look a function up and remember it. One that does not exist fails with ENOSYS. */
void *real_find(enum real call);

/* real_find_all - from the constructor: looking up is not for signal handlers, the calls are. */
void real_find_all(void);

static inline void *real_function(enum real call)
{
    void *function = __atomic_load_n(&real_functions[call], __ATOMIC_RELAXED);
    return __builtin_expect(function != NULL, 1) ? function : real_find(call);
}

/* Then it is no cancellation point. */
extern bool real_lacks_epoll_pwait2;

#define REAL(name) ((__typeof__(name) *)real_function(REAL_##name))

#endif
