/*
 * dns.h - what a name server answers (RFC 1035, 4; RFC 3596): the addresses of the name that it was
 * asked for, over however many aliases.
 *
 * A message as UDP carries it, or TCP after its two bytes of length. It may be cut off, or be
 * anything at all: what is whole of it is told, and nothing else is read. Records that do not
 * belong to the name that was asked for, nor to what that is an alias of, are passed over. Nothing
 * is allocated; the time is bounded, since only the first DNS_MOST bytes are looked at, which are
 * all that servers send but for the oddest.
 */
#ifndef DNS_H
#define DNS_H

#include "span.h"

enum {
    DNS_PORT = 53,
    DNS_MOST = 4096,
    DNS_NAME = 256,   /* with the final zero */
    DNS_ALIASES = 16, /* in a row: what follows is not told, as no resolver follows it either */
};

/* Its members are dns.c's own. */
struct dns {
    struct span message;
    size_t answers, at; /* where they begin; where the next of them does */
    size_t canonical;   /* the name that the addresses belong to, */
    size_t alias;       /* and the next name to be told: where they stand. 0: there is none */
    uint16_t count, left;
};

/* dns_begin - whether it is an answer, with one question, and no error. */
bool dns_begin(struct dns *dns, struct span message);

/* dns_name - the next of the names that the addresses belong to, in lower case: first the one that
 * was asked for. False: that was the last, or it cannot be written as text. */
bool dns_name(struct dns *dns, char name[DNS_NAME]);

/* dns_address - the next address, IPv4 as ::ffff:a.b.c.d. False: that was the last; and then from
 * the first one on again, for the next name. */
bool dns_address(struct dns *dns, unsigned char address[16]);

#endif
