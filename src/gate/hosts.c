/*
 * hosts.c - the host names in the `to` lists of limits.
 *
 * They are never resolved here: which address belongs to a name is learnt from the answers that the
 * program itself gets (names.c, resolved.c), and from what it says to that address (addressed.c),
 * so the shim asks no name server, and sees the same addresses as the program. What one member of a
 * tree has learnt, all know (share.h).
 */
#include <string.h>

#include "fd.h"
#include "hosts.h"
#include "messages.h"
#include "sandbox.h"

/*
 * Addresses that are known by a name, whichever: so many that a program would have to talk to
 * a crowd to come back to a forgotten one. Of those the name is known not to be listed, or to be;
 * of others (of a resolver that is not seen, a socket that was inherited, a proxy that was given by
 * number) it is not.
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

static bool is_seen(const struct peer *peer)
{
    for (int i = 0; i < SEEN; i++)
        if (__atomic_load_n(&peers_seen[i], __ATOMIC_RELAXED) == mark_of(peer->address))
            return true;
    return false;
}

static void see(const struct peer *peer)
{
    static unsigned next;
    if (is_seen(peer))
        return;
    unsigned i = __atomic_fetch_add(&next, 1, __ATOMIC_RELAXED) % SEEN;
    __atomic_store_n(&peers_seen[i], mark_of(peer->address), __ATOMIC_RELAXED);
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
                         "program was not seen to look it up, nor did it name it by TLS or HTTP; "
                         "if it is meant, list its address");
}

/* `*.example.com` is any host below example.com, not example.com itself. */
static bool name_matches(const char *name, struct span host)
{
    if (host.length > 0 && host.at[host.length - 1] == '.')
        host.length--;
    if (name[0] != '*')
        return span_is_in_any_case(host, name);
    size_t below = strlen(name + 1);
    return host.length > below &&
           span_is_in_any_case(span_cut(host, host.length - below), name + 1);
}

/* What was found out of them before may not be so any more. */
static void forget_peers(void)
{
    if (!in_sandbox())
        fd_forget_peers();
}

static void learn(const struct limit *limit, unsigned n, const struct peer *peer)
{
    static bool said;
    const struct share *share = &shim.shares[limit - shim.config.limits];
    if (share_is_learnt(share, n, peer->address))
        return;
    if (share_learn(share, n, peer->address))
        forget_peers();
    else
        messages_warn(&said, "more than 512 addresses of the host names in `to` lists: from now on "
                             "new ones are not limited; use addresses or networks instead");
}

/* An address in words has no name. */
static bool is_number(struct span host)
{
    bool digits = true;
    for (size_t i = 0; i < host.length; i++) {
        if (host.at[i] == ':')
            return true;
        digits &= is_digit(host.at[i]) || host.at[i] == '.';
    }
    return digits;
}

void hosts_learn(struct span host, const struct peer *peer)
{
    if (is_number(host))
        return;
    see(peer);
    for (unsigned i = 0; i < shim.config.count; i++) {
        const struct limit *limit = &shim.config.limits[i];
        const struct to_rule *rules = &shim.config.rules[limit->first_rule];
        for (unsigned n = 0; n < limit->rules; n++)
            if (rules[n].kind == TO_NAME && name_matches(rules[n].name, host))
                learn(limit, n, peer);
    }
}

void hosts_rules(struct span host, uint16_t port, struct host_rules *rules)
{
    for (unsigned i = 0; i < shim.config.rule_count; i++) {
        const struct to_rule *rule = &shim.config.rules[i];
        if (rule->kind == TO_NAME && (!rule->port || rule->port == port) &&
            name_matches(rule->name, host))
            rules->bits[i / 64] |= UINT64_C(1) << i % 64;
    }
}

bool hosts_matter(void)
{
    for (unsigned i = 0; i < shim.config.rule_count; i++)
        if (shim.config.rules[i].kind == TO_NAME)
            return true;
    return false;
}
