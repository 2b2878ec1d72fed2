/* vectors.c - iovecs of every shape, and what the kernel thinks of them. */
#include <limits.h>

#include "twin.h"

/* Which the compiler knows better than to pass. */
static void *volatile nowhere = (void *)16;
static void *volatile null = NULL;
static volatile int minus_one = -1, least = INT_MIN;

static ssize_t send_message(int fd, struct iovec *iov, int count)
{
    return sendmsg(fd, &(struct msghdr){.msg_iov = iov, .msg_iovlen = count}, MSG_NOSIGNAL);
}

static ssize_t receive_message(int fd, struct iovec *iov, int count)
{
    return recvmsg(fd, &(struct msghdr){.msg_iov = iov, .msg_iovlen = count}, MSG_DONTWAIT);
}

static void no_parts(void)
{
    struct pair pair = tcp_pair(), datagrams = udp_pair();
    struct iovec iov;
    SAY(writev(pair.near, &iov, 0));
    SAY(writev(pair.near, NULL, 0));
    SAY(send_message(pair.near, &iov, 0));
    SAY(send_message(pair.near, NULL, 0));
    SAY(readv(pair.near, &iov, 0));
    SAY(receive_message(pair.near, NULL, 0));
    SAY(writev(datagrams.near, NULL, 0));
    SAY(send_message(datagrams.near, NULL, 0));
    SAY(receive_message(datagrams.far, NULL, 0));
    say_received(pair);
}

static void empty_parts(void)
{
    struct pair pair = tcp_pair();
    struct iovec iov[5] = {{NULL, 0}, {data, 1000}, {nowhere, 0}, {data + 1000, 4000}, {NULL, 0}};
    SAY(writev(pair.near, iov, 5));
    SAY(send_message(pair.near, iov, 5));
    SAY(pwritev2(pair.near, iov, 5, -1, 0));
    SAY(writev(pair.near, iov, 1));
    SAY(send_message(pair.near, iov, 1));
    say_received(pair);
}

static struct iovec *many(size_t count)
{
    static struct iovec iov[IOV_MAX + 1];
    for (size_t i = 0; i < count; i++)
        iov[i] = (struct iovec){data + i * 7, 7};
    return iov;
}

static void as_many_parts_as_there_may_be(void)
{
    struct pair pair = tcp_pair();
    SAY(writev(pair.near, many(IOV_MAX), IOV_MAX));
    SAY(send_message(pair.near, many(IOV_MAX), IOV_MAX));
    SAY(pwritev2(pair.near, many(IOV_MAX), IOV_MAX, -1, 0));
    say_received(pair);
}

static void too_many_parts(void)
{
    struct pair pair = tcp_pair();
    struct iovec *iov = many(IOV_MAX + 1);
    SAY(writev(pair.near, iov, IOV_MAX + 1));
    SAY(send_message(pair.near, iov, IOV_MAX + 1));
    SAY(pwritev2(pair.near, iov, IOV_MAX + 1, -1, 0));
    SAY(readv(pair.near, iov, IOV_MAX + 1));
    SAY(receive_message(pair.near, iov, IOV_MAX + 1));
    SAY(writev(pair.near, iov, minus_one));
    SAY(readv(pair.near, iov, minus_one));
    SAY(writev(pair.near, iov, least));
    SAY(send_message(pair.near, iov, -1));
    say_received(pair);
}

/* The sum does not fit, or one of them is negative. */
static void too_long(void)
{
    struct pair pair = tcp_pair();
    struct iovec sum[2] = {{data, SSIZE_MAX}, {data, 10}}, negative[2] = {{data, 10}, {data, -1}};
    SAY(writev(pair.near, negative, 2));
    SAY(send_message(pair.near, negative, 2));
    SAY(readv(pair.near, negative, 2));
    SAY(pwritev2(pair.near, negative, 2, -1, 0));
    struct pair datagrams = udp_pair();
    SAY(send_message(datagrams.near, sum, 2));
    SAY(writev(datagrams.near, sum, 2));
    say_received(pair);
}

