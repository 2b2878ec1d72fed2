/* names.c - getaddrinfo: which addresses a host name stands for, as the program is told. */
#include "hosts.h"
#include "real.h"
#include "shim.h"

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **result)
{
    int error = REAL(getaddrinfo)(node, service, hints, result);
    if (error != 0 || !node || shim.inert || !hosts_matter())
        return error;
    for (const struct addrinfo *info = *result; info; info = info->ai_next)
        hosts_learn(node, info->ai_addr, info->ai_addrlen);
    return 0;
}
