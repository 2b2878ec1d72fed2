/* resolved.c - see resolved.h. */
#include "dns.h"
#include "fd.h"
#include "hosts.h"
#include "numbers.h"
#include "readable.h"
#include "resolved.h"
#include "sandbox.h"

/* Whom a socket is connected to, and how far its messages have come. */
struct server {
    uint32_t generation; /* of the number, */
    uint16_t age;        /* and of all peers (fd.h) */
    bool known;
    bool is_one;
    /* Of TCP (RFC 1035, 4.2.2): the bytes of the length, and of the message, that have yet to come;
     * of the length those that came. */
    uint8_t prefixed;
    uint16_t length, left;
};

static struct numbers servers = {.size = sizeof(struct server)};

static void learn(struct span message)
{
    struct dns dns;
    struct peer peer;
    char name[DNS_NAME];
    if (!is_readable(message.at, message.length) || !dns_begin(&dns, message))
        return;
    while (dns_name(&dns, name))
        while (dns_address(&dns, peer.address))
            hosts_learn((struct span){name, strlen(name)}, &peer);
}

static bool is_connected_to_one(int fd)
{
    struct peer peer;
    return peer_of(fd, &peer) && peer.port == DNS_PORT;
}

/* The record of a socket that is connected to a name server, else NULL. */
static struct server *server_of(int fd, fd_entry entry)
{
    struct server *own = numbers_take(&servers, fd);
    uint16_t age = (uint16_t)fd_age_now();
    if (!own)
        return NULL;
    if (!own->known || own->generation != fd_generation(entry) || own->age != age) {
        bool same = own->known && own->generation == fd_generation(entry) && own->is_one;
        if (!same)
            *own = (struct server){.generation = fd_generation(entry), .known = true};
        own->age = age;
        own->is_one = is_connected_to_one(fd);
    }
    return own->is_one ? own : NULL;
}

/* The messages that begin in it, one after the other. */
static void take_stream(struct server *own, struct span bytes)
{
    while (bytes.length) {
        if (own->left) {
            size_t rest = own->left < bytes.length ? own->left : bytes.length;
            if (own->left == own->length)
                learn((struct span){bytes.at, rest});
            own->left = (uint16_t)(own->left - rest);
            bytes = span_cut(bytes, rest);
            continue;
        }
        if (!is_readable(bytes.at, 1))
            return;
        own->length = (uint16_t)(own->length << 8 | (unsigned char)*bytes.at);
        own->prefixed++;
        bytes = span_cut(bytes, 1);
        if (own->prefixed == 2) {
            own->left = own->length;
            own->prefixed = 0;
        }
    }
}

void resolved_received(int fd, const struct iovec *iov, size_t count, size_t bytes,
                       const struct sockaddr *from, socklen_t from_length)
{
    fd_entry entry = fd_look(fd);
    bool is_stream = fd_class(entry) == FD_STREAM, told = from && !is_stream;
    struct peer peer;
    if (in_sandbox() || (!is_stream && fd_class(entry) != FD_MESSAGE))
        return;
    if (told && (!peer_read(from, from_length, &peer) || peer.port != DNS_PORT))
        return;
    struct server *own = told ? NULL : server_of(fd, entry);
    for (size_t i = 0; i < count && bytes && (told || own); i++) {
        struct span got = {iov[i].iov_base, bytes < iov[i].iov_len ? bytes : iov[i].iov_len};
        bytes -= got.length;
        if (is_stream)
            take_stream(own, got);
        else if (i == 0)
            learn(got);
    }
}
