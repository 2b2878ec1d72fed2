/*
 * receive_passing.c - what is no socket of the internet is never held, and sockets that come by
 * another way than socket(2) are.
 *
 * Limits: `in 1B/h timeout=1ms; recv 1/h timeout=1ms; read 1/h timeout=1ms; accept 1/h
 * timeout=1ms`, or the first alone; used up at the beginning: what is limited fails.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "passing.h"
#include "receive.h"

enum { LENGTH = 100, ROUNDS = 3 };

static char bytes[4096];
static struct pair used_up;

/* So that what passes below does so since it is not limited. */
static void use_up(void)
{
    used_up = pair_with(LENGTH);
    CHECK_EQ(recv(used_up.near, bytes, 1, 0), 1);
    CHECK_FAILS(recv(used_up.near, bytes, 1, 0), ETIMEDOUT);
    CHECK_FAILS(read(used_up.near, bytes, 1), ETIMEDOUT);
}

static void read_each_way(int fd, int feed)
{
    struct iovec iov = {bytes, LENGTH};
    for (int i = 0; i < ROUNDS; i++) {
        CHECK_EQ(write(feed, data, LENGTH), LENGTH);
        CHECK_EQ(read(fd, bytes, LENGTH), LENGTH);
        CHECK_EQ(write(feed, data, LENGTH), LENGTH);
        CHECK_EQ(readv(fd, &iov, 1), LENGTH);
        CHECK_EQ(write(feed, data, LENGTH), LENGTH);
        CHECK_EQ(preadv2(fd, &iov, 1, -1, 0), LENGTH);
        CHECK_EQ(write(feed, data, LENGTH), LENGTH);
        CHECK_EQ(syscall(SYS_read, fd, bytes, LENGTH), LENGTH);
    }
}

static void receive_each_way(int fd, int feed)
{
    struct iovec iov = {bytes, LENGTH};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
    struct mmsghdr messages = {.msg_hdr = message};
    for (int i = 0; i < ROUNDS; i++) {
        CHECK_EQ(send(feed, data, LENGTH, 0), LENGTH);
        CHECK_EQ(recv(fd, bytes, LENGTH, 0), LENGTH);
        CHECK_EQ(send(feed, data, LENGTH, 0), LENGTH);
        CHECK_EQ(recvfrom(fd, bytes, LENGTH, 0, NULL, NULL), LENGTH);
        CHECK_EQ(send(feed, data, LENGTH, 0), LENGTH);
        CHECK_EQ(recvmsg(fd, &message, 0), LENGTH);
        CHECK_EQ(send(feed, data, LENGTH, 0), LENGTH);
        CHECK_EQ(recvmmsg(fd, &messages, 1, 0, NULL), 1);
    }
}

static void unix_sockets(void)
{
    static const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};
    int ends[2];
    use_up();
    for (int i = 0; i < 3; i++) {
        MUST(socketpair(AF_UNIX, types[i], 0, ends));
        receive_each_way(ends[0], ends[1]);
        read_each_way(ends[0], ends[1]);
    }
}

static void unix_connections(void)
{
    use_up();
    struct unix_listener listener = unix_listen(ROUNDS);
    for (int i = 0; i < ROUNDS; i++) {
        int client = unix_connect(&listener);
        int fd = i ? accept(listener.fd, NULL, NULL) : accept4(listener.fd, NULL, NULL, 0);
        receive_each_way(MUST(fd), client);
    }
}

static void pipes(void)
{
    int ends[2];
    use_up();
    MUST(pipe(ends));
    read_each_way(ends[0], ends[1]);
}

static void files(void)
{
    int file = MUST(memfd_create("file", 0)), zero = MUST(open("/dev/zero", O_RDONLY));
    struct iovec iov = {bytes, LENGTH};
    MUST(write(file, data, DATA_BYTES));
    MUST(lseek(file, 0, SEEK_SET));
    use_up();
    for (int i = 0; i < ROUNDS; i++) {
        CHECK_EQ(read(file, bytes, LENGTH), LENGTH);
        CHECK_EQ(readv(file, &iov, 1), LENGTH);
        CHECK_EQ(preadv2(file, &iov, 1, -1, 0), LENGTH);
        CHECK_EQ(preadv2(file, &iov, 1, 0, 0), LENGTH);
        CHECK_EQ(read(zero, bytes, LENGTH), LENGTH);
    }
}

