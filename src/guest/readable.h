/* readable.h - what a call points at, before the shim looks at it. */
#ifndef READABLE_H
#define READABLE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * is_readable - whether this memory can be read: if not, the call is the kernel's to fail with
 * EFAULT, where looking would end the program. The kernel is asked once for each page: one that was
 * readable, and is not any more, is taken to be. errno is left alone.
 */
bool is_readable(const void *bytes, size_t length);

/* is_readable_string - likewise, up to its end. */
bool is_readable_string(const char *string);

#endif
