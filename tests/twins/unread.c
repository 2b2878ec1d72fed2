/* unread.c - a program that knows how much is there, and then receives that: it gets it all. */
#include <sys/syscall.h>

#include "twin.h"
#include "ways.h"

enum { THERE = 40000 };

/* Of the socket, and of a call, by which it does not wait. */
static int socket_flags, call_flags;

/* What must not tell the shim: a poll of the receive queue would. */
static void await_all(int fd)
{
    set_option(fd, SOL_SOCKET, SO_RCVLOWAT, THERE);
    await_events(fd, POLLIN);
    set_option(fd, SOL_SOCKET, SO_RCVLOWAT, 1);
}

static struct pair pair_with_all(void)
{
    struct pair pair = tcp_pair();
    set_option(pair.far, SOL_SOCKET, SO_RCVBUF, 1 << 20);
    MUST(fcntl(pair.far, F_SETFL, socket_flags));
    send_all(pair.near, THERE);
    await_all(pair.far);
    return pair;
}

/* A call that receives, without MSG_WAITALL. */
struct call {
    const char *name;
    ssize_t (*receive)(int fd, size_t length);
};

static ssize_t just_recv(int fd, size_t length)
{
    return recv(fd, room, length, call_flags);
}

static ssize_t just_recvfrom(int fd, size_t length)
{
    return recvfrom(fd, room, length, call_flags, NULL, NULL);
}

static ssize_t just_recvmsg(int fd, size_t length)
{
    struct msghdr message = {.msg_iov = split(room, length), .msg_iovlen = 20};
    return recvmsg(fd, &message, call_flags);
}

static ssize_t just_recvmmsg(int fd, size_t length)
{
    struct mmsghdr message = {.msg_hdr = {.msg_iov = split(room, length), .msg_iovlen = 20}};
    return recvmmsg(fd, &message, 1, call_flags, NULL) == 1 ? (ssize_t)message.msg_len : -1;
}

static ssize_t just_read(int fd, size_t length)
{
    return read(fd, room, length);
}

static ssize_t just_readv(int fd, size_t length)
{
    return readv(fd, split(room, length), 20);
}

static ssize_t just_preadv2(int fd, size_t length)
{
    return preadv2(fd, split(room, length), 20, -1, 0);
}

static ssize_t number_read(int fd, size_t length)
{
    return syscall(SYS_read, fd, room, length);
}

static ssize_t number_readv(int fd, size_t length)
{
    return syscall(SYS_readv, fd, split(room, length), 20);
}

static ssize_t number_recvfrom(int fd, size_t length)
{
    return syscall(SYS_recvfrom, fd, room, length, call_flags, NULL, NULL);
}

static const struct call calls[] = {
    {"recv", just_recv},
    {"recvfrom", just_recvfrom},
    {"recvmsg", just_recvmsg},
    {"recvmmsg", just_recvmmsg},
    {"read", just_read},
    {"readv", just_readv},
    {"preadv2", just_preadv2},
    {"read by number", number_read},
    {"readv by number", number_readv},
    {"recvfrom by number", number_recvfrom},
};

static int by_fionread(int fd)
{
    int unread = -1;
    MUST(ioctl(fd, FIONREAD, &unread));
    return unread;
}

static int by_number_fionread(int fd)
{
    int unread = -1;
    MUST(syscall(SYS_ioctl, fd, FIONREAD, &unread));
    return unread;
}

static int by_peek(int fd)
{
    return MUST(recv(fd, room, sizeof room, MSG_PEEK));
}

static int by_peek_of_nothing(int fd)
{
    return MUST(recv(fd, NULL, sizeof room, MSG_PEEK | MSG_TRUNC));
}

static int by_recvfrom_peek(int fd)
{
    return MUST(recvfrom(fd, room, sizeof room, MSG_PEEK | MSG_DONTWAIT, NULL, NULL));
}

static int by_recvmsg_peek(int fd)
{
    struct iovec iov = {room, sizeof room};
    return MUST(recvmsg(fd, &(struct msghdr){.msg_iov = &iov, .msg_iovlen = 1}, MSG_PEEK));
}

/* All of it by one call, and by two; the second knows from the first one's question. */
static void received_in(int (*ask)(int fd), size_t first, size_t second)
{
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        struct pair pair = pair_with_all();
        struct stream stream = {0};
        say("%s, told %d", calls[i].name, ask(pair.far));
        ssize_t got = say_result("first", (errno = 0, calls[i].receive(pair.far, first)));
        stream_add(&stream, room, got > 0 ? (size_t)got : 0);
        got = second ? say_result("second", (errno = 0, calls[i].receive(pair.far, second))) : 0;
        stream_add(&stream, room, got > 0 ? (size_t)got : 0);
        say_matches(stream, THERE);
        close_pair(pair);
    }
}

static void asked(void)
{
    received_in(by_fionread, THERE, 0);
}

static void asked_and_in_two(void)
{
    received_in(by_fionread, 15000, THERE - 15000);
}

static void asked_by_number(void)
{
    received_in(by_number_fionread, THERE, 0);
}

/* Into more room than there is need of. */
static void with_room(void)
{
    received_in(by_fionread, sizeof room, 0);
}

static void peeked(void)
{
    received_in(by_peek, THERE, 0);
    received_in(by_peek_of_nothing, THERE, 0);
    received_in(by_recvfrom_peek, THERE, 0);
    received_in(by_recvmsg_peek, 10000, THERE - 10000);
}

