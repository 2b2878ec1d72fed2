/*
 * fd_table.h - where the entries of descriptor numbers are kept (fd.h says what they are).
 *
 * The low numbers have places from the start. For those from 2^k to 2^(k+1) - 1 a level is mapped
 * when the first of them that is open is looked at, and stays. So a look-up costs the same whatever
 * the number. A level has as many bytes as the kernel's own array of descriptors, which grows in
 * the same steps; but they are only addresses, and become memory where they are used.
 *
 * Of each group of places is known whether it ever was in use. What is done to all numbers, as by
 * close_range(3, ~0U), comes by no others, and makes no memory of them.
 */
#ifndef FD_TABLE_H
#define FD_TABLE_H

#include "fd.h"

/* fd_take_place - where to note what will be found out of a number, marked as in use: to be called
 * before one finds out. NULL if that has no place (yet). */
fd_entry *fd_take_place(int fd);

/* fd_grow - give this number, and its neighbours, a place. False if there is no memory, or the
 * number is negative. */
bool fd_grow(int fd);

/* fd_place - the place of a number; NULL if it has none, or one that was never in use. */
fd_entry *fd_place(int fd);

/* fd_each_place - for all of these numbers whose place, or a neighbour's, ever was in use. */
void fd_each_place(unsigned first, unsigned last, void (*change)(fd_entry *place));

#endif
