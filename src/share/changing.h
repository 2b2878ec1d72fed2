/*
 * changing.h - changing limits while they are in use: by their users, from outside, and by a member
 * that has read its configuration anew.
 *
 * There may be one at a time, which is not the business of rl_change: so each first takes a lease
 * of the limit, for a second, of which he needs some microseconds. Who is killed in between holds
 * up other changes for as long, and nothing else; and who is stopped just then, and for longer,
 * finds that he came too late, or, if it was while he wrote, spoils a change that another one makes
 * at the very instant when he goes on: it may be lost, with what was in the bucket.
 *
 * From any call path.
 */
#ifndef CHANGING_H
#define CHANGING_H

#include "share.h"

/*
 * changing_rate - change the rate and burst of a limit to those of `to`, whose label it gets, if
 * that is a name, or the first one, or if it has no name, but "out 1MB/s". limiter: of a line in
 * a struct shared_limit. first: the label that it had at first.
 * changing_pause - let nothing pass any more, or again.
 * They return as rl_change; or EBUSY: somebody else is at it.
 */
int changing_rate(struct rl_limiter *limiter, const char *first, const struct limit *to);
int changing_pause(struct rl_limiter *limiter, const char *first, bool pause);

#endif
