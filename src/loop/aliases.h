/*
 * aliases.h - the numbers of one open file: what dup(2) made of it.
 *
 * An epoll set is one object for all its numbers, and so is a socket. A file that may have several
 * numbers has an id here, by which it is known, and which no later file has.
 */
#ifndef ALIASES_H
#define ALIASES_H

#include <stdbool.h>
#include <stdint.h>

enum { ALIASES_NUMBERS = 4 }; /* that are known of a file; more are not */

/* aliases_new - of a file with this number. 0: there is no room. */
uint32_t aliases_new(int fd);

/* aliases_add - it has another number; false: more than are known. aliases_remove - one was closed;
 * it is gone with the last. Of an id that is gone they do nothing. */
bool aliases_add(uint32_t id, int fd);
void aliases_remove(uint32_t id, int fd);

/* aliases_number - the i-th number of a file; -1: there is none there. */
int aliases_number(uint32_t id, unsigned i);

/* aliases_any - any number of a file; -1: it is gone. */
int aliases_any(uint32_t id);

/* aliases_find - the file for which is_same(number of it, fd) is true; 0: none. */
uint32_t aliases_find(int fd, bool (*is_same)(int a, int b));

/* aliases_wait, aliases_waiters - threads that wait for a set, counted. */
void aliases_wait(uint32_t id, int change);
unsigned aliases_waiters(uint32_t id);

/*
 * aliases_forked - in a child: no other thread waits, and all files are inherited. A set that is
 * shared in this way has waiters that do not know of this process's gates. aliases_used - this one
 * waits for it, too, or changes it.
 */
void aliases_forked(void);
void aliases_used(uint32_t id);

enum heritage { ITS_OWN, INHERITED, INHERITED_AND_USED };
enum heritage aliases_heritage(uint32_t id);

/* aliases_nest - this set is in another. aliases_is_nested - whether it ever was. */
void aliases_nest(uint32_t id);
bool aliases_is_nested(uint32_t id);

/* aliases_gate - something was hidden in this set. aliases_was_gated - whether it ever was. */
void aliases_gate(uint32_t id);
bool aliases_was_gated(uint32_t id);

#endif
