/* epoll_ways.c - every way to move a stream, in loops that are told once. */
#include <sys/sendfile.h>

#include "loop.h"

struct way {
    const char *name;
    ssize_t (*move)(int fd, size_t length);
    bool goes_on; /* a short count of this one says nothing: EAGAIN does */
};

static ssize_t by_sendto(int fd, size_t length)
{
    return sendto(fd, from, length, 0, NULL, 0);
}

static ssize_t by_send_this_once(int fd, size_t length)
{
    return send(fd, from, length, MSG_DONTWAIT);
}

static ssize_t by_sendmmsg(int fd, size_t length)
{
    struct mmsghdr one = {.msg_hdr = {.msg_iov = split(from, length), .msg_iovlen = 20}};
    return sendmmsg(fd, &one, 1, 0) < 0 ? -1 : (ssize_t)one.msg_len;
}

static ssize_t by_pwritev2(int fd, size_t length)
{
    return pwritev2(fd, split(from, length), 20, -1, 0);
}

static ssize_t by_number_write(int fd, size_t length)
{
    return syscall(SYS_write, fd, from, length);
}

static ssize_t by_number_sendmsg(int fd, size_t length)
{
    struct msghdr message = {.msg_iov = split(from, length), .msg_iovlen = 20};
    return syscall(SYS_sendmsg, fd, &message, 0);
}

static ssize_t by_sendfile(int fd, size_t length)
{
    static int file;
    off_t at = from - data;
    if (!file) {
        file = MUST(memfd_create("data", MFD_CLOEXEC));
        MUST(write(file, data, DATA_BYTES) == DATA_BYTES ? 0 : -1);
    }
    return sendfile(fd, file, &at, length);
}

/* Out of a pipe that has all that is still to be sent. */
static ssize_t by_splice(int fd, size_t length)
{
    static int ends[2];
    if (!ends[1]) {
        MUST(pipe(ends));
        MUST(fcntl(ends[1], F_SETPIPE_SZ, 1 << 20));
    }
    if (from == data)
        MUST(write(ends[1], data, 100000) == 100000 ? 0 : -1);
    return splice(ends[0], NULL, fd, NULL, length, SPLICE_F_NONBLOCK);
}

static ssize_t by_plain_read(int fd, size_t length)
{
    return read(fd, room, length);
}

static ssize_t by_recv_this_once(int fd, size_t length)
{
    return recv(fd, room, length, MSG_DONTWAIT);
}

static ssize_t by_readv(int fd, size_t length)
{
    return readv(fd, split(room, length), 20);
}

static ssize_t by_preadv2(int fd, size_t length)
{
    return preadv2(fd, split(room, length), 20, -1, 0);
}

static ssize_t by_preadv2_this_once(int fd, size_t length)
{
    return preadv2(fd, split(room, length), 20, -1, RWF_NOWAIT);
}

static ssize_t by_plain_recvmsg(int fd, size_t length)
{
    struct msghdr message = {.msg_iov = split(room, length), .msg_iovlen = 20};
    return recvmsg(fd, &message, 0);
}

static ssize_t by_recvmmsg(int fd, size_t length)
{
    struct mmsghdr one = {.msg_hdr = {.msg_iov = split(room, length), .msg_iovlen = 20}};
    return recvmmsg(fd, &one, 1, 0, NULL) < 0 ? -1 : (ssize_t)one.msg_len;
}

static ssize_t by_number_read(int fd, size_t length)
{
    return syscall(SYS_read, fd, room, length);
}

static ssize_t by_number_recvfrom(int fd, size_t length)
{
    return syscall(SYS_recvfrom, fd, room, length, 0, NULL, NULL);
}

/* Into a pipe, and from there. */
static ssize_t out_by_splice(int fd, size_t length)
{
    static int ends[2];
    if (!ends[1]) {
        MUST(pipe(ends));
        MUST(fcntl(ends[1], F_SETPIPE_SZ, 1 << 20));
    }
    ssize_t got = splice(fd, NULL, ends[1], NULL, length, SPLICE_F_NONBLOCK);
    for (ssize_t done = 0; done < got;)
        done += MUST(read(ends[0], room + done, (size_t)(got - done)));
    return got;
}

static const struct way sends[] = {{"send", by_send, false},
                                   {"sendto", by_sendto, false},
                                   {"write", by_write, false},
                                   {"sendmsg", by_sendmsg, false},
                                   {"sendmmsg", by_sendmmsg, false},
                                   {"writev", by_writev, false},
                                   {"pwritev2", by_pwritev2, false},
                                   {"write by number", by_number_write, false},
                                   {"sendmsg by number", by_number_sendmsg, false},
                                   {"sendfile", by_sendfile, true},
                                   {"splice", by_splice, true}};

