/*
 * errors.c - errno is untouched on success and the kernel's on failure, and what failed is free.
 *
 * Limits: `success`: `out 200kB/s burst=2kB; connect 20/s burst=1`; all others: `calls 2/h`, of
 * which making a pair takes one, so that one call is left: `is_free` shows that it still is.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#include "hold.h"

enum { CANARY = 12345, MANY = 5 };

/* Not seen by the compiler, which would warn. */
static volatile size_t minus_one = (size_t)-1;

#define CHECK_QUIET(call, expected)                                                                \
    do {                                                                                           \
        errno = CANARY;                                                                            \
        CHECK_EQ(call, expected);                                                                  \
        CHECK_EQ(errno, CANARY);                                                                   \
    } while (0)

static void send_each_way(int fd, size_t length, int file, const int pipe_ends[2])
{
    struct iovec iov = {data, length};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
    struct mmsghdr messages[2] = {{.msg_hdr = message}, {.msg_hdr = message}};
    off_t offset = 0;
    CHECK_QUIET(send(fd, data, length, 0), length);
    CHECK_QUIET(sendto(fd, data, length, 0, NULL, 0), length);
    CHECK_QUIET(sendmsg(fd, &message, 0), length);
    CHECK_QUIET(sendmmsg(fd, messages, 2, 0), 2);
    CHECK_QUIET(write(fd, data, length), length);
    CHECK_QUIET(writev(fd, &iov, 1), length);
    CHECK_QUIET(pwritev2(fd, &iov, 1, -1, 0), length);
    CHECK_QUIET(sendfile(fd, file, &offset, length), length);
    MUST(write(pipe_ends[1], data, length));
    errno = CANARY;
    CHECK(splice(pipe_ends[0], NULL, fd, NULL, length, 0) > 0);
    CHECK_EQ(errno, CANARY);
}

/* What is thrown away as it arrives. */
static void *swallow(void *far)
{
    char bytes[16384];
    while (recv(*(int *)far, bytes, sizeof bytes, 0) > 0)
        ;
    return NULL;
}

