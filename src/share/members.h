/*
 * members.h - which processes a segment has, and whether they live.
 *
 * A process is told by its number, the namespace that the number is of, and by when it became a
 * member: if the process of that number has begun later, it is another one. Any of it may be torn,
 * stale, or wrong: it decides who tells the summary, and when a file that nobody has mapped is
 * deleted, and nothing else.
 */
#ifndef MEMBERS_H
#define MEMBERS_H

#include "segment.h"

/* members_enter - note that a process of the caller's own namespace is a member now; it is noted
 * once, however often. Where there is no room, the dead give way; else it goes without. */
void members_enter(struct segment *segment, int pid);

/* members_leave - and take it away. */
void members_leave(struct segment *segment, int pid);

/* members_any - whether a process lives that is noted. Of one in another namespace that cannot be
 * told; then `unknown` is said, or true for some seconds after it was noted. If none of the
 * caller's own lives, its dead are taken away. */
bool members_any(struct segment *segment, bool unknown);

/* members_any_in - likewise of a file that is not mapped: to map it takes much longer. groups: the
 * used_groups of it. */
bool members_any_in(int fd, uint32_t groups, bool unknown);

/* members_lives - whether one does, who is noted: of one in another namespace as above. */
bool members_lives(const struct member *member, bool unknown);

/* members_namespace - which namespace numbers of processes are of, here: the inode of
 * /proc/self/ns/pid, of which 32 bits are used; 0: not known. members_is_in - it is that one, if
 * the caller has not just come into another one: to look takes longer than all else. */
uint32_t members_namespace(void);
void members_is_in(uint32_t namespace);

/* members_proc - tells the /proc that the caller sees from all others; 0: it has not the numbers of
 * the caller's own namespace, or there is none. members_agree - who saw that one was in this
 * namespace, and so the caller is, if he sees the same. */
uint64_t members_proc(void);
void members_agree(uint64_t proc, uint32_t namespace);

/* members_has_children - whether the numbers of children that the caller starts are of its own
 * namespace. In another one (unshare(2)) they know themselves by other numbers, and would never
 * take away what is noted here. It takes some microseconds. */
bool members_has_children(void);

/* members_look_anew - the caller may be in another namespace than it was: after a fork. */
void members_look_anew(void);

#endif
