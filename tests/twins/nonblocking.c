/* nonblocking.c - receives that do not wait: a short count says that nothing is left. */
#include <sys/epoll.h>
#include <sys/syscall.h>

#include "twin.h"

enum { ROOM = 70000, AMOUNT = 20000 };
static char bytes[ROOM];
static struct iovec parts[20];

/* `count` buffers that make up `length` bytes. */
static struct iovec *split(size_t length, int count)
{
    size_t each = length / (size_t)count;
    for (int i = 0; i < count; i++)
        parts[i] = (struct iovec){bytes + (size_t)i * each, each};
    parts[count - 1].iov_len = length - (size_t)(count - 1) * each;
    return parts;
}

static struct msghdr *message(size_t length, int count)
{
    static struct msghdr message;
    message = (struct msghdr){.msg_iov = split(length, count), .msg_iovlen = count};
    return &message;
}

static ssize_t by_read(int fd, size_t length, int flags)
{
    (void)flags;
    return read(fd, bytes, length);
}

static ssize_t by_recv(int fd, size_t length, int flags)
{
    return recv(fd, bytes, length, flags);
}

static ssize_t by_recvfrom(int fd, size_t length, int flags)
{
    union address from;
    socklen_t from_length = sizeof from;
    return recvfrom(fd, bytes, length, flags, &from.any, &from_length);
}

#define VECTORS(count)                                                                             \
    static ssize_t by_readv_##count(int fd, size_t length, int flags)                              \
    {                                                                                              \
        (void)flags;                                                                               \
        return readv(fd, split(length, count), count);                                             \
    }                                                                                              \
    static ssize_t by_preadv2_##count(int fd, size_t length, int flags)                            \
    {                                                                                              \
        (void)flags;                                                                               \
        return preadv2(fd, split(length, count), count, -1, 0);                                    \
    }                                                                                              \
    static ssize_t by_recvmsg_##count(int fd, size_t length, int flags)                            \
    {                                                                                              \
        return recvmsg(fd, message(length, count), flags);                                         \
    }
static ssize_t by_preadv2_this_once(int fd, size_t length, int flags)
{
    (void)flags;
    return preadv2(fd, split(length, 7), 7, -1, RWF_NOWAIT);
}

VECTORS(1)
VECTORS(4)
VECTORS(7)
VECTORS(20)

/* Several messages of a stream: what they have in all. */
static ssize_t several(int fd, size_t length, int flags, bool by_number)
{
    struct mmsghdr messages[4];
    size_t all = 0;
    split(length, 4);
    for (int i = 0; i < 4; i++)
        messages[i] =
            (struct mmsghdr){.msg_hdr = {.msg_iov = &parts[i], .msg_iovlen = 1}, .msg_len = 0};
    int got = by_number ? (int)syscall(SYS_recvmmsg, fd, messages, 4, flags, NULL)
                        : recvmmsg(fd, messages, 4, flags, NULL);
    for (int i = 0; i < got; i++)
        all += messages[i].msg_len;
    return got < 0 ? -1 : (ssize_t)all;
}

static ssize_t by_recvmmsg(int fd, size_t length, int flags)
{
    return several(fd, length, flags, false);
}

static ssize_t by_number_recvmmsg(int fd, size_t length, int flags)
{
    return several(fd, length, flags, true);
}

static ssize_t by_number_read(int fd, size_t length, int flags)
{
    (void)flags;
    return syscall(SYS_read, fd, bytes, length);
}

static ssize_t by_number_readv(int fd, size_t length, int flags)
{
    (void)flags;
    return syscall(SYS_readv, fd, split(length, 7), 7);
}

static ssize_t by_number_recvfrom(int fd, size_t length, int flags)
{
    return syscall(SYS_recvfrom, fd, bytes, length, flags, NULL, NULL);
}

static ssize_t by_number_recvmsg(int fd, size_t length, int flags)
{
    return syscall(SYS_recvmsg, fd, message(length, 7), flags);
}

/* Through a pipe that has room for all of it; as programs do it, until it is the turn of EAGAIN,
 * since a splice may stop when it likes. */
