/*
 * talk.h - what is said on connections, for the limits that count requests and tokens.
 *
 * A record a descriptor number (numbers.h): how far the HTTP on it has come, what the next bytes
 * are due, and what was charged for what has not been answered yet. Two sources tell it of plain
 * bytes: the gate, of what goes over a socket as it is; and the functions of a TLS library, of what
 * is about to be encrypted, or was decrypted (calls/openssl.c, calls/gnutls.c). Those find
 * the descriptor by the random of the ClientHello that began it, which was seen on the socket.
 *
 * What is due is charged where the bytes meet the socket: a program that encrypts first, and sends
 * later, is held there as well, before the first byte.
 *
 * From any call path: it allocates nothing, and leaves errno alone. Where two threads are at one
 * connection at once, the second waits for the microseconds that the first one reads.
 */
#ifndef TALK_H
#define TALK_H

#include <sys/uio.h>

#include "config.h"
#include "span.h"

/* The limits that read what is said, a bit each; 0: nothing here is ever called. */
extern uint16_t talk_limits;

/* Plaintext of TLS. */

/*
 * talk_of_tls - the descriptor of the connection whose TLS began with this random, -1: none that is
 * known, or that is of any interest; then all of the following may be left out.
 *
 * talk_writes - the program offers these bytes to be encrypted, those first that were offered before
 * and not taken: to be called before they are. talk_wrote - so many were taken.
 * talk_reads - these were decrypted. None: the peer has closed.
 */
enum { TALK_RANDOM = 32 };
int talk_of_tls(const unsigned char random[TALK_RANDOM]);
void talk_writes(int fd, const void *bytes, size_t length);
void talk_wrote(int fd, size_t length);
void talk_reads(int fd, const void *bytes, size_t length);

#endif
