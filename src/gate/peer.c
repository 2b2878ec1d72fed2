/* peer.c - matching addresses against the `to` and `local` lists of limits. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "addressed.h"
#include "hosts.h"
#include "peer.h"
#include "real.h"
#include "sandbox.h"
#include "shim.h"

/* IPv4 as IPv4-mapped IPv6, so that both look alike (RFC 4291, 2.5.5.2). */
bool peer_read(const struct sockaddr *address, socklen_t length, struct peer *peer)
{
    /* To sendto(2) AF_UNSPEC is as good as AF_INET (udp_sendmsg()). */
    bool ipv4 = address->sa_family == AF_INET || address->sa_family == AF_UNSPEC;
    if (ipv4 && length >= sizeof(struct sockaddr_in)) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)address;
        memset(peer->address, 0, 10);
        memset(peer->address + 10, 0xff, 2);
        memcpy(peer->address + 12, &in->sin_addr, 4);
        peer->port = ntohs(in->sin_port);
        return true;
    }
    /* Without the scope, which the kernel does not ask for either. */
    if (address->sa_family == AF_INET6 && length >= offsetof(struct sockaddr_in6, sin6_scope_id)) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)address;
        memcpy(peer->address, &in6->sin6_addr, 16);
        peer->port = ntohs(in6->sin6_port);
        return true;
    }
    return false;
}

__attribute__((noinline)) bool peer_of(int fd, struct peer *peer)
{
    struct sockaddr_in6 address = {.sin6_family = AF_UNSPEC}; /* or a struct sockaddr_in */
    socklen_t length = sizeof address;
    int saved_errno = errno;
    bool connected = REAL(getpeername)(fd, (struct sockaddr *)&address, &length) == 0;
    errno = saved_errno;
    return connected && peer_read((struct sockaddr *)&address, length, peer);
}

/* In ::ffff:0:0/96. Rules for wider networks are about IPv6: `!::/0` does not exclude all IPv4. */
static bool is_ipv4(const unsigned char address[16])
{
    static const unsigned char mapped[12] = {[10] = 0xff, 0xff};
    return memcmp(address, mapped, sizeof mapped) == 0;
}

static bool same_prefix(const unsigned char *a, const unsigned char *b, unsigned bits)
{
    unsigned bytes = bits / 8, rest = bits % 8;
    if (memcmp(a, b, bytes) != 0)
        return false;
    return rest == 0 || ((a[bytes] ^ b[bytes]) >> (8 - rest)) == 0;
}

static bool is_unspecified(const unsigned char address[16])
{
    static const unsigned char nobody[16];
    return memcmp(address + 12, nobody, 4) == 0 &&
           (is_ipv4(address) || memcmp(address, nobody, 12) == 0);
}

static bool is_loopback(const unsigned char address[16])
{
    static const unsigned char loopback[16] = {[15] = 1}; /* ::1 */
    return is_ipv4(address) ? address[12] == 127 : memcmp(address, loopback, 16) == 0;
}

/*
 * The unspecified address is a destination, too: this machine (RFC 1122, 3.2.1.3, and what BSD made
 * of it). 0.0.0.0 means the address that the socket is bound to, or else 127.0.0.1
 * (ip_route_output_key_hash_rcu()); `::` means ::1, or ::ffff:127.0.0.1 on a socket that is bound
 * to such an address (tcp_v6_connect(), udpv6_sendmsg()). Of a socket that is bound to a device,
 * and where ancillary data names a source, it may be another address of this machine.
 */
