/*
 * own_stack.h - work that needs more of a stack than a call may take of a stranger's.
 *
 * A program may call from any stack, of two kilobytes maybe (sigaltstack(2), coroutines). What is
 * done once in a second or less, and needs more, is done on a stack of the library's own.
 */
#ifndef OWN_STACK_H
#define OWN_STACK_H

#include <stdbool.h>
#include <stdint.h>

enum { OWN_STACK = 32768 };

/*
 * own_stack_run - work(argument), which is no cancellation point, on that stack; on x86-64 and
 * aarch64, on others nothing is done. No signal comes meanwhile, and errno is left alone. False:
 * another thread is at it, or the same one, and nothing was done. Not in a child of vfork(2):
 * should it be killed meanwhile, the parent would be at it for ever. own_stack_forked - in a child,
 * where no other thread is.
 */
bool own_stack_run(void (*work)(uint64_t argument), uint64_t argument);
void own_stack_forked(void);

/*
 * own_stack_run_on - the same on a stack that ends at `top`, 16 bytes aligned, and which nobody
 * else is at: then no thread is sent away.
 */
void own_stack_run_on(char *top, void (*work)(uint64_t argument), uint64_t argument);

#endif