static const struct way receives[] = {{"recv", by_recv, false},
                                      {"read", by_plain_read, false},
                                      {"recvfrom", by_recvfrom, false},
                                      {"readv", by_readv, false},
                                      {"preadv2", by_preadv2, false},
                                      {"recvmsg", by_plain_recvmsg, false},
                                      {"recvmmsg", by_recvmmsg, false},
                                      {"read by number", by_number_read, false},
                                      {"recvfrom by number", by_number_recvfrom, false},
                                      {"splice", out_by_splice, true}};

#define COUNT_OF(ways) (sizeof ways / sizeof *ways)

static void send_by_all(uint32_t trigger, enum manner manner)
{
    kept.trigger = trigger;
    for (size_t i = 0; i < COUNT_OF(sends); i++) {
        say("%s", sends[i].name);
        moves.send = sends[i].move;
        send_by(&waits[FIRST_EPOLL], sends[i].goes_on ? GOES_ON_TO_EAGAIN : manner, 100000);
    }
}

static void receive_by_all(uint32_t trigger, enum manner manner)
{
    kept.trigger = trigger;
    for (size_t i = 0; i < COUNT_OF(receives); i++) {
        say("%s", receives[i].name);
        moves.receive = receives[i].move;
        receive_by(&waits[FIRST_EPOLL], receives[i].goes_on ? GOES_ON_TO_EAGAIN : manner, 60000);
    }
}

static void sending_to_eagain(void)
{
    send_by_all(EPOLLET, GOES_ON_TO_EAGAIN);
}

static void sending_to_a_short_count(void)
{
    send_by_all(EPOLLET, STOPS_AT_A_SHORT_COUNT);
}

static void receiving_to_eagain(void)
{
    receive_by_all(EPOLLET, GOES_ON_TO_EAGAIN);
}

static void receiving_to_a_short_count(void)
{
    receive_by_all(EPOLLET, STOPS_AT_A_SHORT_COUNT);
}

static void told_again(void)
{
    send_by_all(0, STOPS_AT_A_SHORT_COUNT);
    receive_by_all(0, STOPS_AT_A_SHORT_COUNT);
}

/* Of sockets that block otherwise. */
static void this_once(void)
{
    static const int first[] = {FIRST_EPOLL, FIRST_POLL, FIRST_SELECT};
    moves.blocking = true;
    moves.send = by_send_this_once;
    for (int i = 0; i < 6; i++) {
        const struct wait *wait = &waits[first[i % 3]];
        kept.trigger = i < 3 ? 0 : EPOLLET;
        send_by(wait, (enum manner)(i % 2), 60000);
        moves.receive = i % 2 ? by_preadv2_this_once : by_recv_this_once;
        receive_by(wait, (enum manner)(i % 2), 40000);
    }
}

/* As the kernel has it: a limit has it told by POLLRDHUP when all is read. */
static bool has_ended(int fd)
{
    uint8_t state; /* the first member of struct tcp_info (tcp(7)) */
    socklen_t size = sizeof state;
    MUST(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &state, &size));
    return state != TCP_ESTABLISHED;
}

/* With such a mark, what is less is not told, and its end is. */
static void low_water(void)
{
    for (int i = 0; i < 4; i++) {
        static const int first[] = {FIRST_EPOLL, FIRST_EPOLL, FIRST_POLL, FIRST_SELECT};
        const struct wait *wait = &waits[first[i]];
        struct pair pair = tcp_pair();
        struct writer writer;
        struct progress got = {.by = by_plain_recv, .manner = i % 2 ? GOES_ON_TO_EAGAIN : ONCE};
        int too_early = 0;
        kept.trigger = i == 1 ? EPOLLET : 0;
        without_waiting(pair.far);
        set_option(pair.far, SOL_SOCKET, SO_RCVLOWAT, 5000);
        writer_start(&writer, pair.near, 60000, 700);
        while (!got.over) {
            struct pollfd wanted = {.fd = pair.far, .events = POLLIN | POLLRDHUP};
            int there = 0;
            if (!came_to_pass(wait, &wanted, 1))
                break;
            MUST(ioctl(pair.far, FIONREAD, &there));
            bool ended = await_events(pair.far, POLLIN | POLLRDHUP) & POLLRDHUP;
            too_early += there < 5000 && !has_ended(pair.far);
            pull(pair.far, &got, ended);
        }
        pthread_join(writer.thread, NULL);
        say("%s: too early %d", wait->name, too_early);
        say_matches(got.stream, 60000);
        wait_end();
        close_pair(pair);
    }
}

TWINS(TWIN(sending_to_eagain), TWIN(sending_to_a_short_count), TWIN(receiving_to_eagain),
      TWIN(receiving_to_a_short_count), TWIN(told_again), TWIN(this_once), TWIN(low_water))
