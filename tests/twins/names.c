/* names.c - getaddrinfo: the same answers, in the same order. */
#include <netdb.h>

#include "twin.h"

static void say_answers(const char *node, const char *service, int flags, int family)
{
    struct addrinfo hints = {.ai_flags = flags, .ai_family = family}, *answers = NULL;
    int error = getaddrinfo(node, service, &hints, &answers);
    say("%s %s: %d", node ? node : "-", service ? service : "-", error);
    for (struct addrinfo *a = error ? NULL : answers; a; a = a->ai_next) {
        char host[100], port[20];
        error = getnameinfo(a->ai_addr, a->ai_addrlen, host, sizeof host, port, sizeof port,
                            NI_NUMERICHOST | NI_NUMERICSERV);
        say("  %d %s %s, type %d, protocol %d, name %s", error, host, port, a->ai_socktype,
            a->ai_protocol, a->ai_canonname ? a->ai_canonname : "none");
    }
    if (answers)
        freeaddrinfo(answers);
}

static void numeric(void)
{
    say_answers("127.0.0.1", "80", AI_NUMERICHOST, AF_UNSPEC);
    say_answers("::1", "443", AI_NUMERICHOST, AF_UNSPEC);
    say_answers("127.1", NULL, AI_NUMERICHOST, AF_INET);
    say_answers("::1", "443", AI_NUMERICHOST, AF_INET);
    say_answers(NULL, "80", AI_PASSIVE, AF_INET);
    say_answers(NULL, "80", 0, AF_UNSPEC);
}

static void localhost(void)
{
    say_answers("localhost", "80", 0, AF_INET);
    say_answers("localhost", NULL, AI_CANONNAME, AF_INET);
    say_answers("LOCALHOST", "80", 0, AF_INET);
}

static void errors(void)
{
    say_answers("no address", NULL, AI_NUMERICHOST, AF_UNSPEC);
    say_answers("300.1.1.1", NULL, AI_NUMERICHOST, AF_UNSPEC);
    say_answers(NULL, NULL, 0, AF_UNSPEC);
    say_answers("127.0.0.1", "no service", AI_NUMERICSERV, AF_UNSPEC);
    say_answers("127.0.0.1", "80", 0, 12345);
    say_answers("127.0.0.1", "80", 1 << 30, AF_UNSPEC);
}

/* As clients do it: the answers one after the other. */
static void used_to_connect(void)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *answers = NULL;
    union address address;
    char service[20];
    int listener = tcp_listener(&address, 1), connected = 0;
    snprintf(service, sizeof service, "%d", ntohs(address.in.sin_port));
    int error = getaddrinfo("localhost", service, &hints, &answers);
    for (struct addrinfo *a = error ? NULL : answers; a && !connected; a = a->ai_next) {
        int fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (connect(fd, a->ai_addr, a->ai_addrlen) == 0) {
            connected = 1;
            SAY(send(fd, data, 5000, 0));
            SAY(send(fd, data + 5000, 5000, 0));
            say_received((struct pair){fd, accept(listener, NULL, NULL)});
        } else {
            close(fd);
        }
    }
    say("connected %d", connected);
}

TWINS(TWIN(numeric), TWIN(localhost), TWIN(errors), TWIN(used_to_connect))
