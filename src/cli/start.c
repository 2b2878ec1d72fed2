/*
 * start.c - the step from the entry point (crt1.o) to main, for older C libraries.
 *
 * __libc_start_main got a new version in glibc 2.34, and what is linked there asks for it. Both are
 * one function: given no `init`, it finds the constructors by itself. An older one does not, and
 * runs none: the launcher has but one, and does without.
 */
#include "versions.h"

#ifdef OLDEST_GLIBC
typedef int main_function(int argc, char **argv, char **environment);

extern int start_of_libc(main_function *program, int argc, char **argv, main_function *init,
                         void (*fini)(void), void (*end_of_loader)(void), void *end_of_stack);
OLDEST_VERSION(start_of_libc, __libc_start_main);

/* What crt1.o calls, found here before it is in libc. */
extern int __libc_start_main(main_function *program, int argc, char **argv, main_function *init,
                             void (*fini)(void), void (*end_of_loader)(void), void *end_of_stack);

int __libc_start_main(main_function *program, int argc, char **argv, main_function *init,
                      void (*fini)(void), void (*end_of_loader)(void), void *end_of_stack)
{
    return start_of_libc(program, argc, argv, init, fini, end_of_loader, end_of_stack);
}
#endif
