/*
 * receive_errors.c - a receive that fails does so with the kernel's errno, and is free; one that
 * succeeds leaves errno alone.
 *
 * Limits: `recv 1/h timeout=1ms; read 1/h timeout=1ms`, of which each behaviour uses up what is
 * left at its end, or in bytes, `in 1kB/h burst=100kB timeout=1ms`.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include "receive.h"

enum { MANY = 5, MOST = 100000 };

static char bytes[MOST];
/* Not seen by the compiler, which would warn. */
static volatile size_t minus_one = (size_t)-1;
static volatile int negative = -1, too_many = 1025;

/* After all that failed, one call of each family passes, and it was the last. */
static void is_free(void)
{
    struct pair pair = pair_with(100);
    CHECK_EQ(recv(pair.near, bytes, 10, 0), 10);
    CHECK_EQ(read(pair.near, bytes + 10, 10), 10);
    CHECK_FAILS(recv(pair.near, bytes + 20, 10, 0), ETIMEDOUT);
    CHECK_FAILS(read(pair.near, bytes + 20, 10), ETIMEDOUT);
    CHECK_DATA(bytes, 0, 20);
}

/* In bytes: so many still pass at once, and no more for an hour. */
static void bytes_are_free(void)
{
    struct feeder feeder;
    size_t position = 0;
    feeder_start(&feeder, tcp_pair(), 2 * MOST);
    while (position < MOST) {
        ssize_t got = recv(feeder.pair.near, bytes, MOST - position, 0);
        if (!CHECK(got > 0))
            break;
        CHECK_DATA(bytes, position, got);
        position += (size_t)got;
    }
    CHECK_FAILS(recv(feeder.pair.near, bytes, 5000, 0), ETIMEDOUT);
    feeder_stop(&feeder);
}

static void fail_each_way(int fd, void *buffer, size_t length, int error)
{
    struct iovec iov = {buffer, length};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
    struct mmsghdr messages = {.msg_hdr = message};
    for (int i = 0; i < MANY; i++) {
        CHECK_FAILS(recv(fd, buffer, length, 0), error);
        CHECK_FAILS(recv(fd, buffer, length, MSG_WAITALL), error);
        CHECK_FAILS(recvfrom(fd, buffer, length, 0, NULL, NULL), error);
        CHECK_FAILS(recvmsg(fd, &message, 0), error);
        CHECK_FAILS(recvmsg(fd, &message, MSG_WAITALL), error);
        CHECK_FAILS(recvmmsg(fd, &messages, 1, 0, NULL), error);
        CHECK_FAILS(read(fd, buffer, length), error);
        CHECK_FAILS(readv(fd, &iov, 1), error);
        CHECK_FAILS(preadv2(fd, &iov, 1, -1, 0), error);
    }
}

static void no_descriptor(void)
{
    struct pair pair = tcp_pair();
    MUST(close(pair.near));
    fail_each_way(pair.near, bytes, 100, EBADF);
    fail_each_way(-1, bytes, 100, EBADF);
    is_free();
}

static void no_socket(void)
{
    int file = MUST(memfd_create("file", 0));
    for (int i = 0; i < MANY; i++) {
        CHECK_FAILS(recv(file, bytes, 10, 0), ENOTSOCK);
        CHECK_EQ(read(file, bytes, 10), 0);
    }
    is_free();
}

static void not_connected(void)
{
    int fd = MUST(socket(AF_INET, SOCK_STREAM, 0));
    fail_each_way(fd, bytes, MOST, ENOTCONN);
    is_free();
}

static void empty(void)
{
    struct pair pair = tcp_pair(), messages = udp_pair();
    MUST(fcntl(pair.near, F_SETFL, O_NONBLOCK));
    MUST(fcntl(messages.far, F_SETFL, O_NONBLOCK));
    fail_each_way(pair.near, bytes, MOST, EAGAIN);
    fail_each_way(messages.far, bytes, MOST, EAGAIN);
    for (int i = 0; i < MANY; i++)
        CHECK_FAILS(recv(pair.near, bytes, 10, MSG_DONTWAIT), EAGAIN);
}

static void empty_in_calls(void)
{
    empty();
    is_free();
}

static void empty_in_bytes(void)
{
    empty();
    bytes_are_free();
}

