/*
 * guest.h - the rules of a library that lives in a stranger's process.
 *
 * For everything on a call path, since a call may come from a signal handler, a vfork child, a
 * thread being cancelled, before the constructor, after the destructor, on a small stack:
 *   no lock, no allocation, no stdio, no thread-local variable but errno;
 *   errno is the kernel's on failure, and untouched on success;
 *   at most 1 KiB of stack from the intercepted function down to the real one; a quarter more where
 *   a readiness call makes a connect that was deferred, and a trace is written, and where a request
 *   is sent that a limit reads;
 *   nothing of the program's is changed: descriptor flags, handlers; nor the signal mask, but for
 *   the time between two pieces of a call, and, while a gate is closed, between two parts of a
 *   readiness call; nor an epoll set, but that it lacks what is hidden while a gate is closed.
 */
#ifndef GUEST_H
#define GUEST_H

/*
 * Of a large array, of which little is used: it stands behind all that is small, as the linker has
 * it for such symbols. So the rest shares a few pages, each of which delays the start of a process
 * when it is touched first. It cannot be static then.
 */
#define SPARSE __attribute__((common))

#if __SIZEOF_LONG__ != 8
#error "for 64-bit systems only: off_t and time_t have two names each on others"
#endif

#endif
