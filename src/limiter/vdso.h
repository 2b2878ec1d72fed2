/* vdso.h - functions of the library that the kernel itself maps into each process: see vdso(7). */
#ifndef VDSO_H
#define VDSO_H

/*
 * rl_vdso_find - the function of that name, NULL if there is none.
 * image: where the library begins, what getauxval(AT_SYSINFO_EHDR) says. Takes no lock, allocates
 * nothing, and asks nobody else.
 */
const void *rl_vdso_find(const char *image, const char *name);

#endif
