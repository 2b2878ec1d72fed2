/* seccomp.h - a process that shuts itself in, by number; by name it is prctl. See sandbox.h. */
#ifndef SECCOMP_H
#define SECCOMP_H

/* seccomp_by_number - seccomp(2), which libc has no function for. */
long seccomp_by_number(void *operation, void *flags, void *filter, void *d, void *e, void *f);

#endif
