/*
 * asan.c - a program that is built with -fsanitize=address, and has the runtime as a library.
 *
 * The runtime ends a program in which it is not the first library, as it is not if anything is
 * preloaded, unless it is told that this is intended (verify_asan_link_order, asan_flags.inc). It
 * asks for such options by a function of this name, its own if there is no other; that of the
 * program comes before this one. Before the library itself it need not stand: what calls the real
 * functions comes to those of the runtime.
 */
#include "real.h"

EXPORT const char *__asan_default_options(void);

/* It is called before the runtime is there. */
__attribute__((no_sanitize_address)) const char *__asan_default_options(void)
{
    return "verify_asan_link_order=0";
}