static ssize_t by_splice(int fd, size_t length, int flags)
{
    static int ends[2];
    size_t done = 0;
    (void)flags;
    if (!ends[1]) {
        MUST(pipe(ends));
        MUST(fcntl(ends[1], F_SETPIPE_SZ, 1 << 20));
    }
    while (done < length) {
        ssize_t got = splice(fd, NULL, ends[1], NULL, length - done, SPLICE_F_NONBLOCK);
        if (got <= 0)
            break;
        for (ssize_t left = got; left > 0;)
            left -= MUST(read(ends[0], bytes + done + (size_t)(got - left), (size_t)left));
        done += (size_t)got;
    }
    return done ? (ssize_t)done : -1;
}

struct way {
    const char *name;
    ssize_t (*receive)(int fd, size_t length, int flags);
};

/* The next that come are what `data` has from there. */
static void say_got(const char *name, int fd, struct stream *stream, const struct way *way,
                    size_t length, int flags)
{
    errno = 0;
    ssize_t got = way->receive(fd, length, flags);
    if (got > 0)
        stream_add(stream, bytes, (size_t)got);
    say("%s of %zu: %zd, errno %s", name, length, got, errno ? name_of_error(errno) : "none");
}

static void put(struct pair pair, size_t *sent, size_t length)
{
    size_t end = *sent + length;
    while (*sent < end) {
        ssize_t more = send(pair.near, data + *sent, end - *sent, 0);
        if (more > 0)
            *sent += (size_t)more;
    }
}

/* With more room than there is, just as much, and less; then nothing is there; then the end. */
static void receive_by(const struct way *way, int flags)
{
    struct pair pair = tcp_pair();
    struct stream stream = {0};
    size_t sent = 0;
    if (!flags)
        MUST(fcntl(pair.far, F_SETFL, O_NONBLOCK));
    say_got(way->name, pair.far, &stream, way, ROOM, flags);
    put(pair, &sent, AMOUNT);
    await_bytes(pair.far, AMOUNT);
    say_got(way->name, pair.far, &stream, way, ROOM, flags);
    say_got(way->name, pair.far, &stream, way, ROOM, flags);
    put(pair, &sent, AMOUNT);
    await_bytes(pair.far, AMOUNT);
    say_got(way->name, pair.far, &stream, way, AMOUNT - 5000, flags);
    say_got(way->name, pair.far, &stream, way, 5000, flags);
    say_got(way->name, pair.far, &stream, way, 1, flags);
    put(pair, &sent, AMOUNT);
    shutdown(pair.near, SHUT_WR);
    await_bytes(pair.far, AMOUNT);
    say_got(way->name, pair.far, &stream, way, ROOM, flags);
    say_matches(stream, sent);
    close_pair(pair);
}

static void receive_by_all(const struct way *ways, size_t count, int flags)
{
    for (size_t i = 0; i < count; i++)
        receive_by(&ways[i], flags);
}

#define ALL_OF(ways) ways, sizeof ways / sizeof *ways

static void by_name(void)
{
    static const struct way ways[] = {
        {"recv", by_recv}, {"read", by_read}, {"recvfrom", by_recvfrom}, {"splice", by_splice}};
    receive_by_all(ALL_OF(ways), 0);
}

static void by_name_this_once(void)
{
    static const struct way ways[] = {{"recv", by_recv},         {"recvfrom", by_recvfrom},
                                      {"recvmsg", by_recvmsg_1}, {"recvmsg into 7", by_recvmsg_7},
                                      {"recvmmsg", by_recvmmsg}, {"preadv2", by_preadv2_this_once}};
    receive_by_all(ALL_OF(ways), MSG_DONTWAIT);
}

static void into_few(void)
{
    static const struct way ways[] = {
        {"readv into 1", by_readv_1},     {"preadv2 into 1", by_preadv2_1},
        {"recvmsg into 1", by_recvmsg_1}, {"readv into 4", by_readv_4},
        {"preadv2 into 4", by_preadv2_4}, {"recvmsg into 4", by_recvmsg_4}};
    receive_by_all(ALL_OF(ways), 0);
}

static void into_many(void)
{
    static const struct way ways[] = {
        {"readv into 7", by_readv_7},       {"preadv2 into 7", by_preadv2_7},
        {"recvmsg into 7", by_recvmsg_7},   {"readv into 20", by_readv_20},
        {"preadv2 into 20", by_preadv2_20}, {"recvmsg into 20", by_recvmsg_20}};
    receive_by_all(ALL_OF(ways), 0);
}