__attribute__((noinline)) static void resolve_unspecified(int fd, unsigned char address[16])
{
    static const unsigned char loopback[16] = {[10] = 0xff, 0xff, 127, 0, 0, 1};
    struct sockaddr_in6 near = {.sin6_family = AF_UNSPEC}; /* or a struct sockaddr_in */
    socklen_t length = sizeof near;
    struct peer source = {.port = 0};
    int saved_errno = errno;
    if (!in_sandbox() && REAL(getsockname)(fd, (struct sockaddr *)&near, &length) == 0)
        peer_read((struct sockaddr *)&near, length, &source);
    errno = saved_errno;

    if (!is_ipv4(address) && !is_ipv4(source.address))
        address[15] = 1;
    else if (is_ipv4(address) && is_ipv4(source.address) && !is_unspecified(source.address))
        memcpy(address, source.address, 16);
    else
        memcpy(address, loopback, 16);
}

/* A list of a limit: the n-th rule of it is the config's `first` + n. named: those that hold since
 * the connection is meant for a host that they name, or NULL. */
static bool rule_matches(const struct share *share, unsigned first, unsigned n,
                         const struct peer *peer, const struct host_rules *named)
{
    const struct to_rule *rule = &shim.config.rules[first + n];
    if (named && named->bits[(first + n) / 64] >> (first + n) % 64 & 1)
        return true;
    if (rule->port && rule->port != peer->port)
        return false;
    switch (rule->kind) {
    case TO_ADDRESS:
        return (rule->prefix >= 96 || !is_ipv4(peer->address)) &&
               same_prefix(rule->address, peer->address, rule->prefix);
    case TO_NAME:
        return (rule->loopback && is_loopback(peer->address)) ||
               share_is_learnt(share, n, peer->address);
    case TO_ANYONE:
    default:
        return true;
    }
}

/* Listed, or not excluded where the list only excludes. */
static bool is_listed(const struct share *share, unsigned first, unsigned count,
                      const struct peer *end, const struct host_rules *named)
{
    bool listed = false, any_listed = false;
    for (unsigned n = 0; n < count; n++) {
        bool exclude = shim.config.rules[first + n].exclude;
        any_listed |= !exclude;
        if (!rule_matches(share, first, n, end, named))
            continue;
        if (exclude)
            return false;
        listed = true;
    }
    return listed || !any_listed;
}

/* Whether the near end of a socket, as far as it has one by now, is in the `local` list. */
__attribute__((noinline)) static bool is_near(int fd, const struct share *share,
                                              const struct limit *limit)
{
    struct sockaddr_in6 address = {.sin6_family = AF_UNSPEC}; /* or a struct sockaddr_in */
    socklen_t length = sizeof address;
    struct peer near;
    int saved_errno = errno;
    bool known = !in_sandbox() &&
                 REAL(getsockname)(fd, (struct sockaddr *)&address, &length) == 0 &&
                 peer_read((struct sockaddr *)&address, length, &near);
    errno = saved_errno;
    return !known || is_listed(share, limit->first_local, limit->locals, &near, NULL);
}

unsigned peer_limits(int fd, const struct peer *peer)
{
    const struct host_rules *named = addressed_rules(fd);
    unsigned limits = 0;
    for (unsigned i = 0; i < shim.config.count; i++) {
        const struct limit *limit = &shim.config.limits[i];
        const struct share *share = &shim.shares[i];
        if (!(shim_selective >> i & 1))
            continue;
        if (is_listed(share, limit->first_rule, limit->rules, peer, named) &&
            (!limit->locals || is_near(fd, share, limit))) {
            __atomic_store_n(&share->limit->met, 1, __ATOMIC_RELAXED);
            limits |= 1u << i;
        } else if (!__atomic_load_n(&share->limit->met, __ATOMIC_RELAXED) &&
                   !addressed_may_tell(fd)) {
            hosts_tell_of_unknown(limit, peer);
        }
    }
    return limits;
}

unsigned peer_limits_to(int fd, const struct sockaddr *address, socklen_t length)
{
    struct peer peer;
    if (!peer_read(address, length, &peer))
        return 0;
    if (is_unspecified(peer.address))
        resolve_unspecified(fd, peer.address);
    return peer_limits(fd, &peer);
}
