/*
 * hello.h - the ClientHello of TLS (RFC 8446, 4.1.2, and all versions before), as it is first sent
 * on a socket: the random that the library can be asked for, too, and so tells whose bytes these
 * are.
 *
 * Begin where TLS begins: after CONNECT, or SOCKS, that is not the first byte of the connection.
 * Its bytes may be cut anywhere, and be in several records. What cannot be one is found out with
 * the first byte that differs; nothing is allocated. Not for two threads at once.
 */
#ifndef HELLO_H
#define HELLO_H

#include "span.h"

enum {
    HELLO_RANDOM = 32,
    HELLO_NAME = 256, /* names of hosts have 253 bytes at most */
};

enum hello_verdict {
    HELLO_MORE,     /* it is one so far */
    HELLO_COMPLETE, /* and ever after */
    HELLO_NONE,     /* it is none, or damaged; and ever after */
};

/* Its members are hello.c's own, but for those with a comment. All 0: the beginning. */
struct hello {
    uint32_t value;  /* of the element that is being read */
    uint32_t wanted; /* bytes that it lacks */
    /* Bytes that no element has claimed yet, of the record, the message, the list, and the one. */
    uint32_t record_left, message_left, extensions_left, extension_left;
    uint16_t extension, kept;
    unsigned char step, verdict, header, length;
    bool has_random; /* before it is complete, too */
    bool offers_h2;  /* by ALPN (RFC 7301) */
    uint16_t name_length;
    unsigned char random[HELLO_RANDOM];
    char name[HELLO_NAME]; /* of the server (RFC 6066, 3), `name_length` bytes; none: 0 */
};

/* hello_take - the next bytes that are sent; those after its end are ignored. */
enum hello_verdict hello_take(struct hello *hello, struct span bytes);

#endif