static void bad_bases(void)
{
    struct pair pair = tcp_pair(), datagrams = udp_pair();
    struct iovec first[2] = {{nowhere, 1000}, {data, 1000}};
    SAY(writev(pair.near, first, 2));
    SAY(send_message(pair.near, first, 2));
    SAY(write(pair.near, nowhere, 1000));
    SAY(send(pair.near, nowhere, 1000, 0));
    SAY(send(pair.near, NULL, 1000, 0));
    SAY(writev(datagrams.near, first, 2));
    SAY(send_message(datagrams.near, first, 2));
    SAY(send(datagrams.near, nowhere, 1000, 0));
    SAY(recv(datagrams.far, data, 10, MSG_DONTWAIT));
    say_received(pair);
}

/* Of a stream what can be read goes, though of how much of it the kernel is free to choose. */
static void bad_second_base(void)
{
    struct pair pair = tcp_pair();
    struct iovec second[2] = {{data, 1000}, {nowhere, 100}};
    ssize_t sent = SAY_CLASS("writev", writev(pair.near, second, 2), 1100);
    shutdown(pair.near, SHUT_WR);
    say_matches(drain(pair.far), sent < 0 ? 0 : (size_t)sent);
}

/* Likewise, of more parts; and nothing is wrong with a call that sent some of it. */
static void bad_later_base(ssize_t (*send_parts)(int, struct iovec *, int))
{
    enum { PARTS = 100, BAD = 20, BYTES = 1000 };
    struct pair pair = tcp_pair();
    struct iovec iov[PARTS];
    for (int i = 0; i < PARTS; i++)
        iov[i] = (struct iovec){i == BAD ? nowhere : data + i * BYTES, BYTES};
    errno = EXDEV;
    ssize_t sent = send_parts(pair.near, iov, PARTS);
    say("not all %d, errno right %d", sent < PARTS * BYTES, errno == (sent < 0 ? EFAULT : EXDEV));
    shutdown(pair.near, SHUT_WR);
    say_matches(drain(pair.far), sent < 0 ? 0 : (size_t)sent);
}

static ssize_t write_vector(int fd, struct iovec *iov, int count)
{
    return writev(fd, iov, count);
}

static void bad_later_base_of_writev(void)
{
    bad_later_base(write_vector);
}

static void bad_later_base_of_sendmsg(void)
{
    bad_later_base(send_message);
}

static void bad_room(void)
{
    struct pair pair = tcp_pair();
    struct iovec first[2] = {{nowhere, 10}, {data, 10}};
    char bytes[20];
    SAY(send(pair.near, data, 20, 0));
    await_bytes(pair.far, 20);
    SAY(readv(pair.far, first, 2));
    SAY(receive_message(pair.far, first, 2));
    SAY(read(pair.far, nowhere, 10));
    SAY(recv(pair.far, nowhere, 10, 0));
    SAY(recv(pair.far, NULL, 10, 0));
    SAY(recv(pair.far, bytes, 20, 0));
    say("right %d", memcmp(bytes, data, 20) == 0);
}

static void no_vector(void)
{
    struct pair pair = tcp_pair();
    SAY(writev(pair.near, null, 2));
    SAY(send_message(pair.near, null, 2));
    SAY(pwritev2(pair.near, null, 2, -1, 0));
    SAY(readv(pair.near, null, 2));
    SAY(preadv2(pair.near, null, 2, -1, 0));
    SAY(receive_message(pair.near, null, 2));
}

static void no_message(void)
{
    struct pair pair = tcp_pair();
    SAY(sendmsg(pair.near, null, 0));
#ifdef __GLIBC__ /* musl looks into them itself */
    SAY(recvmsg(pair.near, null, MSG_DONTWAIT));
    SAY(sendmmsg(pair.near, null, 2, 0));
    SAY(recvmmsg(pair.near, null, 2, MSG_DONTWAIT, NULL));
#endif
}

