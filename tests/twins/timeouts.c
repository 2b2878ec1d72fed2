/* timeouts.c - SO_SNDTIMEO and SO_RCVTIMEO, on every kind of call. */
#include <sys/sendfile.h>
#include <sys/time.h>

#include "twin.h"
#include "ways.h"

static void set_timeout(int fd, int option, long milliseconds)
{
    struct timeval timeout = {milliseconds / 1000, milliseconds % 1000 * 1000};
    MUST(setsockopt(fd, SOL_SOCKET, option, &timeout, sizeof timeout));
}

static void say_timeouts(int fd)
{
    struct timeval timeout;
    socklen_t size = sizeof timeout;
    getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, &size);
    say("SO_SNDTIMEO %ld.%06ld", (long)timeout.tv_sec, (long)timeout.tv_usec);
    getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, &size);
    say("SO_RCVTIMEO %ld.%06ld", (long)timeout.tv_sec, (long)timeout.tv_usec);
}

static void sending_nothing(void)
{
    struct pair pair = narrow_pair();
    size_t filled = fill(pair.near);
    struct iovec iov = {data, 1000};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
    struct mmsghdr batch = {.msg_hdr = message};
    set_timeout(pair.near, SO_SNDTIMEO, 10);
    SAY(send(pair.near, data, 1000, 0));
    SAY(sendto(pair.near, data, 1000, 0, NULL, 0));
    SAY(sendmsg(pair.near, &message, 0));
    SAY(sendmmsg(pair.near, &batch, 1, 0));
    SAY(write(pair.near, data, 1000));
    SAY(writev(pair.near, &iov, 1));
    SAY(pwritev2(pair.near, &iov, 1, -1, 0));
    int file = MUST(open("/proc/self/exe", O_RDONLY));
    SAY(sendfile(pair.near, file, NULL, 1000));
    say_timeouts(pair.near);
    shutdown(pair.near, SHUT_WR);
    say_matches(drain(pair.far), filled);
}

static void sending_a_part(void)
{
    struct pair pair = stream_pair(AF_INET, 200000);
    set_timeout(pair.near, SO_SNDTIMEO, 150);
    ssize_t sent = SAY_CLASS("send", send(pair.near, data, DATA_BYTES, 0), DATA_BYTES);
    shutdown(pair.near, SHUT_WR);
    say_matches(drain(pair.far), (size_t)sent);
}

static void sending_all(void)
{
    struct pair pair = narrow_pair();
    struct reader reader;
    set_timeout(pair.near, SO_SNDTIMEO, 20000);
    reader_start(&reader, pair.far);
    SAY(send(pair.near, data, 200000, 0));
    say_timeouts(pair.near);
    shutdown(pair.near, SHUT_WR);
    say_stream("peer", reader_end(&reader));
}

static void receiving(void)
{
    char bytes[100];
    struct pair pair = tcp_pair();
    struct iovec iov = {bytes, sizeof bytes};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
    set_timeout(pair.near, SO_RCVTIMEO, 10);
    SAY(recv(pair.near, bytes, sizeof bytes, 0));
    SAY(recv(pair.near, bytes, sizeof bytes, MSG_PEEK));
    SAY(recvfrom(pair.near, bytes, sizeof bytes, 0, NULL, NULL));
    SAY(recvmsg(pair.near, &message, 0));
    SAY(read(pair.near, bytes, sizeof bytes));
    SAY(readv(pair.near, &iov, 1));
    SAY(send(pair.far, data, 40, 0));
    SAY(recv(pair.near, bytes, sizeof bytes, 0));
    say_timeouts(pair.near);
}

static void waiting_for_all(void)
{
    char bytes[100];
    struct pair pair = tcp_pair();
    set_timeout(pair.near, SO_RCVTIMEO, 30);
    SAY(send(pair.far, data, 40, 0));
    SAY(recv(pair.near, bytes, sizeof bytes, MSG_WAITALL));
    SAY(recv(pair.near, bytes, sizeof bytes, MSG_WAITALL));
    say("the bytes are right: %d", memcmp(bytes, data, 40) == 0);
}

