/*
 * sets.h - epoll sets: what the program put into them, and what the kernel is told.
 *
 * While a gate is closed the kernel's interest lacks its events, and when it opens has them again:
 * EPOLL_CTL_MOD polls the file anew, and so gives the edge that EPOLLET waits for (epoll(7)).
 * EPOLLONESHOT: that would arm what was disarmed, so only an interest that the program armed while
 * the gate was closed is changed. EPOLLEXCLUSIVE cannot be changed: such a descriptor is not gated.
 *
 * POLLHUP and POLLERR are told whatever the interest: sets_filter takes out of what the kernel told
 * POLLHUP, and what another thread had been told already when the gate closed.
 */
#ifndef SETS_H
#define SETS_H

#include <sys/epoll.h>

#include "watch.h"

/* sets_new - a number is a new set. */
int sets_new(int fd);

/* sets_control - epoll_ctl(2). */
int sets_control(int set, int operation, int fd, struct epoll_event *event);

/* sets_tell - the kernel's sets, what is hidden of a number now. opened: events that are to be told
 * of anew. */
void sets_tell(int fd, struct watch *watch, unsigned opened);

/* sets_differ - whether the kernel is to be told something else of a member. sets_modify - tell it;
 * false: it is in that set no more. */
bool sets_differ(const struct registration *in, uint32_t hidden);
bool sets_modify(int fd, struct registration *in, uint32_t hidden);

/* sets_pass_on - the last thread that knew of gates waits no more: tell one that still waits. */
void sets_pass_on(void);

/* sets_filter - what the kernel told of a set: take out what is hidden. Returns how many events are
 * left. */
int sets_filter_all(int set, struct epoll_event *events, int count, bool hangs_up);

/* Inline, since for most there is nothing to do. */
static inline int sets_filter(int set, struct epoll_event *events, int count)
{
    uint32_t any = 0;
    for (int i = 0; i < count; i++)
        any |= events[i].events;
    return loop_any_closed() || (any & HANGS_UP)
               ? sets_filter_all(set, events, count, any & HANGS_UP)
               : count;
}

/* sets_forked - in a child no other thread waits. */
void sets_forked(void);

/* sets_id - which set a number is (aliases.h), for one that is waited for, or changed. 0: none. */
uint32_t sets_id(int set);

/* sets_wait - a thread begins (1) to wait for a set, or has waited (-1). set -1: for others, as by
 * poll(2), which may have sets among them. */
void sets_wait(int set, int change);

#endif
