/* timeouts.c - SO_SNDTIMEO and SO_RCVTIMEO, on every kind of call. */
#include <sys/sendfile.h>
#include <sys/time.h>

#include "twin.h"

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

TWINS(TWIN(sending_nothing), TWIN(sending_a_part), TWIN(sending_all), TWIN(receiving),
      TWIN(waiting_for_all), TWIN(batches), TWIN(accepting), TWIN(connecting),
      TWIN(connecting_briefly), TWIN(without_blocking))