static void batches(void)
{
    char bytes[4][100];
    struct iovec iov[4];
    struct mmsghdr messages[4];
    struct pair pair = udp_pair();
    memset(messages, 0, sizeof messages);
    for (int i = 0; i < 4; i++) {
        iov[i] = (struct iovec){bytes[i], 100};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &iov[i], .msg_iovlen = 1};
    }
    set_timeout(pair.far, SO_RCVTIMEO, 10);
    SAY(recvmmsg(pair.far, messages, 4, 0, NULL));
    set_timeout(pair.far, SO_RCVTIMEO, 200);
    SAY(send(pair.near, data, 10, 0));
    SAY(send(pair.near, data, 20, 0));
    SAY(recvmmsg(pair.far, messages, 4, 0, NULL));
    say("lengths %u %u", messages[0].msg_len, messages[1].msg_len);
    SAY(send(pair.near, data, 30, 0));
    SAY(recvmmsg(pair.far, messages, 4, MSG_WAITFORONE, NULL));
    say("length %u", messages[0].msg_len);
}

static void accepting(void)
{
    union address address;
    int listener = tcp_listener(&address, 1);
    set_timeout(listener, SO_RCVTIMEO, 20);
    SAY(accept(listener, NULL, NULL));
    SAY(accept4(listener, NULL, NULL, SOCK_CLOEXEC));
}

/* To one whose queue is full. */
static void connecting(void)
{
    union address address;
    tcp_listener(&address, 0);
    int first = MUST(socket(AF_INET, SOCK_STREAM, 0)), fd = MUST(socket(AF_INET, SOCK_STREAM, 0));
    SAY(connect(first, &address.any, sizeof address.in));
    set_timeout(fd, SO_SNDTIMEO, 150);
    SAY(connect(fd, &address.any, sizeof address.in));
    SAY(connect(fd, &address.any, sizeof address.in));
    say_timeouts(fd);
}

/* It passes in the kernel, or before. */
static void connecting_briefly(void)
{
    union address address, near;
    socklen_t length = sizeof near;
    tcp_listener(&address, 0);
    int first = MUST(socket(AF_INET, SOCK_STREAM, 0)), fd = MUST(socket(AF_INET, SOCK_STREAM, 0));
    SAY(connect(first, &address.any, sizeof address.in));
    set_timeout(fd, SO_SNDTIMEO, 10);
    SAY(connect(fd, &address.any, sizeof address.in));
    SAY(getsockname(fd, &near.any, &length));
    say("bound %d, events %#x", near.in.sin_port != 0,
        poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, 0));
    SAY(connect(fd, &address.any, sizeof address.in));
}

/* It says nothing about a socket that does not block. */
static void without_blocking(void)
{
    char bytes[100];
    struct pair pair = narrow_pair();
    fill(pair.near);
    set_timeout(pair.near, SO_SNDTIMEO, 20000);
    set_timeout(pair.near, SO_RCVTIMEO, 20000);
    SAY(send(pair.near, data, 1000, MSG_DONTWAIT));
    SAY(recv(pair.near, bytes, sizeof bytes, MSG_DONTWAIT));
    MUST(fcntl(pair.near, F_SETFL, O_NONBLOCK));
    SAY(write(pair.near, data, 1000));
    SAY(read(pair.near, bytes, sizeof bytes));
}

static void say_time(double begin, double expected)
{
    double took = now() - begin;
    if (took >= expected - 0.02 && took <= expected + 0.25)
        say("it took %.1f s", expected);
    else
        say("it took %.3f s, not %.1f", took, expected);
}

static void say_within(const char *what, double count, double least, double most)
{
    if (count >= least && count <= most)
        say("%s: as expected", what);
    else
        say("%s: %.0f, not %.0f to %.0f", what, count, least, most);
}

/* A peer that takes, or gives, a little at a time. */
static struct {
    int fd;
    bool sends;
    volatile bool stop;
    struct stream stream;
} slow;

static void *slow_run(void *unused)
{
    char taken[8000];
    (void)unused;
    for (size_t at = 0; !slow.stop; at += 2500) {
        if (slow.sends) {
            send(slow.fd, data + at, 2500, 0);
        } else {
            ssize_t got = recv(slow.fd, taken, sizeof taken, MSG_DONTWAIT);
            stream_add(&slow.stream, taken, got > 0 ? (size_t)got : 0);
        }
        nap(slow.sends ? 0.1 : 0.08);
    }
    return NULL;
}

