/* ancillary.c - what recvmsg is told of a stream: how much of it is left. */
#include <sys/mman.h>

#include "twin.h"

#ifndef TCP_INQ
#define TCP_INQ 36 /* linux/tcp.h */
#endif

enum { THERE = 60000 };
static char bytes[THERE];

static struct control {
    char room[256];
    struct iovec iov;
    struct msghdr message;
} control;

static struct msghdr *room_for(size_t length)
{
    control.iov = (struct iovec){bytes, length};
    control.message = (struct msghdr){.msg_iov = &control.iov,
                                      .msg_iovlen = 1,
                                      .msg_control = control.room,
                                      .msg_controllen = sizeof control.room};
    return &control.message;
}

/* All is there; by a nap, since who asks for it is told as well. */
static struct pair pair_that_tells(void)
{
    struct pair pair = tcp_pair();
    set_option(pair.far, SOL_SOCKET, SO_RCVBUF, 1 << 20);
    if (setsockopt(pair.far, IPPROTO_TCP, TCP_INQ, &(int){1}, sizeof(int)) < 0)
        skip("the kernel does not tell that");
    send_all(pair.near, THERE);
    nap(0.1);
    return pair;
}

/* -1: it was not told. */
static int left(void)
{
    int unread = -1;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&control.message); c;
         c = CMSG_NXTHDR(&control.message, c))
        if (c->cmsg_level == IPPROTO_TCP && c->cmsg_type == TCP_INQ)
            memcpy(&unread, CMSG_DATA(c), sizeof unread);
    return unread;
}

static void how_much_is_left(void)
{
    struct pair pair = pair_that_tells();
    for (int i = 0; i < 3; i++) {
        SAY(recvmsg(pair.far, room_for(20000), MSG_WAITALL));
        say("left %d, control %zu, flags %x", left(), (size_t)control.message.msg_controllen,
            (unsigned)control.message.msg_flags);
    }
    close_pair(pair);
}

/* Who was told so gets it. */
static void then_received(void)
{
    struct pair pair = pair_that_tells();
    SAY(recvmsg(pair.far, room_for(100), 0));
    SAY(recv(pair.far, bytes, (size_t)left(), 0));
    close_pair(pair);
}

/* At the end of what can be read there is room for its header, and for no more. */
static void cut(void)
{
    enum { PAGE = 65536 };
    struct pair pair = pair_that_tells();
    char *pages =
        mmap(NULL, (size_t)2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(mprotect(pages + PAGE, PAGE, PROT_NONE));
    struct msghdr *message = room_for(20000);
    message->msg_control = pages + PAGE - sizeof(struct cmsghdr);
    message->msg_controllen = sizeof(struct cmsghdr);
    SAY(recvmsg(pair.far, message, MSG_WAITALL));
    say("control %zu, flags %x", (size_t)message->msg_controllen, (unsigned)message->msg_flags);
    close_pair(pair);
}

TWINS(TWIN(how_much_is_left), TWIN(then_received), TWIN(cut))
