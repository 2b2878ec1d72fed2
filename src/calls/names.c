/* names.c - getaddrinfo, gethostbyname and its kin: which addresses a host name stands for, as the
 * program is told. */
#include <string.h>

#include "hosts.h"
#include "real.h"
#include "shim.h"

static bool is_of_interest(const char *name)
{
    return name && !shim.inert && hosts_matter();
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **result)
{
    int error = REAL(getaddrinfo)(node, service, hints, result);
    if (error != 0 || !is_of_interest(node))
        return error;
    struct peer peer;
    for (const struct addrinfo *info = *result; info; info = info->ai_next)
        if (peer_read(info->ai_addr, info->ai_addrlen, &peer))
            hosts_learn((struct span){node, strlen(node)}, &peer);
    return 0;
}

/* Returns the entry. */
static struct hostent *learn(const char *name, struct hostent *entry)
{
    if (!entry || !is_of_interest(name))
        return entry;
    for (char **address = entry->h_addr_list; *address; address++) {
        struct peer peer = {.address = {[10] = 0xff, 0xff}};
        size_t length = entry->h_addrtype == AF_INET6 ? 16 : 4;
        memcpy(peer.address + sizeof peer.address - length, *address, length);
        hosts_learn((struct span){name, strlen(name)}, &peer);
    }
    return entry;
}

struct hostent *gethostbyname(const char *name)
{
    return learn(name, REAL(gethostbyname)(name));
}

struct hostent *gethostbyname2(const char *name, int family)
{
    return learn(name, REAL(gethostbyname2)(name, family));
}

int gethostbyname_r(const char *name, struct hostent *entry, char *buffer, size_t size,
                    struct hostent **result, int *error)
{
    int failed = REAL(gethostbyname_r)(name, entry, buffer, size, result, error);
    if (!failed)
        learn(name, *result);
    return failed;
}

int gethostbyname2_r(const char *name, int family, struct hostent *entry, char *buffer, size_t size,
                     struct hostent **result, int *error)
{
    int failed = REAL(gethostbyname2_r)(name, family, entry, buffer, size, result, error);
    if (!failed)
        learn(name, *result);
    return failed;
}
