/* zeroes.h - memory of the shim's own. */
#ifndef ZEROES_H
#define ZEROES_H

#include <stddef.h>

/*
 * zeroes_map - so many bytes, which become memory where they are used. NULL if there is none,
 * or in a sandbox, where it may not be asked for.
 * zeroes_publish - likewise, into *place, unless another was faster; returns what is there then.
 * Both by number, from any call path: others replace mmap(3), and allocate or take locks in theirs.
 * errno is left alone.
 */
void *zeroes_map(size_t bytes);
void *zeroes_publish(void **place, size_t bytes);
void zeroes_unmap(void *memory, size_t bytes);

#endif
