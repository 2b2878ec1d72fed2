/*
 * changing.h - changing limits while they are in use: by their users, from outside, and by a member
 * that has read its configuration anew.
 *
 * What happens in between is the business of rl_change: who changes a limit may be killed at any
 * instruction. But there may be one at a time; so each has the directories of segments locked
 * (flock(2)), which ends with him. Signal and thread safety as of system calls.
 */
#ifndef CHANGING_H
#define CHANGING_H

#include "directory.h"
#include "share.h"

enum { LOCKS = DIRECTORIES + 1 };
struct changing {
    int locked[LOCKS]; /* descriptors; negative: none */
};

/* changing_begin - false: somebody else is at it, or was stopped while he was. file: NULL, or one
 * that those know who share limits without a segment's file. changing_end. */
bool changing_begin(struct changing *changing, const char *file);
void changing_end(struct changing *changing);

/*
 * changing_rate - change the rate and burst of a limit to those of `to`, whose label it gets, if
 * that is a name, or the first one, or if it has no name, but "out 1MB/s". limiter: of a line in
 * a struct shared_limit. first: the label that it had at first. Returns as rl_change.
 * changing_pause - let nothing pass any more, or again.
 */
int changing_rate(struct rl_limiter *limiter, const char *first, const struct limit *to);
void changing_pause(struct rl_limiter *limiter, const char *first, bool pause);

#endif
