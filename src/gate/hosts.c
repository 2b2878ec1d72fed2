/*
 * hosts.c - the host names in the `to` lists of limits.
 *
 * They are never resolved here: which address belongs to a name is learnt from the answers that the
 * program itself gets from getaddrinfo(3), so the shim asks no name server, and sees the same
 * addresses as the program. What one member of a tree has learnt, all know (share.h).
 */
#include <arpa/inet.h>
#include <string.h>

#include "hosts.h"
#include "messages.h"
#include "parse.h"

/*
 * Addresses that were looked up by a name, whichever: so many that a program would have to talk to
 * a crowd to come back to a forgotten one. Of those the name is known not to be listed, or to be;
 * of others (of a resolver of the program's own, a socket that it inherited, a proxy that it was
 * given by number) it is not.
 */
enum { SEEN = 256 };
SPARSE uint64_t peers_seen[SEEN];

static uint64_t mark_of(const unsigned char address[16])
{
    uint64_t high, low;
    memcpy(&high, address, sizeof high);
    memcpy(&low, address + sizeof high, sizeof low);
    return (high * UINT64_C(0x9e3779b97f4a7c15) ^ low) | 1;
}

static void see(const struct peer *peer)
{
    static unsigned next;
    unsigned i = __atomic_fetch_add(&next, 1, __ATOMIC_RELAXED) % SEEN;
    __atomic_store_n(&peers_seen[i], mark_of(peer->address), __ATOMIC_RELAXED);
}

static bool is_seen(const struct peer *peer)
{
    for (int i = 0; i < SEEN; i++)
        if (__atomic_load_n(&peers_seen[i], __ATOMIC_RELAXED) == mark_of(peer->address))
            return true;
    return false;
}

static bool lists_names(const struct limit *limit)
{
    for (unsigned n = 0; n < limit->rules; n++) {
        const struct to_rule *rule = &shim.config.rules[limit->first_rule + n];
        if (rule->kind == TO_NAME && !rule->exclude)
            return true;
    }
    return false;
}

/* Somebody is not limited since his name is not known, and nobody has been so far. */
__attribute__((noinline)) void hosts_tell_of_unknown(const struct limit *limit,
                                                     const struct peer *peer)
{
    static bool said;
    if (!lists_names(limit) || is_seen(peer) || __atomic_load_n(&said, __ATOMIC_RELAXED))
        return;
    messages_warn(&said, "a limit on host names does not count a peer whose name is not known: the "
                         "program did not look it up by getaddrinfo(3), or talks to a proxy; if it "
                         "is meant, list its address");
}

static bool same_host(const char *host, size_t length, const char *name)
{
    if (strlen(name) != length)
        return false;
    for (size_t i = 0; i < length; i++)
        if (lower_case(host[i]) != name[i])
            return false;
    return true;
}

/* `*.example.com` is any host below example.com, not example.com itself. */
static bool name_matches(const char *name, const char *host)
{
    size_t length = strlen(host);
    if (length > 0 && host[length - 1] == '.')
        length--;
    if (name[0] != '*')
        return same_host(host, length, name);
    size_t below = strlen(name + 1);
    return length > below && same_host(host + length - below, below, name + 1);
}

static void learn(const struct limit *limit, unsigned n, const struct peer *peer)
{
    static bool said;
    if (!share_learn(&shim.shares[limit - shim.config.limits], n, peer->address))
        messages_warn(&said, "more than 512 addresses of the host names in `to` lists: from now on "
                             "new ones are not limited; use addresses or networks instead");
}

/* An address in words has no name. */
static bool is_number(const char *host)
{
    unsigned char address[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, host, address) == 1 || strchr(host, ':');
}

void hosts_learn(const char *host, const struct sockaddr *address, socklen_t length)
{
    struct peer peer;
    if (!peer_read(address, length, &peer) || is_number(host))
        return;
    see(&peer);
    for (unsigned i = 0; i < shim.config.count; i++) {
        const struct limit *limit = &shim.config.limits[i];
        const struct to_rule *rules = &shim.config.rules[limit->first_rule];
        for (unsigned n = 0; n < limit->rules; n++)
            if (rules[n].kind == TO_NAME && name_matches(rules[n].name, host))
                learn(limit, n, &peer);
    }
}

bool hosts_matter(void)
{
    for (unsigned i = 0; i < shim.config.rule_count; i++)
        if (shim.config.rules[i].kind == TO_NAME)
            return true;
    return false;
}