static void without_waiting(void)
{
    static const int flags[][2] = {{O_NONBLOCK, 0}, {0, MSG_DONTWAIT}};
    for (int i = 0; i < 2; i++) {
        socket_flags = flags[i][0];
        call_flags = flags[i][1];
        received_in(by_fionread, THERE, 0);
        received_in(by_peek, 15000, THERE - 15000);
    }
}

/* As nginx and haproxy take the header of the PROXY protocol, which they have looked at: less than
 * that is an error to them. */
static void headers_by(const struct call *call, int (*look)(int fd))
{
    enum { HEADER = 1000 };
    struct pair pair = pair_with_all();
    struct stream stream = {0};
    say("%s, told %d", call->name, look(pair.far));
    for (size_t left = THERE; left > 0; left -= HEADER) {
        ssize_t got = call->receive(pair.far, HEADER);
        if (got != HEADER)
            say_result("of a header", got);
        stream_add(&stream, room, got > 0 ? (size_t)got : 0);
    }
    say_matches(stream, THERE);
    close_pair(pair);
}

static void headers_without_waiting(void)
{
    socket_flags = O_NONBLOCK;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        headers_by(&calls[i], i % 2 ? by_peek : by_recvmsg_peek);
    socket_flags = 0;
    call_flags = MSG_DONTWAIT;
    for (size_t i = 0; i < 4; i++)
        headers_by(&calls[i], i % 2 ? by_recvfrom_peek : by_peek);
}

/* A header first, whose length a peek shows. */
static void header_first(void)
{
    struct pair pair = pair_with_all();
    say("told %d", by_fionread(pair.far));
    SAY(recv(pair.far, room, 4, MSG_PEEK));
    SAY(recv(pair.far, room, 4, 0));
    SAY(read(pair.far, room, THERE - 4));
    close_pair(pair);
}

/* What was told of one socket is not expected of the next one that has its number; nor of what
 * another number of it was faster to receive. */
static void of_another(void)
{
    struct pair pair = pair_with_all(), other = tcp_pair();
    int number = pair.far, duplicate = MUST(dup(number));
    say("told %d", by_fionread(number));
    for (size_t got = 0; got < THERE;)
        got += (size_t)MUST(recv(duplicate, room, THERE - got, 0));
    send_all(pair.near, 10);
    SAY(recv(number, room, THERE, 0));
    send_all(pair.near, 100);
    await_events(number, POLLIN);
    say("told %d", by_fionread(number));
    MUST(dup2(other.far, number));
    send_all(other.near, 10);
    SAY(recv(number, room, THERE, 0));
    close_pair(pair);
    close_pair(other);
}

/* The end of the stream, and a message that is out of band, are where they are. */
static void to_the_end(void)
{
    struct pair pair = pair_with_all();
    shutdown(pair.near, SHUT_WR);
    await_events(pair.far, POLLRDHUP);
    say("told %d", by_fionread(pair.far));
    SAY(read(pair.far, room, sizeof room));
    SAY(read(pair.far, room, sizeof room));
    close_pair(pair);
}

static void to_the_urgent_mark(void)
{
    struct pair pair = pair_with_all();
    SAY(send(pair.near, data, 1, MSG_OOB));
    SAY(send(pair.near, data, 1000, 0));
    await_events(pair.far, POLLPRI);
    say("told %d", by_fionread(pair.far));
    SAY(recv(pair.far, room, sizeof room, 0));
    say("then %d", by_fionread(pair.far) <= 1000);
    SAY(recv(pair.far, room, 1000, MSG_WAITALL));
    close_pair(pair);
}

/* By a signal (O_ASYNC), which comes once: it is all received, by one call. */
static void told_by_a_signal(void)
{
    struct pair pair = pair_with_all();
    MUST(fcntl(pair.far, F_SETFL, O_ASYNC));
    SAY(read(pair.far, room, sizeof room));
    close_pair(pair);
}

/* Others are asked as before. */
static void of_others(void)
{
    int unread = -1, pipes[2];
    struct pair pair = udp_pair();
    MUST(pipe(pipes));
    SAY(write(pipes[1], data, 100));
    SAY(ioctl(pipes[0], FIONREAD, &unread));
    say("told %d", unread);
    SAY(send(pair.near, data, 30, 0));
    SAY(send(pair.near, data, 50, 0));
    await_events(pair.far, POLLIN);
    SAY(ioctl(pair.far, FIONREAD, &unread));
    say("told %d", unread);
    SAY(recv(pair.far, room, 1000, MSG_PEEK));
    SAY(recv(pair.far, room, 1000, 0));
    SAY(recv(pair.far, room, 1000, 0));
    SAY(ioctl(-1, FIONREAD, &unread));
    SAY(ioctl(pair.far, FIONREAD, NULL));
    SAY(ioctl(pair.far, FIONBIO, &(int){1}));
    SAY(recv(pair.far, room, 1000, 0));
}

TWINS(TWIN(asked), TWIN(asked_and_in_two), TWIN(asked_by_number), TWIN(with_room), TWIN(peeked),
      TWIN(without_waiting), TWIN(headers_without_waiting), TWIN(header_first), TWIN(of_another),
      TWIN(to_the_end), TWIN(to_the_urgent_mark), TWIN(told_by_a_signal), TWIN(of_others))
