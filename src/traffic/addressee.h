/*
 * addressee.h - the host that a connection is meant for, as its first bytes say it: the server name
 * of a ClientHello (RFC 6066, 3), and the Host of plain HTTP/1.1 requests (RFC 9110, 7.2), which is
 * known of each of them. To a proxy, the target says it: of a CONNECT, or in absolute form
 * (RFC 9112, 3.2), or of a request of SOCKS (RFC 1928, 4); and what is said within the tunnel.
 *
 * What is sent is given as it comes, cut anywhere, but for what is said to a SOCKS proxy, of which
 * the client waits for the answers; each byte once. What is neither TLS nor HTTP is
 * found out with the first bytes. Nothing is allocated. Not for two threads at once.
 */
#ifndef ADDRESSEE_H
#define ADDRESSEE_H

#include "hello.h"
#include "http.h"

/* Its members are addressee.c's own, but for `ended`. */
struct addressee {
    union {
        struct hello hello;
        struct http http;
    };
    uint16_t tunnel_port;
    unsigned char state, socks;
    bool tunnel, absolute, connects;
    bool ended; /* nothing more will be said */
};

struct addressee_name {
    struct span host; /* without a port; empty: none */
    uint16_t port;    /* 0: the one that the connection goes to */
    bool by_proxy;    /* the peer of the connection is not this host */
    bool also;        /* so are the hosts that were said before, on this connection */
};

/* is_of_socks - whether what is said first, with that byte, is said to a proxy of SOCKS: its
 * version, or that of a sign-on (RFC 1928, 1929). */
static inline bool is_of_socks(char first)
{
    return first == 1 || first == 4 || first == 5;
}

/* addressee_begin - a connection, of whose bytes none was sent yet; so is one of zeroes. */
void addressee_begin(struct addressee *addressee);

/* addressee_take - read on, up to the next name. Returns how many bytes it took: all, if there is
 * none. What the name points to lasts until the next call. */
size_t addressee_take(struct addressee *addressee, struct span bytes, struct addressee_name *name);

#endif
