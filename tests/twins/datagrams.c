/* datagrams.c - UDP: sizes, addresses, and what is told of peers that are not there. */
#include <netinet/udp.h>
#include <sys/un.h>

#include "twin.h"

#include <linux/errqueue.h>

static char bytes[70000];

static void sizes(void)
{
    struct pair pair = udp_pair();
    set_option(pair.far, SOL_SOCKET, SO_RCVBUF, 1 << 20);
    SAY(send(pair.near, data, 0, 0));
    SAY(write(pair.near, data, 0)); /* nothing at all */
    SAY(send(pair.near, NULL, 0, 0));
    SAY(send(pair.near, data, 1, 0));
    SAY(send(pair.near, data, 9000, 0));
    SAY(send(pair.near, data, 65507, 0));
    SAY(send(pair.near, data, 65508, 0));
    SAY(write(pair.near, data, 65508));
    SAY(send(pair.near, data, DATA_BYTES, 0));
    say_datagrams(pair.far);
}

static void unconnected(void)
{
    union address address;
    int far = bound(AF_INET, SOCK_DGRAM, &address), near = MUST(socket(AF_INET, SOCK_DGRAM, 0));
    SAY(send(near, data, 100, 0));
    SAY(write(near, data, 100));
    SAY(sendto(near, data, 100, 0, NULL, 0));
    SAY(sendto(near, data, 200, 0, &address.any, sizeof address.in));
    struct msghdr message = {.msg_name = &address,
                             .msg_namelen = sizeof address.in,
                             .msg_iov = &(struct iovec){data, 300},
                             .msg_iovlen = 1};
    SAY(sendmsg(near, &message, 0));
    say_datagrams(far);
}

static void wrong_addresses(void)
{
    union address address, wrong;
    struct sockaddr_un path = {.sun_family = AF_UNIX, .sun_path = "/nowhere"};
    int far = bound(AF_INET, SOCK_DGRAM, &address), near = MUST(socket(AF_INET, SOCK_DGRAM, 0));
    SAY(sendto(near, data, 100, 0, (struct sockaddr *)&path, sizeof path));
    wrong = address;
    wrong.any.sa_family = AF_INET6;
    SAY(sendto(near, data, 100, 0, &wrong.any, sizeof wrong.in6));
    wrong.any.sa_family = AF_UNSPEC; /* taken for AF_INET */
    SAY(sendto(near, data, 100, 0, &wrong.any, sizeof wrong.in));
    SAY(sendto(near, data, 100, 0, &address.any, 3));
    SAY(sendto(near, data, 100, 0, &address.any, 0));
    SAY(sendto(near, data, 100, 0, &address.any, 1000));
    SAY(sendto(near, data, 100, 0, NULL, sizeof address.in));
    wrong = address;
    wrong.in.sin_port = 0;
    SAY(sendto(near, data, 100, 0, &wrong.any, sizeof wrong.in));
    wrong = address;
    wrong.in.sin_addr.s_addr = INADDR_BROADCAST;
    SAY(sendto(near, data, 100, 0, &wrong.any, sizeof wrong.in));
    say_datagrams(far);
}

static void connected_sends_elsewhere(void)
{
    struct pair pair = udp_pair();
    union address address;
    int other = bound(AF_INET, SOCK_DGRAM, &address);
    SAY(send(pair.near, data, 100, 0));
    SAY(sendto(pair.near, data, 200, 0, &address.any, sizeof address.in));
    SAY(write(pair.near, data, 300));
    say_datagrams(pair.far);
    say_datagrams(other);
}

static void dissolved(void)
{
    struct pair pair = udp_pair();
    union address address = {.any.sa_family = AF_UNSPEC};
    socklen_t length = sizeof address;
    SAY(send(pair.near, data, 100, 0));
    SAY(connect(pair.near, &address.any, sizeof address.in));
    SAY(getpeername(pair.near, &address.any, &length));
    SAY(send(pair.near, data, 100, 0));
    length = sizeof address;
    MUST(getsockname(pair.far, &address.any, &length));
    SAY(connect(pair.near, &address.any, sizeof address.in));
    SAY(connect(pair.near, &address.any, sizeof address.in));
    SAY(send(pair.near, data, 200, 0));
    say_datagrams(pair.far);
}

/* Without room for an address its length is not looked at. */
static void from_nobody(void)
{
    union address address;
    void *volatile nowhere = (void *)1;
    int far = bound(AF_INET, SOCK_DGRAM, &address), near = MUST(socket(AF_INET, SOCK_DGRAM, 0));
    for (int i = 0; i < 2; i++)
        SAY(sendto(near, data, 100, 0, &address.any, sizeof address.in));
    SAY(recvfrom(far, bytes, sizeof bytes, 0, NULL, nowhere));
    SAY(recvfrom(far, bytes, sizeof bytes, 0, NULL, nowhere));
    SAY(recvfrom(far, bytes, sizeof bytes, MSG_DONTWAIT, NULL, nowhere));
}