/* A buffer that cannot be written takes nothing out of a stream. */
static void bad_buffer(void)
{
    struct pair pair = pair_with(1000);
    void *nowhere = mmap(NULL, MOST, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    fail_each_way(pair.near, nowhere, 1000, EFAULT);
    CHECK_EQ(recv(pair.near, bytes, 2000, MSG_PEEK), 1000);
    CHECK_DATA(bytes, 0, 1000);
}

static void bad_buffer_in_calls(void)
{
    bad_buffer();
    is_free();
}

static void bad_buffer_in_bytes(void)
{
    bad_buffer();
    bytes_are_free();
}

/* in 200kB/s burst=2kB: what failed after some of it came is a short count, and no error. */
static void bad_end_of_buffer(void)
{
    struct feeder feeder;
    enum { WRITABLE = 8192 };
    feeder_start(&feeder, tcp_pair(), 65536);
    char *buffer = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(mprotect(buffer + WRITABLE, 65536 - WRITABLE, PROT_NONE));
    errno = 12345;
    ssize_t got = recv(feeder.pair.near, buffer, 65536, MSG_WAITALL);
    CHECK(got > 0 && got <= WRITABLE);
    CHECK_EQ(errno, 12345);
    CHECK_DATA(buffer, 0, got);
    CHECK_EQ(recv(feeder.pair.near, bytes, 1000, MSG_WAITALL), 1000);
    CHECK_DATA(bytes, (size_t)got, 1000);
    feeder_stop(&feeder);
}

static void bad_length(void)
{
    struct pair pair = pair_with(100);
    struct iovec iov[2] = {{bytes, 10}, {bytes, minus_one}};
    for (int i = 0; i < MANY; i++) {
        CHECK_FAILS(readv(pair.near, iov, 2), EINVAL);
        CHECK_FAILS(readv(pair.near, iov, negative), EINVAL);
        CHECK_FAILS(readv(pair.near, iov, too_many), EINVAL);
        CHECK_FAILS(preadv2(pair.near, iov, 2, -1, 0), EINVAL);
        CHECK_FAILS(preadv2(pair.near, iov, 1, 5, 0), ESPIPE);
    }
    is_free();
}

/* One call for each connection that was reset: the kernel tells it once. */
static void reset(void)
{
    struct iovec iov = {bytes, MOST};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
    struct linger at_once = {1, 0};
    for (int i = 0; i < 6; i++) {
        struct pair pair = tcp_pair();
        MUST(setsockopt(pair.far, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once));
        MUST(close(pair.far));
        ssize_t got = i == 0   ? recv(pair.near, bytes, MOST, 0)
                      : i == 1 ? recv(pair.near, bytes, MOST, MSG_WAITALL)
                      : i == 2 ? recvmsg(pair.near, &message, 0)
                      : i == 3 ? read(pair.near, bytes, MOST)
                      : i == 4 ? readv(pair.near, &iov, 1)
                               : recvmmsg(pair.near, (struct mmsghdr[]){{message, 0}}, 1, 0, NULL);
        CHECK_FAILS(got, ECONNRESET);
        close(pair.near);
    }
    is_free();
}

/* in 200kB/s burst=2kB: the reset is the next call's to see, once all that came before is read. */
static void reset_in_the_middle(void)
{
    struct pair pair = pair_with(10000);
    struct linger at_once = {1, 0};
    MUST(setsockopt(pair.far, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once));
    MUST(close(pair.far));
    errno = 12345;
    CHECK_EQ(recv(pair.near, bytes, MOST, MSG_WAITALL), 10000);
    CHECK_EQ(errno, 12345);
    CHECK_DATA(bytes, 0, 10000);
    CHECK_FAILS(recv(pair.near, bytes, MOST, 0), ECONNRESET);
    CHECK_EQ(recv(pair.near, bytes, MOST, 0), 0);
}

HOLD_MAIN(BEHAVIOUR(no_descriptor), BEHAVIOUR(no_socket), BEHAVIOUR(not_connected),
          BEHAVIOUR(empty_in_calls), BEHAVIOUR(empty_in_bytes), BEHAVIOUR(bad_buffer_in_calls),
          BEHAVIOUR(bad_buffer_in_bytes), BEHAVIOUR(bad_end_of_buffer), BEHAVIOUR(bad_length),
          BEHAVIOUR(reset), BEHAVIOUR(reset_in_the_middle))