static void messages_of_a_stream(void)
{
    static const struct way ways[] = {{"recvmmsg", by_recvmmsg},
                                      {"recvmmsg by number", by_number_recvmmsg}};
    receive_by_all(ALL_OF(ways), 0);
}

static void by_number(void)
{
    static const struct way ways[] = {{"read by number", by_number_read},
                                      {"readv by number", by_number_readv},
                                      {"recvfrom by number", by_number_recvfrom},
                                      {"recvmsg by number", by_number_recvmsg}};
    receive_by_all(ALL_OF(ways), 0);
}

static void by_number_this_once(void)
{
    static const struct way ways[] = {{"recvfrom by number", by_number_recvfrom},
                                      {"recvmsg by number", by_number_recvmsg},
                                      {"recvmmsg by number", by_number_recvmmsg}};
    receive_by_all(ALL_OF(ways), MSG_DONTWAIT);
}

static void as_much_as_is_there(void)
{
    struct pair pair = tcp_pair();
    struct stream stream = {0};
    size_t sent = 0;
    MUST(fcntl(pair.far, F_SETFL, O_NONBLOCK));
    for (int i = 0; i < 4; i++) {
        int there;
        put(pair, &sent, 15000);
        await_bytes(pair.far, 15000);
        MUST(ioctl(pair.far, FIONREAD, &there));
        ssize_t got =
            i % 2 ? read(pair.far, bytes, (size_t)there) : recv(pair.far, bytes, (size_t)there, 0);
        say("of %d there: %zd", there, got);
        stream_add(&stream, bytes, got > 0 ? (size_t)got : 0);
    }
    say_matches(stream, sent);
}

enum manner { STOPS_AT_A_SHORT_COUNT, GOES_ON_TO_EAGAIN, READS_ONCE };

/* True: the end was seen. */
static bool take(int fd, enum manner manner, size_t room, struct stream *stream)
{
    for (;;) {
        ssize_t got =
            manner == GOES_ON_TO_EAGAIN ? readv(fd, split(room, 7), 7) : recv(fd, bytes, room, 0);
        if (got == 0 || (got < 0 && errno != EAGAIN))
            return true;
        if (got < 0)
            return false;
        stream_add(stream, bytes, (size_t)got);
        if (manner == READS_ONCE || (manner == STOPS_AT_A_SHORT_COUNT && (size_t)got < room))
            return false;
    }
}

static void loop(uint32_t trigger, enum manner manner, size_t amount, size_t at_a_time)
{
    struct pair pair = tcp_pair();
    struct stream stream = {0};
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | trigger};
    struct writer writer;
    int set = MUST(epoll_create1(EPOLL_CLOEXEC));
    bool ended = false;
    MUST(fcntl(pair.far, F_SETFL, O_NONBLOCK));
    MUST(epoll_ctl(set, EPOLL_CTL_ADD, pair.far, &event));
    writer_start(&writer, pair.near, amount, at_a_time);
    while (!ended) {
        int count = epoll_wait(set, &event, 1, 5000);
        if (count <= 0) {
            say("nothing happens any more: %d", count);
            break;
        }
        /* The end is no further edge. */
        ended =
            take(pair.far, event.events & EPOLLRDHUP ? GOES_ON_TO_EAGAIN : manner, 16384, &stream);
        if ((trigger & EPOLLONESHOT) && !ended) {
            event.events = EPOLLIN | EPOLLRDHUP | trigger;
            MUST(epoll_ctl(set, EPOLL_CTL_MOD, pair.far, &event));
        }
    }
    pthread_join(writer.thread, NULL);
    say_matches(stream, amount);
    close(set);
    close_pair(pair);
}

static void level_stops(void)
{
    loop(0, STOPS_AT_A_SHORT_COUNT, 200000, 7000);
    loop(0, STOPS_AT_A_SHORT_COUNT, 100000, 100000);
}

static void level_goes_on(void)
{
    loop(0, GOES_ON_TO_EAGAIN, 200000, 7000);
}

static void level_reads_once(void)
{
    loop(0, READS_ONCE, 200000, 7000);
}