/* Held (5000 bytes, in pieces) and not held, and the calls that make and end a descriptor. */
static void success(void)
{
    struct sockaddr_in address;
    int pipe_ends[2], both[2], file = MUST(memfd_create("data", 0));
    MUST(write(file, data, 5000));
    MUST(pipe(pipe_ends));
    struct pair pair = tcp_pair();
    pthread_t thread = thread_start(swallow, &pair.far);
    double begin = now();
    send_each_way(pair.near, 5000, file, pipe_ends);
    CHECK_TOOK(begin, 0.2, 1);
    nap(0.05);
    send_each_way(pair.near, 100, file, pipe_ends);

    int listener = tcp_listen(&address, 1), fd;
    CHECK_QUIET((fd = socket(AF_INET, SOCK_STREAM, 0)) >= 0, 1);
    CHECK_QUIET(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    CHECK_QUIET(close(MUST(accept(listener, NULL, NULL))), 0);
    CHECK_QUIET(dup2(fd, listener), listener);
    CHECK_QUIET(fcntl(fd, F_GETFL), O_RDWR);
    CHECK_QUIET(socketpair(AF_UNIX, SOCK_STREAM, 0, both), 0);
    CHECK_QUIET(write(MUST(dup(file)), data, 10), 10);
    CHECK_QUIET(write(both[0], data, 10), 10);
    CHECK_QUIET(shutdown(pair.near, SHUT_WR), 0);
    pthread_join(thread, NULL);
}

/* After all that failed, one call passes, and it was the last. */
static void is_free(void)
{
    struct sockaddr_in peer = loopback("127.0.0.1");
    bound(SOCK_DGRAM, &peer);
    int fd = MUST(socket(AF_INET, SOCK_DGRAM, 0));
    const struct sockaddr *to = (const struct sockaddr *)&peer;
    CHECK_EQ(sendto(fd, data, 10, 0, to, sizeof peer), 10);
    CHECK_FAILS(sendto(fd, data, 10, 0, to, sizeof peer), ETIMEDOUT);
}

static void broken_pipe(void)
{
    struct pair pair = tcp_pair();
    struct iovec iov = {data, 100};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
    struct mmsghdr messages = {.msg_hdr = message};
    MUST(shutdown(pair.near, SHUT_WR));
    for (int i = 0; i < MANY; i++) {
        CHECK_FAILS(send(pair.near, data, 100, MSG_NOSIGNAL), EPIPE);
        CHECK_FAILS(sendmsg(pair.near, &message, MSG_NOSIGNAL), EPIPE);
        CHECK_FAILS(sendmmsg(pair.near, &messages, 1, MSG_NOSIGNAL), EPIPE);
    }
    is_free();
}

static volatile sig_atomic_t signals;

static void count(int signal)
{
    (void)signal;
    signals++;
}

static void broken_pipe_with_signal(void)
{
    struct pair pair = tcp_pair();
    struct iovec iov = {data, 100};
    signal(SIGPIPE, count);
    MUST(shutdown(pair.near, SHUT_WR));
    for (int i = 1; i <= MANY; i++) {
        CHECK_FAILS(write(pair.near, data, 100), EPIPE);
        CHECK_FAILS(writev(pair.near, &iov, 1), EPIPE);
        CHECK_EQ(signals, 2 * i);
    }
    is_free();
}

static void no_descriptor(void)
{
    struct pair pair = tcp_pair();
    struct iovec iov = {data, 100};
    int closed = MUST(dup(pair.near));
    MUST(close(closed));
    for (int i = 0; i < MANY; i++) {
        CHECK_FAILS(send(closed, data, 100, 0), EBADF);
        CHECK_FAILS(write(closed, data, 100), EBADF);
        CHECK_FAILS(writev(closed, &iov, 1), EBADF);
        CHECK_FAILS(sendfile(closed, 0, NULL, 100), EBADF);
        CHECK_FAILS(send(-1, data, 100, 0), EBADF);
        CHECK_FAILS(write(1 << 20, data, 100), EBADF);
    }
    is_free();
}

static void no_peer(void)
{
    tcp_pair();
    int stream = MUST(socket(AF_INET, SOCK_STREAM, 0));
    int datagram = MUST(socket(AF_INET, SOCK_DGRAM, 0));
    char byte;
    for (int i = 0; i < MANY; i++) {
        CHECK_FAILS(send(stream, data, 100, MSG_NOSIGNAL), EPIPE);
        CHECK_FAILS(send(datagram, data, 100, 0), EDESTADDRREQ);
        CHECK_FAILS(write(datagram, data, 100), EDESTADDRREQ);
        CHECK_FAILS(recv(stream, &byte, 1, 0), ENOTCONN);
    }
    is_free();
}

static void too_long(void)
{
    tcp_pair();
    int fd = MUST(socket(AF_INET, SOCK_DGRAM, 0));
    struct sockaddr_in peer = loopback("127.0.0.1");
    peer.sin_port = htons(9);
    for (int i = 0; i < MANY; i++)
        CHECK_FAILS(sendto(fd, data, 70000, 0, (struct sockaddr *)&peer, sizeof peer), EMSGSIZE);
    is_free();
}

/* `out 1kB/h burst=100kB timeout=1ms`: the bytes of it were free, too; 70000 of them never come
 * again. */
static void too_long_in_bytes(void)
{
    struct pair pair = udp_pair();
    for (int i = 0; i < MANY; i++) {
        CHECK_FAILS(send(pair.near, data, 70000, 0), EMSGSIZE);
        CHECK_FAILS(send(pair.near, data, minus_one, 0), EMSGSIZE);
    }
    CHECK_EQ(send(pair.near, data, 60000, 0), 60000);
}

/* `out 200kB/s burst=2kB`: as of a read that failed. Nothing must go. */
static void negative_length(void)
{
    struct sink sink;
    struct iovec iov[2] = {{data, 10}, {data, minus_one}};
    int file = MUST(memfd_create("data", 0));
    MUST(write(file, data, 100));
    sink_start(&sink, tcp_pair());
    CHECK_FAILS(write(sink.pair.near, data, minus_one), EFAULT);
    CHECK_FAILS(writev(sink.pair.near, iov, 2), EINVAL);
    CHECK_FAILS(pwritev2(sink.pair.near, iov, 2, -1, 0), EINVAL);
    CHECK_FAILS(sendfile(sink.pair.near, file, &(off_t){0}, minus_one), EINVAL);
    sink_stop(&sink, 0);
}

static void bad_buffer(void)
{
    struct pair pair = tcp_pair();
    void *nowhere = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct iovec iov = {nowhere, 100};
    for (int i = 0; i < MANY; i++) {
        CHECK_FAILS(send(pair.near, nowhere, 100, 0), EFAULT);
        CHECK_FAILS(write(pair.near, nowhere, 100), EFAULT);
        CHECK_FAILS(writev(pair.near, &iov, 1), EFAULT);
    }
    is_free();
}

/* `out 200kB/s burst=2kB`: what failed after some of it went is a short count, and no error. */
static void bad_end_of_buffer(void)
{
    struct sink sink;
    enum { READABLE = 8192 };
    sink_start(&sink, tcp_pair());
    char *bytes = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memcpy(bytes, data, READABLE);
    MUST(mprotect(bytes + READABLE, 65536 - READABLE, PROT_NONE));
    errno = CANARY;
    ssize_t sent = send(sink.pair.near, bytes, 65536, 0);
    CHECK(sent > 0 && sent <= READABLE);
    CHECK_EQ(errno, CANARY);
    sink_stop(&sink, (size_t)sent);
}

HOLD_MAIN(BEHAVIOUR(success), BEHAVIOUR(broken_pipe), BEHAVIOUR(broken_pipe_with_signal),
          BEHAVIOUR(no_descriptor), BEHAVIOUR(no_peer), BEHAVIOUR(too_long),
          BEHAVIOUR(too_long_in_bytes), BEHAVIOUR(negative_length), BEHAVIOUR(bad_buffer),
          BEHAVIOUR(bad_end_of_buffer))
