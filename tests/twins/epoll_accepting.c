/* epoll_accepting.c - several threads, each with a set of its own or all with one, at one listener.
 */
#include <stdatomic.h>

#include "loop.h"

enum { SERVERS = 3, CLIENTS = 6 };

static int listener, shared;
static uint32_t trigger;
static atomic_int accepted, said;

/* Until all clients have been served: nobody else says so. */
static void *serve(void *has_its_own)
{
    struct epoll_event event = {.events = EPOLLIN | trigger};
    int set = shared;
    if (has_its_own) {
        set = MUST(epoll_create1(EPOLL_CLOEXEC));
        MUST(epoll_ctl(set, EPOLL_CTL_ADD, listener, &event));
    }
    for (int tries = 0; tries < 500 && accepted < CLIENTS; tries++) {
        if (epoll_wait(set, &event, 1, 10) <= 0)
            continue;
        for (;;) {
            int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
            if (fd < 0)
                break;
            said += (int)drain(fd).bytes;
            close(fd);
            accepted++;
        }
        if (trigger & EPOLLONESHOT) {
            event.events = EPOLLIN | trigger;
            MUST(epoll_ctl(set, EPOLL_CTL_MOD, listener, &event));
        }
    }
    if (has_its_own)
        close(set);
    return NULL;
}

static void served(const char *how, bool own_sets, uint32_t with)
{
    struct clients clients;
    struct epoll_event event = {.events = EPOLLIN | with};
    pthread_t threads[SERVERS];
    accepted = said = 0;
    trigger = with;
    listener = tcp_listener(&clients.address, 16);
    without_waiting(listener);
    shared = MUST(epoll_create1(EPOLL_CLOEXEC));
    MUST(epoll_ctl(shared, EPOLL_CTL_ADD, listener, &event));
    if (own_sets)
        MUST(epoll_ctl(shared, EPOLL_CTL_DEL, listener, NULL));
    for (int i = 0; i < SERVERS; i++)
        threads[i] = thread_start(serve, own_sets ? &listener : NULL);
    clients_start(&clients, CLIENTS);
    for (int i = 0; i < SERVERS; i++)
        pthread_join(threads[i], NULL);
    pthread_join(clients.thread, NULL);
    say("%s: %d, who said %d bytes", how, accepted, said);
    close(shared);
    close(listener);
}

static void one_set(void)
{
    served("told again", false, 0);
    served("told once", false, EPOLLET);
    served("armed once", false, EPOLLONESHOT);
}

static void sets_of_their_own(void)
{
    served("told again", true, 0);
    served("told once", true, EPOLLET);
    served("armed once", true, EPOLLET | EPOLLONESHOT);
}

static void one_is_woken(void)
{
    served("told again", true, EPOLLEXCLUSIVE);
    served("told once", true, EPOLLEXCLUSIVE | EPOLLET);
}

TWINS(TWIN(one_set), TWIN(sets_of_their_own), TWIN(one_is_woken))
