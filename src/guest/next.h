/* next.h - a function of a library behind this one. */
#ifndef NEXT_H
#define NEXT_H

/*
 * next_function - what dlsym(RTLD_NEXT, name) would return, but for functions that are chosen when
 * they are bound. NULL: not found here. Allocates nothing: for calls from inside malloc itself.
 */
void *next_function(const char *name);

#endif
