/*
 * versions.h - functions of glibc in the version that they have had from the beginning.
 *
 * What is linked with a newer glibc refers to the newest version of each function, and does not
 * load where that is missing. In 2.34 whatever moved from other libraries into libc got a new
 * version, and stayed the same.
 */
#ifndef VERSIONS_H
#define VERSIONS_H

#include <features.h>

/* The version of all that glibc had when it came to an architecture. For what is built before 2.34
 * there is no other, and of what has not moved into libc none at all. */
#if defined __GLIBC__ && defined __GLIBC_PREREQ
#if __GLIBC_PREREQ(2, 34) && defined __x86_64__ && defined __LP64__
#define OLDEST_GLIBC "GLIBC_2.2.5"
#elif __GLIBC_PREREQ(2, 34) && defined __aarch64__
#define OLDEST_GLIBC "GLIBC_2.17"
#endif
#endif

/* OLDEST_VERSION - makes `declared`, an external function, that version of `name`; both may be one.
 * Where there is but one version, they are to be one. */
#ifdef OLDEST_GLIBC
#define OLDEST_VERSION(declared, name) __asm__(".symver " #declared ", " #name "@" OLDEST_GLIBC)
#else
#define OLDEST_VERSION(declared, name) _Static_assert(1, "there is one version")
#endif

#endif