static void edge_stops(void)
{
    loop(EPOLLET, STOPS_AT_A_SHORT_COUNT, 200000, 7000);
    loop(EPOLLET, STOPS_AT_A_SHORT_COUNT, 100000, 100000);
}

static void edge_goes_on(void)
{
    loop(EPOLLET, GOES_ON_TO_EAGAIN, 200000, 7000);
}

static void edge_once_armed(void)
{
    loop(EPOLLET | EPOLLONESHOT, STOPS_AT_A_SHORT_COUNT, 200000, 7000);
}

/* As some event loops do it: an event is worth up to 32 reads, until a short count; and a short
 * count at a hangup is taken for the end. */
static size_t read_to_hangup(int fd, struct stream *stream)
{
    enum { AT_A_TIME = 65536 };
    for (;;) {
        struct pollfd wanted = {.fd = fd, .events = POLLIN};
        bool partial = false;
        if (poll(&wanted, 1, 5000) <= 0)
            return 1;
        for (int times = 0; times < 32 && !partial; times++) {
            ssize_t got = read(fd, bytes, AT_A_TIME);
            if (got == 0)
                return 0;
            if (got < 0)
                break;
            stream_add(stream, bytes, (size_t)got);
            partial = got < AT_A_TIME;
        }
        if ((wanted.revents & POLLHUP) && partial)
            return 0;
    }
}

static void half_closed(size_t amount)
{
    struct pair pair = tcp_pair();
    struct stream stream = {0};
    struct writer writer;
    MUST(fcntl(pair.far, F_SETFL, O_NONBLOCK));
    shutdown(pair.far, SHUT_WR);
    writer_start(&writer, pair.near, amount, amount);
    say("in vain %zu", read_to_hangup(pair.far, &stream));
    pthread_join(writer.thread, NULL);
    say_matches(stream, amount);
    close_pair(pair);
}

static void end_of_a_half_closed_stream(void)
{
    half_closed(50000);
    half_closed(300000);
}

/* The same of sockets that block, since a hangup is the end of them, too. */
static void hung_up(void)
{
    static const struct way ways[] = {{"recv", by_recv},
                                      {"read", by_read},
                                      {"readv into 7", by_readv_7},
                                      {"recvmsg", by_recvmsg_1},
                                      {"recvfrom", by_recvfrom},
                                      {"recvmsg into 20", by_recvmsg_20},
                                      {"preadv2 into 7", by_preadv2_7}};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct pair pair = tcp_pair();
        struct stream stream = {0};
        size_t sent = 0;
        shutdown(pair.far, SHUT_WR);
        put(pair, &sent, AMOUNT);
        shutdown(pair.near, SHUT_WR);
        await_events(pair.far, POLLRDHUP);
        await_bytes(pair.far, AMOUNT);
        say_got(ways[i].name, pair.far, &stream, &ways[i], ROOM, 0);
        say_got(ways[i].name, pair.far, &stream, &ways[i], ROOM, 0);
        say_matches(stream, sent);
        close_pair(pair);
    }
}

/* What was there before a reset goes to the program; then the error, once. */
static void reset(void)
{
    struct pair pair = tcp_pair();
    struct stream stream = {0};
    static const struct way way = {"recv", by_recv};
    size_t sent = 0;
    put(pair, &sent, AMOUNT);
    await_bytes(pair.far, AMOUNT);
    MUST(fcntl(pair.far, F_SETFL, O_NONBLOCK));
    MUST(setsockopt(pair.near, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0},
                    sizeof(struct linger)));
    close(pair.near);
    await_events(pair.far, POLLRDHUP);
    for (int i = 0; i < 4; i++)
        say_got("recv", pair.far, &stream, &way, 9000, 0);
    say_matches(stream, sent);
}

TWINS(TWIN(by_name), TWIN(by_name_this_once), TWIN(into_few), TWIN(into_many),
      TWIN(messages_of_a_stream), TWIN(by_number), TWIN(by_number_this_once),
      TWIN(as_much_as_is_there), TWIN(level_stops), TWIN(level_goes_on), TWIN(level_reads_once),
      TWIN(edge_stops), TWIN(edge_goes_on), TWIN(edge_once_armed),
      TWIN(end_of_a_half_closed_stream), TWIN(hung_up), TWIN(reset))