/* Room for no more than the beginning of an address. */
static void from_in_little_room(void)
{
    enum { ROOM = 4 };
    union address address;
    int far = bound(AF_INET, SOCK_DGRAM, &address), near = MUST(socket(AF_INET, SOCK_DGRAM, 0));
    struct sockaddr *from = (void *)(guard_page() - ROOM);
    struct iovec iov = {bytes, sizeof bytes};
    struct mmsghdr batch = {
        .msg_hdr = {.msg_name = from, .msg_namelen = ROOM, .msg_iov = &iov, .msg_iovlen = 1}};
    struct msghdr message = batch.msg_hdr;
    socklen_t length = ROOM;
    for (int i = 0; i < 3; i++)
        SAY(sendto(near, data, 100, 0, &address.any, sizeof address.in));
    SAY(recvfrom(far, bytes, sizeof bytes, 0, from, &length));
    say("family %d, length %u", from->sa_family, length);
    memset(from, 0, ROOM);
    SAY(recvmsg(far, &message, 0));
    say("family %d, length %u", from->sa_family, message.msg_namelen);
    memset(from, 0, ROOM);
    SAY(recvmmsg(far, &batch, 1, 0, NULL));
    say("family %d, length %u", from->sa_family, batch.msg_hdr.msg_namelen);
}

/* The error of a datagram is told to the next call, once. */
static void nobody_there(void)
{
    struct pair pair = udp_pair();
    close(pair.far);
    SAY(send(pair.near, data, 100, 0));
    SAY(send(pair.near, data, 100, 0));
    SAY(send(pair.near, data, 100, 0));
    SAY(recv(pair.near, bytes, 100, MSG_DONTWAIT));
    SAY(recv(pair.near, bytes, 100, MSG_DONTWAIT));
    SAY(write(pair.near, data, 100));
    say("events %#x", await_events(pair.near, POLLIN));
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(pair.near, SOL_SOCKET, SO_ERROR, &error, &size);
    say("SO_ERROR: %s", name_of_error(error));
    SAY(read(pair.near, bytes, 0));
    SAY(write(pair.near, data, 100));
}

static void nobody_there_and_unconnected(void)
{
    union address address;
    int far = bound(AF_INET, SOCK_DGRAM, &address), near = MUST(socket(AF_INET, SOCK_DGRAM, 0));
    close(far);
    for (int i = 0; i < 3; i++)
        SAY(sendto(near, data, 100, 0, &address.any, sizeof address.in));
    SAY(recv(near, bytes, 100, MSG_DONTWAIT));
}

/* With IP_RECVERR the message that failed comes back. */
static void error_queue(void)
{
    char control[500];
    struct pair pair = udp_pair();
    struct iovec iov = {bytes, 1000};
    struct msghdr message = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    set_option(pair.near, IPPROTO_IP, IP_RECVERR, 1);
    close(pair.far);
    SAY(send(pair.near, data, 123, 0));
    await_events(pair.near, POLLERR);
    SAY(recvmsg(pair.near, &message, MSG_ERRQUEUE));
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    struct sock_extended_err *told = c ? (void *)CMSG_DATA(c) : NULL;
    say("flags %#x, told %s, origin %d", message.msg_flags,
        told ? name_of_error((int)told->ee_errno) : "nothing", told ? told->ee_origin : 0);
    SAY(recvmsg(pair.near, &message, MSG_ERRQUEUE));
    SAY(send(pair.near, data, 123, 0));
}

static void version_6(void)
{
    union address address, from;
    socklen_t length = sizeof from;
    int far = bound(AF_INET6, SOCK_DGRAM, &address), near = MUST(socket(AF_INET6, SOCK_DGRAM, 0));
    SAY(sendto(near, data, 100, 0, &address.any, sizeof address.in6));
    SAY(connect(near, &address.any, sizeof address.in6));
    SAY(send(near, data, 65527, 0));
    SAY(send(near, data, 65528, 0));
    SAY(sendto(near, data, 200, 0, &address.any, sizeof address.in6));
    SAY(recvfrom(far, bytes, sizeof bytes, 0, &from.any, &length));
    say("from family %d, length %u", from.any.sa_family, length);
    say_datagrams(far);
}

/* An IPv4 address in IPv6. */
static void mapped(void)
{
    union address address, in6 = {.any.sa_family = AF_INET6};
    int far = bound(AF_INET, SOCK_DGRAM, &address), near = MUST(socket(AF_INET6, SOCK_DGRAM, 0));
    inet_pton(AF_INET6, "::ffff:127.0.0.1", &in6.in6.sin6_addr);
    in6.in6.sin6_port = address.in.sin_port;
    SAY(sendto(near, data, 100, 0, &in6.any, sizeof in6.in6));
    SAY(sendto(near, data, 200, 0, &address.any, sizeof address.in));
    SAY(connect(near, &in6.any, sizeof in6.in6));
    SAY(write(near, data, 300));
    say_datagrams(far);
}

/* One call, cut into datagrams by the kernel. */
static void segmented(void)
{
    struct pair pair = udp_pair();
    union {
        char bytes[CMSG_SPACE(sizeof(uint16_t))];
        struct cmsghdr aligned;
    } control = {.aligned = {.cmsg_len = CMSG_LEN(sizeof(uint16_t)),
                             .cmsg_level = IPPROTO_UDP,
                             .cmsg_type = 103 /* UDP_SEGMENT */}};
    struct msghdr message = {.msg_iov = &(struct iovec){data, 3500},
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    memcpy(CMSG_DATA(&control.aligned), &(uint16_t){1000}, sizeof(uint16_t));
    if (SAY(sendmsg(pair.near, &message, 0)) < 0)
        skip("no UDP_SEGMENT");
    for (int i = 0; i < 4; i++)
        SAY(recv(pair.far, bytes, sizeof bytes, 0));
}

TWINS(TWIN(sizes), TWIN(unconnected), TWIN(from_nobody), TWIN(from_in_little_room),
      TWIN(wrong_addresses), TWIN(connected_sends_elsewhere), TWIN(dissolved), TWIN(nobody_there),
      TWIN(nobody_there_and_unconnected), TWIN(error_queue), TWIN(version_6), TWIN(mapped),
      TWIN(segmented))
