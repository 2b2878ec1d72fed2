/*
 * passing.c - what is no socket of the internet is never held, by whatever call.
 *
 * Limit: `calls 1/h timeout=1ms`, used up at the beginning: what is limited fails.
 */
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#include "passing.h"

enum { LENGTH = 1000, ROUNDS = 3 };

/* So that what passes below does so since it is not limited. */
static void use_up(void)
{
    struct sockaddr_in peer = loopback("127.0.0.1");
    int fd = MUST(socket(AF_INET, SOCK_DGRAM, 0));
    peer.sin_port = htons(9);
    CHECK_EQ(sendto(fd, data, 1, 0, (struct sockaddr *)&peer, sizeof peer), 1);
    CHECK_FAILS(sendto(fd, data, 1, 0, (struct sockaddr *)&peer, sizeof peer), ETIMEDOUT);
}

static void write_each_way(int fd)
{
    struct iovec iov = {data, LENGTH};
    for (int i = 0; i < ROUNDS; i++) {
        CHECK_EQ(write(fd, data, LENGTH), LENGTH);
        CHECK_EQ(writev(fd, &iov, 1), LENGTH);
        CHECK_EQ(pwritev2(fd, &iov, 1, -1, 0), LENGTH);
    }
}

static void splice_each_way(int fd)
{
    int ends[2], file = MUST(memfd_create("data", 0));
    off_t offset = 0;
    off64_t offset64 = 0;
    MUST(pipe(ends));
    MUST(write(file, data, LENGTH));
    CHECK_EQ(write(ends[1], data, LENGTH), LENGTH);
    CHECK_EQ(splice(ends[0], NULL, fd, NULL, LENGTH, 0), LENGTH);
    CHECK_EQ(sendfile(fd, file, &offset, LENGTH), LENGTH);
    CHECK_EQ(sendfile64(fd, file, &offset64, LENGTH), LENGTH);
}

static void send_each_way(int fd)
{
    struct iovec iov = {data, LENGTH};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
    struct mmsghdr messages[2] = {{.msg_hdr = message}, {.msg_hdr = message}};
    for (int i = 0; i < ROUNDS; i++) {
        CHECK_EQ(send(fd, data, LENGTH, 0), LENGTH);
        CHECK_EQ(sendto(fd, data, LENGTH, 0, NULL, 0), LENGTH);
        CHECK_EQ(sendmsg(fd, &message, 0), LENGTH);
        CHECK_EQ(sendmmsg(fd, messages, 2, 0), 2);
    }
}

static void socketpair_of(int type)
{
    int ends[2];
    use_up();
    MUST(socketpair(AF_UNIX, type, 0, ends));
    send_each_way(ends[0]);
    write_each_way(ends[0]);
    splice_each_way(ends[0]);
}

static void stream_pair(void)
{
    socketpair_of(SOCK_STREAM);
}

static void seqpacket_pair(void)
{
    socketpair_of(SOCK_SEQPACKET);
}

static void unix_connections(void)
{
    use_up();
    struct unix_listener listener = unix_listen(ROUNDS);
    for (int i = 0; i < ROUNDS; i++)
        send_each_way(unix_connect(&listener));
}

static void pipes(void)
{
    int ends[2];
    use_up();
    MUST(pipe(ends));
    write_each_way(ends[1]);
    splice_each_way(ends[1]);
    CHECK_EQ(vmsplice(ends[1], &(struct iovec){data, LENGTH}, 1, 0), LENGTH);
}

static void files(void)
{
    int file = MUST(memfd_create("file", 0));
    struct iovec iov = {data, DATA_BYTES};
    use_up();
    write_each_way(file);
    splice_each_way(file);
    CHECK_EQ(pwritev2(file, &iov, 1, 0, 0), DATA_BYTES);
    CHECK_EQ(write(file, data, DATA_BYTES), DATA_BYTES);
    write_each_way(MUST(open("/dev/null", O_WRONLY)));
}

static void ttys(void)
{
    use_up();
    struct pair tty = tty_pair();
    char bytes[100];
    for (int i = 0; i < ROUNDS; i++) {
        CHECK_EQ(write(tty.near, "a line\n", 7), 7);
        CHECK_EQ(writev(tty.near, &(struct iovec){(char[]){"more\n"}, 5}, 1), 5);
        CHECK(read(tty.far, bytes, sizeof bytes) > 0);
        CHECK_EQ(write(tty.far, "typed\n", 6), 6);
    }
}

/* As getifaddrs(3) and resolvers do. */
static void netlink(void)
{
    use_up();
    int fd = MUST(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    struct {
        struct nlmsghdr header;
        struct rtgenmsg body;
    } request = {{.nlmsg_len = sizeof request,
                  .nlmsg_type = RTM_GETLINK,
                  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
                 {.rtgen_family = AF_UNSPEC}};
    char answer[8192];
    CHECK_EQ(connect(fd, (struct sockaddr *)&kernel, sizeof kernel), 0);
    for (int i = 0; i < ROUNDS; i++) {
        CHECK_EQ(send(fd, &request, sizeof request, 0), sizeof request);
        while (recv(fd, answer, sizeof answer, 0) > 0)
            if (((struct nlmsghdr *)(void *)answer)->nlmsg_type == NLMSG_DONE)
                break;
    }
}

static void eventfds(void)
{
    uint64_t one = 1;
    use_up();
    int fd = MUST(eventfd(0, 0));
    for (int i = 0; i < ROUNDS; i++)
        CHECK_EQ(write(fd, &one, sizeof one), sizeof one);
}

/* To receive is no sending. */
static void receiving(void)
{
    struct pair pair = tcp_pair(); /* its connect uses the one call up */
    char byte;
    CHECK_FAILS(write(pair.near, data, 1), ETIMEDOUT);
    MUST(shutdown(pair.near, SHUT_WR));
    for (int i = 0; i < ROUNDS; i++) {
        CHECK_EQ(recv(pair.far, &byte, 1, 0), 0);
        CHECK_EQ(read(pair.far, &byte, 1), 0);
    }
}

HOLD_MAIN(BEHAVIOUR(stream_pair), BEHAVIOUR(seqpacket_pair), BEHAVIOUR(unix_connections),
          BEHAVIOUR(pipes), BEHAVIOUR(files), BEHAVIOUR(ttys), BEHAVIOUR(netlink),
          BEHAVIOUR(eventfds), BEHAVIOUR(receiving))
