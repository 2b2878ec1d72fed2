/*
 * receive_stacks.c - how much stack a held receive needs: see stack.h.
 *
 * Limits: `in 1MB/s burst=2kB; accept 50/s burst=1`, so that each call here is held.
 */
#include <sys/syscall.h>
#include <sys/uio.h>

#include "receive.h"

/* No header declares them: the compiler calls them. */
extern ssize_t __recv_chk(int fd, void *buffer, size_t length, size_t room, int flags);
extern ssize_t __recvfrom_chk(int fd, void *buffer, size_t length, size_t room, int flags,
                              struct sockaddr *from, socklen_t *from_length);
extern ssize_t __read_chk(int fd, void *buffer, size_t length, size_t room);

#define CHECKED(X) X(__recv_chk) X(__recvfrom_chk) X(__read_chk)
#define READS(X)   X(read) X(readv) X(preadv2) X(accept) X(accept4) X(syscall) CHECKED(X)
#define CALLS(X)   X(recv) X(recvfrom) X(recvmsg) X(recvmmsg) READS(X)

#include "stack.h"

static struct feeder feeder;
static struct sockaddr_in server;
static int listener, fd;

static void do_recv(void)
{
    result = use->recv(fd, bytes, length, 0);
}

static void do_recvfrom(void)
{
    result = use->recvfrom(fd, bytes, length, 0, NULL, NULL);
}

static void do_recvmsg(void)
{
    result = use->recvmsg(fd, &message, 0);
}

static void do_recvmmsg(void)
{
    static struct mmsghdr messages[1];
    messages[0].msg_hdr = message;
    result = use->recvmmsg(fd, messages, 1, 0, NULL);
}

static void do_read(void)
{
    result = use->read(fd, bytes, length);
}

static void do_readv(void)
{
    result = use->readv(fd, parts, 10);
}

static void do_preadv2(void)
{
    result = use->preadv2(fd, parts, 10, -1, 0);
}

static void do_accept(void)
{
    result = use->accept(listener, NULL, NULL);
}

static void do_accept4(void)
{
    result = use->accept4(listener, NULL, NULL, SOCK_CLOEXEC);
}

static void do___recv_chk(void)
{
    result = use->__recv_chk(fd, bytes, length, sizeof bytes, 0);
}

static void do___recvfrom_chk(void)
{
    result = use->__recvfrom_chk(fd, bytes, length, sizeof bytes, 0, NULL, NULL);
}

static void do___read_chk(void)
{
    result = use->__read_chk(fd, bytes, length, sizeof bytes);
}

static void do_syscall(void)
{
    result = use->syscall(SYS_recvmsg, fd, &message, 0);
}

static void check_result(void)
{
    CHECK(result > 0);
}

/* Always something to receive, and connections to accept. */
static void prepare(void)
{
    enum { CONNECTIONS = 64 };
    stack_prepare();
    feeder_start(&feeder, tcp_pair(), 1 << 30);
    fd = feeder.pair.near;
    listener = tcp_listen(&server, CONNECTIONS);
    for (int i = 0; i < CONNECTIONS; i++)
        MUST(connect(MUST(socket(AF_INET, SOCK_STREAM, 0)), (struct sockaddr *)&server,
                     sizeof server));
}

static void depth(void)
{
    prepare();
    check_depths();
}

static void smallest_threads(void)
{
    prepare();
    check_smallest_threads();
}

HOLD_MAIN(BEHAVIOUR(depth), BEHAVIOUR(smallest_threads))
