/* connect.h - an attempt to connect whose hold ended before its turn came. */
#ifndef CONNECT_H
#define CONNECT_H

#include "passage.h"

/*
 * connect_cut_short - what a connect, or a fast open, does and returns after gate_wait failed with
 * an error. After a signal (EINTR) and after SO_SNDTIMEO (EAGAIN) the kernel leaves an attempt
 * under way, which goes on by itself and which programs poll(2) for. So it is begun then, and
 * charged as a debt. Where it cannot be begun without waiting for its end (not by TCP, or
 * net.ipv4.tcp_fastopen forbids it), a connect is made as it is, and ends as the kernel says. All
 * other errors are the call's.
 */
int connect_cut_short(struct gate *gate, int error);

#endif
