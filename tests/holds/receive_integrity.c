/*
 * receive_integrity.c - what comes in in pieces is received once and in order, whatever the call,
 * the size and the shape of the buffer, and never faster than the limit.
 *
 * Limit: `in 1MB/s burst=7001`: an odd piece.
 */
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "receive.h"

enum { BURST = 7001, RATE = 1000000, TOTAL = 200000, MOST_PARTS = 1024 };

static const size_t sizes[] = {1, 60000, 7000, 7001, 333, 7002, 14003, 5};

/* Receive at most `length` bytes in one call. */
typedef ssize_t way(int fd, char *bytes, size_t length);

static struct iovec parts[MOST_PARTS];

/* Another shape each time: in one part, some, or many, of which some are empty. */
static int cut(char *bytes, size_t length)
{
    static unsigned turn;
    size_t step = turn % 3 == 0 ? length : turn % 3 == 1 ? length / 3 + 1 : 211;
    int count = 0;
    turn++;
    while (length > 0) {
        size_t part = count % 5 == 1 ? 0 : count % 5 == 2 ? 1 : step;
        if (part > length || count == MOST_PARTS - 1)
            part = length;
        parts[count++] = (struct iovec){bytes, part};
        bytes += part;
        length -= part;
    }
    return count;
}

static void receive_all(way *receive_one)
{
    static char bytes[60000];
    struct feeder feeder;
    size_t position = 0;
    feeder_start(&feeder, tcp_pair(), TOTAL);
    double begin = now();
    for (int i = 0;; i++) {
        size_t length = sizes[i % (int)(sizeof sizes / sizeof *sizes)];
        memset(bytes, 'x', length);
        errno = 12345;
        ssize_t got = receive_one(feeder.pair.near, bytes, length);
        CHECK_EQ(errno, 12345);
        if (!CHECK(got >= 0 && (size_t)got <= length))
            break;
        if (got == 0)
            break;
        CHECK(got <= BURST);
        CHECK_DATA(bytes, position, got);
        position += (size_t)got;
        CHECK_BOUND(position, begin, BURST, RATE);
    }
    CHECK_EQ(position, TOTAL);
    double least = (double)(TOTAL - BURST) / RATE;
    CHECK_TOOK(begin, least, 2 * least + 1.5);
    feeder_stop(&feeder);
}

static ssize_t by_recv(int fd, char *bytes, size_t length)
{
    return recv(fd, bytes, length, 0);
}

static ssize_t by_recvfrom(int fd, char *bytes, size_t length)
{
    return recvfrom(fd, bytes, length, 0, NULL, NULL);
}

static ssize_t by_recvmsg(int fd, char *bytes, size_t length)
{
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = (size_t)cut(bytes, length)};
    return recvmsg(fd, &message, 0);
}

/* Into one message: a stream would fill the next one, too. */
static ssize_t by_recvmmsg(int fd, char *bytes, size_t length)
{
    struct mmsghdr message = {
        .msg_hdr = {.msg_iov = parts, .msg_iovlen = (size_t)cut(bytes, length)}};
    int got = recvmmsg(fd, &message, 1, 0, NULL);
    return got == 1 ? (ssize_t)message.msg_len : got;
}

static ssize_t by_read(int fd, char *bytes, size_t length)
{
    return read(fd, bytes, length);
}

static ssize_t by_readv(int fd, char *bytes, size_t length)
{
    return readv(fd, parts, cut(bytes, length));
}

static ssize_t by_preadv2(int fd, char *bytes, size_t length)
{
    return preadv2(fd, parts, cut(bytes, length), -1, 0);
}

static ssize_t by_SYS_recvfrom(int fd, char *bytes, size_t length)
{
    return syscall(SYS_recvfrom, fd, bytes, length, 0, NULL, NULL);
}

static ssize_t by_SYS_recvmsg(int fd, char *bytes, size_t length)
{
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = (size_t)cut(bytes, length)};
    return syscall(SYS_recvmsg, fd, &message, 0);
}

static ssize_t by_SYS_recvmmsg(int fd, char *bytes, size_t length)
{
    struct mmsghdr message = {
        .msg_hdr = {.msg_iov = parts, .msg_iovlen = (size_t)cut(bytes, length)}};
    long got = syscall(SYS_recvmmsg, fd, &message, 1, 0, NULL);
    return got == 1 ? (ssize_t)message.msg_len : got;
}

static ssize_t by_SYS_read(int fd, char *bytes, size_t length)
{
    return syscall(SYS_read, fd, bytes, length);
}

static ssize_t by_SYS_readv(int fd, char *bytes, size_t length)
{
    return syscall(SYS_readv, fd, parts, cut(bytes, length));
}

/* Through a pipe. */
static ssize_t by_splice(int fd, char *bytes, size_t length)
{
    static int ends[2];
    if (!ends[1])
        MUST(pipe(ends));
    ssize_t got = splice(fd, NULL, ends[1], NULL, length, 0);
    for (ssize_t done = 0; done < got;)
        done += MUST(read(ends[0], bytes + done, (size_t)(got - done)));
    return got;
}

/* The offset in two halves, of which 64-bit kernels use the first. */
static ssize_t by_SYS_preadv2(int fd, char *bytes, size_t length)
{
    return syscall(SYS_preadv2, fd, parts, cut(bytes, length), -1L, -1L, 0);
}

/* Who writes 50 MB to a program that is held is held up by it. */
static void sender_feels_it(void)
{
    enum { BUFFER = 65536, ROOM = 1000000 };
    static char bytes[BUFFER];
    struct feeder feeder;
    struct pair pair = tcp_pair();
    size_t position = 0;
    MUST(setsockopt(pair.near, SOL_SOCKET, SO_RCVBUF, &(int){BUFFER}, sizeof(int)));
    MUST(setsockopt(pair.far, SOL_SOCKET, SO_SNDBUF, &(int){BUFFER}, sizeof(int)));
    feeder_start(&feeder, pair, 50 * 1000 * 1000);
    for (double begin = now(); now() - begin < 0.7;) {
        ssize_t got = recv(pair.near, bytes, sizeof bytes, 0);
        if (!CHECK(got > 0))
            break;
        CHECK_DATA(bytes, position, got);
        position += (size_t)got;
        CHECK_BOUND(position, begin, BURST, RATE);
    }
    CHECK(__atomic_load_n(&feeder.sent, __ATOMIC_RELAXED) < position + ROOM);
    feeder_stop(&feeder);
}

#define WAY(name)                                                                                  \
    static void name##_(void)                                                                      \
    {                                                                                              \
        receive_all(by_##name);                                                                    \
    }

WAY(recv)
WAY(recvfrom)
WAY(recvmsg)
WAY(recvmmsg)
WAY(read)
WAY(readv)
WAY(preadv2)
WAY(splice)
WAY(SYS_recvfrom)
WAY(SYS_recvmsg)
WAY(SYS_recvmmsg)
WAY(SYS_read)
WAY(SYS_readv)
WAY(SYS_preadv2)

HOLD_MAIN({"recv", recv_}, {"recvfrom", recvfrom_}, {"recvmsg", recvmsg_}, {"recvmmsg", recvmmsg_},
          {"read", read_}, {"readv", readv_}, {"preadv2", preadv2_}, {"splice", splice_},
          {"SYS_recvfrom", SYS_recvfrom_}, {"SYS_recvmsg", SYS_recvmsg_},
          {"SYS_recvmmsg", SYS_recvmmsg_}, {"SYS_read", SYS_read_}, {"SYS_readv", SYS_readv_},
          {"SYS_preadv2", SYS_preadv2_}, BEHAVIOUR(sender_feels_it))
