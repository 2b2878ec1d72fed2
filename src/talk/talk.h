/*
 * talk.h - what is said on connections, for the limits that count requests and tokens.
 *
 * A record a descriptor number (record.h): how far the HTTP on it has come, what the next bytes are
 * due, and what was charged for what has not been answered yet. Two sources tell it of plain bytes:
 * the gate, of what goes over a socket as it is; and the functions of a TLS library, of what is
 * about to be encrypted, or was decrypted. Those find the descriptor by the random of the
 * ClientHello that began it, which was seen on the socket.
 *
 * What is due is charged where the bytes meet the socket: a program that encrypts first, and sends
 * later, is held there as well, before the first byte.
 *
 * From any call path: it allocates nothing, and leaves errno alone. Where two threads are at one
 * connection at once, the second waits for the microseconds that the first one reads. Takes some
 * 600 bytes of stack.
 */
#ifndef TALK_H
#define TALK_H

#include <sys/uio.h>

#include "shim.h"

/* The limits that read what is said, a bit each; 0: nothing here needs to be called. */
extern uint16_t talk_limits;

/* talk_start - the limits are known. talk_forks - the process does, or has: from then on another
 * one may have what is outstanding. */
void talk_start(void);
void talk_forks(void);

/*
 * At the socket:
 *
 * talk_offers - these bytes are about to be sent, those first that were offered before and that the
 * kernel did not take. limits: of talk_limits, those that apply to the connection.
 * talk_offers_unseen - likewise so many bytes that are not the program's to show, or a message.
 * talk_due - what a limit is to grant before they go. talk_closed_until - and when the host that
 * they ask takes requests again, as far as the limit was told, ns of rl_now; 0, or past: it does.
 * talk_held - they are held for that, from now on, if not before; 0: no more, though they did not
 * go. talk_held_since - since when; RL_FOREVER: they are not.
 * talk_is_refused - they are not to go, ever, since they cannot be read (RL_ESCAPE).
 * talk_departed - so many of them went, and what was due was taken, by these claims.
 * talk_heard - these were received; talk_ended - all was: the peer has closed.
 * talk_closing - the number is about to mean something else.
 */
void talk_offers(int fd, unsigned limits, const struct iovec *parts, size_t count);
void talk_offers_unseen(int fd, unsigned limits, size_t length);
uint64_t talk_due(int fd, unsigned limit);
uint64_t talk_closed_until(int fd, unsigned limit, uint64_t now_ns);
void talk_held(int fd, uint64_t now_ns);
uint64_t talk_held_since(int fd);
bool talk_is_refused(int fd);
void talk_departed(int fd, size_t length, const struct rl_claim *claims, unsigned count);
void talk_heard(int fd, const void *bytes, size_t length);
void talk_ended(int fd);
void talk_closing(int fd);

/*
 * At a TLS library:
 *
 * talk_of_tls - the descriptor of the connection whose TLS began with this random, -1: none that is
 * known, or of any interest; then all of the following may be left out.
 * talk_shakes_hands - what is sent next is of TLS itself, for long it may be.
 * talk_writes - the program offers these bytes to be encrypted, those first that were offered
 * before and not taken: to be called before they are. talk_wrote - so many were taken. talk_reads -
 * these were decrypted. None: the peer has closed.
 */
enum { TALK_RANDOM = 32 };
int talk_of_tls(const unsigned char random[TALK_RANDOM]);
void talk_shakes_hands(int fd);
void talk_writes(int fd, const void *bytes, size_t length);
void talk_wrote(int fd, size_t length);
void talk_reads(int fd, const void *bytes, size_t length);

#endif