#ifdef __GLIBC__ /* again */
static void bad_pointers_at(int fd, void *pointer)
{
    SAY(writev(fd, pointer, 2));
    SAY(pwritev2(fd, pointer, 2, -1, 0));
    SAY(readv(fd, pointer, 2));
    SAY(send_message(fd, pointer, 2));
    SAY(receive_message(fd, pointer, 2));
    SAY(sendmsg(fd, pointer, 0));
    SAY(recvmsg(fd, pointer, MSG_DONTWAIT));
    SAY(sendmmsg(fd, pointer, 2, 0));
    SAY(recvmmsg(fd, pointer, 2, MSG_DONTWAIT, NULL));
    SAY(sendto(fd, data, 10, 0, pointer, sizeof(struct sockaddr_in)));
    SAY(connect(fd, pointer, sizeof(struct sockaddr_in)));
}

static void bad_pointers(void)
{
    struct pair datagrams = udp_pair();
    char *guard = guard_page();
    bad_pointers_at(datagrams.near, guard);
    bad_pointers_at(datagrams.near, guard - 1);
    bad_pointers_at(datagrams.near, (void *)-1);
    bad_pointers_at(datagrams.near, (void *)-4096);
    bad_pointers_at(datagrams.near, (char *)null + 4096);
    bad_pointers_at(MUST(socket(AF_INET, SOCK_STREAM, 0)), guard - 1);
}

#endif

/* As much of it as there is must do, up to the last byte before the page. */
static void beside_a_guard_page(void)
{
    struct pair pair = tcp_pair();
    struct iovec *iov = (struct iovec *)(void *)guard_page() - 2;
    iov[0] = (struct iovec){data, 1000};
    iov[1] = (struct iovec){data + 1000, 4000};
    SAY(writev(pair.near, iov, 2));
    SAY(send_message(pair.near, iov, 2));
    SAY(writev(pair.near, iov, 3));
    SAY(send_message(pair.near, iov, 3));
    say_received(pair);
}

#ifdef __GLIBC__
/* Of several messages those before the bad one go. */
static void bad_second_message(void)
{
    struct pair datagrams = udp_pair();
    struct iovec iov = {data, 100};
    struct mmsghdr *messages = (struct mmsghdr *)(void *)guard_page() - 1;
    char bytes[200];
    messages->msg_hdr = (struct msghdr){.msg_iov = &iov, .msg_iovlen = 1};
    SAY(sendmmsg(datagrams.near, messages, 2, 0));
    SAY(recv(datagrams.far, bytes, sizeof bytes, 0));
    SAY(recv(datagrams.far, bytes, sizeof bytes, MSG_DONTWAIT));
}

#endif

/* Into many parts, in order, whatever the pieces in which it comes. */
static void scattered(void)
{
    static char bytes[9000];
    struct iovec iov[4] = {{bytes, 1}, {bytes + 1, 0}, {bytes + 1, 2999}, {bytes + 3000, 6000}};
    struct pair pair = tcp_pair();
    SAY(send(pair.near, data, 9000, 0));
    shutdown(pair.near, SHUT_WR);
    size_t done = 0;
    for (ssize_t got; done < 9000 && (got = readv(pair.far, iov, 4)) > 0;) {
        done += (size_t)got;
        for (int i = 0; i < 4; i++) { /* go on where it stopped */
            size_t part = (size_t)got < iov[i].iov_len ? (size_t)got : iov[i].iov_len;
            iov[i].iov_base = (char *)iov[i].iov_base + part;
            iov[i].iov_len -= part;
            got -= (ssize_t)part;
        }
    }
    say("received %zu, right %d", done, memcmp(bytes, data, 9000) == 0);
}

TWINS(GLIBC_TWIN(bad_pointers) GLIBC_TWIN(bad_second_message) TWIN(no_parts), TWIN(empty_parts),
      TWIN(as_many_parts_as_there_may_be), TWIN(too_many_parts), TWIN(too_long), TWIN(bad_bases),
      TWIN(bad_second_base), TWIN(bad_later_base_of_writev), TWIN(bad_later_base_of_sendmsg),
      TWIN(bad_room), TWIN(no_vector), TWIN(no_message), TWIN(beside_a_guard_page), TWIN(scattered))
