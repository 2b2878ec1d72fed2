/*
 * marks.h - whose event it is: epoll_wait(2) tells only the data that the program gave.
 *
 * Of descriptors that were gated, a place by set and data. What is found is to be looked at: it may
 * have been so once.
 */
#ifndef MARKS_H
#define MARKS_H

#include <stdbool.h>
#include <stdint.h>

/* marks_bucket - where a set and data belong. marks_add - note it there. is_stale: whether one that
 * is noted there may be overwritten. False: there is no room. */
unsigned marks_bucket(uint32_t set, uint64_t data);
bool marks_add(uint32_t set, uint64_t data, int fd, bool (*is_stale)(int fd, unsigned bucket));

/* marks_find - the first descriptor for which fits(it, of) is true; -1: none. */
int marks_find(uint32_t set, uint64_t data, bool (*fits)(int fd, const void *of), const void *of);

#endif