static void eventfds(void)
{
    uint64_t one = 1;
    int fd = MUST(eventfd(0, 0));
    use_up();
    for (int i = 0; i < ROUNDS; i++) {
        CHECK_EQ(write(fd, &one, sizeof one), sizeof one);
        CHECK_EQ(read(fd, &one, sizeof one), sizeof one);
    }
}

static void ttys(void)
{
    use_up();
    struct pair tty = tty_pair();
    for (int i = 0; i < ROUNDS; i++) {
        CHECK_EQ(write(tty.far, "typed\n", 6), 6);
        CHECK_EQ(read(tty.near, bytes, sizeof bytes), 6);
    }
}

enum { BY_RECVMSG, BY_RECVMMSG, BY_SYSCALL, WAYS };

static int ends[2];

/* Hand a descriptor to ourselves; returns its new number. */
static int pass(int fd, int way)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = {0};
    struct iovec iov = {bytes, 1};
    struct mmsghdr messages = {.msg_hdr = {.msg_iov = &iov,
                                           .msg_iovlen = 1,
                                           .msg_control = &control,
                                           .msg_controllen = sizeof control}};
    struct msghdr *message = &messages.msg_hdr;
    struct cmsghdr *c = CMSG_FIRSTHDR(message);
    *c = (struct cmsghdr){
        .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))};
    memcpy(CMSG_DATA(c), &fd, sizeof fd);
    CHECK_EQ(sendmsg(ends[1], message, 0), 1);
    if (way == BY_RECVMSG)
        CHECK_EQ(recvmsg(ends[0], message, 0), 1);
    else if (way == BY_RECVMMSG)
        CHECK_EQ(recvmmsg(ends[0], &messages, 1, 0, NULL), 1);
    else
        CHECK_EQ(syscall(SYS_recvmsg, ends[0], message, 0), 1);
    memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(message)), sizeof fd);
    return fd;
}

/* The next number to be given away: last seen as that of a directory, and closed inside libc. */
static int closed_unseen(void)
{
    int number = MUST(open("/", O_RDONLY | O_DIRECTORY));
    CHECK_FAILS(recv(number, bytes, 10, 0), ENOTSOCK);
    closedir(fdopendir(number));
    return number;
}

/* A socket whose number was that of a directory, and a file after it. */
static void passed_descriptors(void)
{
    use_up();
    int file = MUST(memfd_create("file", 0));
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    for (int way = 0; way < WAYS; way++) {
        int number = closed_unseen();
        CHECK_EQ(pass(used_up.near, way), number);
        CHECK_FAILS(recv(number, bytes, 10, 0), ETIMEDOUT);
        CHECK_FAILS(read(number, bytes, 10), ETIMEDOUT);
        MUST(close(number));
        CHECK_EQ(pass(file, way), number);
        CHECK_EQ(read(number, bytes, 10), 0);
        MUST(close(number));
    }
}

/* in 1B/h timeout=1ms: a connection whose number was that of a directory. */
static void accepted(void)
{
    struct sockaddr_in address;
    int listener = tcp_listen(&address, 8);
    use_up();
    for (int i = 0; i < 2; i++) {
        int client = MUST(socket(AF_INET, SOCK_STREAM, 0));
        MUST(connect(client, (struct sockaddr *)&address, sizeof address));
        int number = closed_unseen();
        CHECK_EQ(i ? accept(listener, NULL, NULL) : accept4(listener, NULL, NULL, 0), number);
        CHECK_EQ(send(client, data, LENGTH, 0), LENGTH);
        CHECK_FAILS(recv(number, bytes, 1, 0), ETIMEDOUT);
        CHECK_FAILS(read(number, bytes, 1), ETIMEDOUT);
    }
}

HOLD_MAIN(BEHAVIOUR(unix_sockets), BEHAVIOUR(unix_connections), BEHAVIOUR(pipes), BEHAVIOUR(files),
          BEHAVIOUR(eventfds), BEHAVIOUR(ttys), BEHAVIOUR(passed_descriptors), BEHAVIOUR(accepted))
