/* accepting.c - what accept gives: flags, addresses, order, and errors. */
#include <sys/un.h>

#include "twin.h"

static union address address;

static int client(void)
{
    int fd = MUST(socket(AF_INET, SOCK_STREAM, 0));
    MUST(connect(fd, &address.any, sizeof address.in));
    return fd;
}

static void say_flags(int fd)
{
    say("GETFL %#o, GETFD %d", fcntl(fd, F_GETFL), fcntl(fd, F_GETFD));
    close(fd);
}

static void flags(void)
{
    int listener = tcp_listener(&address, 8);
    for (int i = 0; i < 6; i++)
        client();
    say_flags(accept(listener, NULL, NULL));
    say_flags(accept4(listener, NULL, NULL, 0));
    say_flags(accept4(listener, NULL, NULL, SOCK_CLOEXEC));
    say_flags(accept4(listener, NULL, NULL, SOCK_NONBLOCK));
    MUST(fcntl(listener, F_SETFL, O_NONBLOCK));
    say_flags((int)AT_LAST(listener, POLLIN, accept(listener, NULL, NULL)));
    say_flags((int)AT_LAST(listener, POLLIN,
                           accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)));
    SAY(accept4(listener, NULL, NULL, 0x1000000));
    SAY(accept(listener, NULL, NULL));
    SAY(accept4(listener, NULL, NULL, SOCK_CLOEXEC));
}

static void addresses(void)
{
    union address peer, name;
    int listener = tcp_listener(&address, 8);
    for (int i = 0; i < 3; i++) {
        socklen_t length = i == 0 ? sizeof peer : i == 1 ? 4 : 0, name_length = sizeof name;
        int fd = client();
        memset(&peer, 0, sizeof peer);
        int accepted = accept(listener, &peer.any, &length);
        MUST(getsockname(fd, &name.any, &name_length));
        say("length %u, family %d, port right %d", length, peer.any.sa_family,
            peer.in.sin_port == name.in.sin_port);
        close(accepted);
    }
    socklen_t negative = (socklen_t)-1;
    client();
    SAY(accept(listener, &peer.any, &negative));
}

static void *volatile nowhere = (void *)16;

static void bad_addresses(void)
{
    socklen_t length = sizeof address;
    int listener = tcp_listener(&address, 8);
    for (int i = 0; i < 3; i++)
        client();
    SAY(accept(listener, nowhere, &length));
    SAY(accept(listener, &address.any, nowhere));
    say("accepted %d", accept(listener, NULL, nowhere) > 0);
}

static void in_order(void)
{
    int listener = tcp_listener(&address, 8), fds[4];
    for (int i = 0; i < 4; i++) {
        fds[i] = client();
        SAY(send(fds[i], data + i, 1, 0));
    }
    for (int i = 0; i < 4; i++) {
        char byte = 0;
        int accepted = accept(listener, NULL, NULL);
        ssize_t got = recv(accepted, &byte, 1, 0);
        say("received %zd, right %d", got, byte == data[i]);
    }
}

/* Not sockets that listen. */
static void refused(void)
{
    int ends[2];
    MUST(pipe(ends));
    SAY(accept(-1, NULL, NULL));
    SAY(accept(999, NULL, NULL));
    SAY(accept(ends[0], NULL, NULL));
    SAY(accept(MUST(socket(AF_INET, SOCK_STREAM, 0)), NULL, NULL));
    SAY(accept(MUST(socket(AF_INET, SOCK_DGRAM, 0)), NULL, NULL));
    SAY(accept(MUST(socket(AF_UNIX, SOCK_STREAM, 0)), NULL, NULL));
    SAY(accept(tcp_pair().near, NULL, NULL));
    SAY(accept4(999, NULL, NULL, SOCK_CLOEXEC));
    SAY(accept4(999, NULL, NULL, 0x1000000));
}

/* A client that has gone already. */
static void gone_already(void)
{
    char bytes[10];
    int listener = tcp_listener(&address, 8), fd = client();
    SAY(send(fd, data, 5, 0));
    close(fd);
    fd = client();
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
    close(fd);
    int first = accept(listener, NULL, NULL), second = accept(listener, NULL, NULL);
    SAY(recv(first, bytes, sizeof bytes, 0));
    SAY(recv(first, bytes, sizeof bytes, 0));
    SAY(recv(second, bytes, sizeof bytes, 0));
    SAY(recv(second, bytes, sizeof bytes, 0));
}

static void *shut_listener(void *listener)
{
    nap(0.02);
    shutdown(*(int *)listener, SHUT_RDWR);
    return NULL;
}

/* As servers do it to end a thread that accepts. */
static void shut_down_meanwhile(void)
{
    int listener = tcp_listener(&address, 8);
    pthread_t thread = thread_start(shut_listener, &listener);
    SAY(accept(listener, NULL, NULL));
    SAY(accept(listener, NULL, NULL));
    pthread_join(thread, NULL);
}

static void unix_listener(void)
{
    struct sockaddr_un path = {.sun_family = AF_UNIX}, peer;
    socklen_t length = sizeof path, peer_length = sizeof peer;
    int listener = MUST(socket(AF_UNIX, SOCK_STREAM, 0)),
        fd = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
    MUST(bind(listener, (struct sockaddr *)&path, sizeof(sa_family_t)));
    MUST(getsockname(listener, (struct sockaddr *)&path, &length));
    MUST(listen(listener, 4));
    MUST(connect(fd, (struct sockaddr *)&path, length));
    say_flags(accept4(listener, (struct sockaddr *)&peer, &peer_length, SOCK_NONBLOCK));
    say("length %u", peer_length);
}

TWINS(TWIN(flags), TWIN(addresses), TWIN(bad_addresses), TWIN(in_order), TWIN(refused),
      TWIN(gone_already), TWIN(shut_down_meanwhile), TWIN(unix_listener))
