/* errors.h - what an errno value means. */
#ifndef ERRORS_H
#define ERRORS_H

/*
 * error_words - strerror(3) of those that opening, reading and making files fails with. That one is
 * translated, and may allocate (glibc 2.41 does): but the library may be started from inside
 * malloc, which reads a file when it is called first, as jemalloc does. Static memory, which the
 * next call may write again.
 */
const char *error_words(int error);

#endif