static pthread_t slow_start(int fd, bool sends)
{
    slow.fd = fd;
    slow.sends = sends;
    slow.stop = false;
    slow.stream = (struct stream){0};
    return thread_start(slow_run, NULL);
}

static ssize_t by_sendfile(int fd, size_t length)
{
    int file = MUST(memfd_create("twin", 0));
    MUST(write(file, data, length));
    MUST(lseek(file, 0, SEEK_SET));
    return sendfile(fd, file, NULL, length);
}

/* It counts once, however often the reader makes room. What is on its way is what fits there. */
static void to_a_slow_reader(void)
{
    static const struct {
        const char *name;
        ssize_t (*call)(int fd, size_t length);
    } ways[] = {
        {"send", by_send}, {"write", by_write}, {"writev", by_writev}, {"sendmsg", by_sendmsg}};
    struct pair pair = narrow_pair();
    size_t capacity = fill(pair.near);
    close_pair(pair);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        pair = narrow_pair();
        set_timeout(pair.near, SO_SNDTIMEO, 500);
        pthread_t thread = slow_start(pair.far, false);
        double begin = now();
        ssize_t sent = SAY_CLASS(ways[i].name, ways[i].call(pair.near, 400000), 400000);
        double took = now() - begin;
        size_t read_meanwhile = slow.stream.bytes;
        slow.stop = true;
        pthread_join(thread, NULL);
        say_time(now() - took, 0.5);
        say_within("on its way", (double)sent - (double)read_meanwhile, 0.4 * (double)capacity,
                   1.2 * (double)capacity);
        shutdown(pair.near, SHUT_WR);
        struct stream rest = drain(pair.far);
        say("all that was sent has arrived: %d, wrong %zu",
            (ssize_t)(rest.bytes + slow.stream.bytes) == sent, slow.stream.wrong);
        close_pair(pair);
    }
}

/* Of sendfile it begins anew with each bit that goes out. */
static void of_a_file_to_a_slow_reader(void)
{
    struct pair pair = narrow_pair();
    set_timeout(pair.near, SO_SNDTIMEO, 500);
    pthread_t thread = slow_start(pair.far, false);
    double begin = now();
    ssize_t sent = SAY_CLASS("sendfile", by_sendfile(pair.near, 200000), 200000);
    say("it took longer: %d", now() - begin > 0.7);
    nap(0.1);
    slow.stop = true;
    pthread_join(thread, NULL);
    size_t capacity = fill(pair.near);
    begin = now();
    SAY(by_sendfile(pair.near, 200000));
    say_time(begin, 0.5);
    shutdown(pair.near, SHUT_WR);
    struct stream rest = drain(pair.far);
    say("all that was sent has arrived: %d, wrong %zu",
        rest.bytes + slow.stream.bytes == (size_t)sent + capacity, slow.stream.wrong);
}

static void from_a_slow_writer(void)
{
    static const struct {
        const char *name;
        ssize_t (*call)(int fd, size_t length);
    } ways[] = {{"recv", by_recv},
                {"recvfrom", by_recvfrom},
                {"recvmsg", by_recvmsg},
                {"read", all_by_read},
                {"readv", all_by_readv}};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct pair pair = tcp_pair();
        set_timeout(pair.near, SO_RCVTIMEO, 500);
        pthread_t thread = slow_start(pair.far, true);
        double begin = now();
        ssize_t got = SAY_CLASS(ways[i].name, ways[i].call(pair.near, sizeof room), sizeof room);
        say_time(begin, 0.5);
        slow.stop = true;
        pthread_join(thread, NULL);
        say_within("bytes", (double)got, 10000, 15000);
        say("right %d", got > 0 && memcmp(room, data, (size_t)got) == 0);
        close_pair(pair);
    }
}

TWINS(TWIN(to_a_slow_reader), TWIN(of_a_file_to_a_slow_reader), TWIN(from_a_slow_writer),
      TWIN(sending_nothing), TWIN(sending_a_part), TWIN(sending_all), TWIN(receiving),
      TWIN(waiting_for_all), TWIN(batches), TWIN(accepting), TWIN(connecting),
      TWIN(connecting_briefly), TWIN(without_blocking))
