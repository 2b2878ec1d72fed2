/* next.h - functions of the libraries behind this one. */
#ifndef NEXT_H
#define NEXT_H

/*
 * next_functions - of those that are NULL, what dlsym(RTLD_NEXT, name) would return, but for ones
 * that are chosen when they are bound. They stay NULL if there are none. Allocates nothing: for
 * calls from inside malloc itself.
 */
void next_functions(const char *const *names, void **functions, int count);

#endif
