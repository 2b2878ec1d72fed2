/*
 * destinations.c - whom a call reaches that names no address, and which limits apply to that.
 *
 * Limit: `calls 1/h burst=1 timeout=1ms to=...`, as each behaviour says: one call to there, and
 * from then on each fails with ETIMEDOUT.
 */
#include <netinet/tcp.h>
#include <sys/syscall.h>

#include "hold.h"

/* What the kernel makes of an address, on a socket that is bound. */
static const struct {
    int domain;
    const char *bound, *named, *reached;
} rows[] = {
    {AF_INET, NULL, "127.0.0.1", "127.0.0.1"},
    {AF_INET, "127.0.0.9", "127.0.0.1", "127.0.0.1"},
    {AF_INET, NULL, "0.0.0.0", "127.0.0.1"},
    {AF_INET, "0.0.0.0", "0.0.0.0", "127.0.0.1"},
    {AF_INET, "127.0.0.1", "0.0.0.0", "127.0.0.1"},
    {AF_INET, "127.0.0.9", "0.0.0.0", "127.0.0.9"},
    {AF_INET6, NULL, "::", "::1"},
    {AF_INET6, "::", "::", "::1"},
    {AF_INET6, "::1", "::", "::1"},
    {AF_INET6, "::ffff:127.0.0.9", "::", "127.0.0.1"},
    {AF_INET6, "::ffff:0.0.0.0", "::", "127.0.0.1"},
    {AF_INET6, NULL, "::ffff:0.0.0.0", "127.0.0.1"},
    {AF_INET6, "::ffff:0.0.0.0", "::ffff:0.0.0.0", "127.0.0.1"},
    {AF_INET6, "::ffff:127.0.0.9", "::ffff:0.0.0.0", "127.0.0.9"},
    {AF_INET6, NULL, "::ffff:127.0.0.1", "127.0.0.1"},
};

union address {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
};

static union address to;
static socklen_t to_length;

static socklen_t make_address(union address *address, const char *host, in_port_t port)
{
    memset(address, 0, sizeof *address);
    if (inet_pton(AF_INET, host, &address->in.sin_addr) == 1) {
        address->in.sin_family = AF_INET;
        address->in.sin_port = port;
        return sizeof address->in;
    }
    CHECK_EQ(inet_pton(AF_INET6, host, &address->in6.sin6_addr), 1);
    address->in6.sin6_family = AF_INET6;
    address->in6.sin6_port = port;
    return sizeof address->in6;
}

/* The ways to send or connect. */
static long by_connect(int fd)
{
    return connect(fd, &to.any, to_length);
}

static long by_connect_by_number(int fd)
{
    return syscall(SYS_connect, fd, &to, to_length);
}

static long by_sendto(int fd)
{
    return sendto(fd, data, 1, MSG_FASTOPEN, &to.any, to_length);
}

static long by_sendto_by_number(int fd)
{
    return syscall(SYS_sendto, fd, data, 1L, MSG_FASTOPEN, &to, to_length);
}

static struct mmsghdr message(void)
{
    static struct iovec iov = {data, 1};
    return (struct mmsghdr){
        .msg_hdr = {.msg_name = &to, .msg_namelen = to_length, .msg_iov = &iov, .msg_iovlen = 1}};
}

static long by_sendmsg(int fd)
{
    struct mmsghdr batch = message();
    return sendmsg(fd, &batch.msg_hdr, MSG_FASTOPEN);
}

static long by_sendmmsg(int fd)
{
    struct mmsghdr batch = message();
    return sendmmsg(fd, &batch, 1, MSG_FASTOPEN);
}

static long by_sendmmsg_by_number(int fd)
{
    struct mmsghdr batch = message();
    return syscall(SYS_sendmmsg, fd, &batch, 1L, MSG_FASTOPEN);
}

/* Of a datagram socket, where to connect is free. */
static long by_connected_send(int fd)
{
    long result = connect(fd, &to.any, to_length);
    return result < 0 ? result : send(fd, data, 1, 0);
}

static const struct {
    const char *name;
    long (*call)(int fd);
    bool stream, datagram;
} ways[] = {
    {"connect", by_connect, true, false},
    {"connect by number", by_connect_by_number, true, false},
    {"sendto", by_sendto, true, true},
    {"sendto by number", by_sendto_by_number, true, true},
    {"sendmsg", by_sendmsg, true, true},
    {"sendmmsg", by_sendmmsg, true, true},
    {"sendmmsg by number", by_sendmmsg_by_number, true, true},
    {"send", by_connected_send, false, true},
};

/* Which addresses are reached by everyone who reaches this machine. */
static in_port_t serve(int type)
{
    union address any;
    socklen_t length = make_address(&any, "::", 0);
    int fd = socket(AF_INET6, type, 0);
    if (fd < 0)
        hold_skip("no IPv6");
    MUST(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &(int){0}, sizeof(int)));
    MUST(bind(fd, &any.any, length));
    MUST(getsockname(fd, &any.any, &length));
    if (type == SOCK_STREAM)
        MUST(listen(fd, 1000));
    return any.in6.sin6_port;
}

static int make_socket(int type, int domain, const char *host)
{
    union address near;
    int fd = MUST(socket(domain, type, 0));
    if (host) {
        socklen_t length = make_address(&near, host, 0);
        MUST(bind(fd, &near.any, length));
    }
    return fd;
}

static void check_row(size_t row, int type, in_port_t port, bool (*is_limited)(const char *))
{
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        if (type == SOCK_STREAM ? !ways[i].stream : !ways[i].datagram)
            continue;
        int fd = make_socket(type, rows[row].domain, rows[row].bound);
        to_length = make_address(&to, rows[row].named, port);
        bool limited = is_limited(rows[row].reached);
        long result = ways[i].call(fd);
        if (result < 0 && errno == EOPNOTSUPP) /* net.ipv4.tcp_fastopen forbids it */
            continue;
        bool as_expected = limited ? result < 0 && errno == ETIMEDOUT : result >= 0;
        if (!as_expected && check_failed())
            fprintf(stderr, "%s of a %s bound to %s, to %s: %ld (%s), expected it to be %s\n",
                    ways[i].name, type == SOCK_STREAM ? "stream" : "datagram",
                    rows[row].bound ? rows[row].bound : "nothing", rows[row].named, result,
                    result < 0 ? strerrorname_np(errno) : "no error", limited ? "held" : "free");
        MUST(close(fd));
    }
}

static void check_rows(const char *limited_to, bool (*is_limited)(const char *))
{
    in_port_t datagrams = serve(SOCK_DGRAM), streams = serve(SOCK_STREAM);
    int first = make_socket(SOCK_DGRAM, strchr(limited_to, ':') ? AF_INET6 : AF_INET, NULL);
    to_length = make_address(&to, limited_to, datagrams);
    CHECK_EQ(sendto(first, data, 1, 0, &to.any, to_length), 1);
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        check_row(row, SOCK_DGRAM, datagrams, is_limited);
        check_row(row, SOCK_STREAM, streams, is_limited);
    }
}

static bool is_it(const char *reached)
{
    return strcmp(reached, "127.0.0.1") == 0;
}

static bool is_bound(const char *reached)
{
    return strcmp(reached, "127.0.0.9") == 0;
}

static bool is_version_6(const char *reached)
{
    return strchr(reached, ':');
}

static bool is_loopback(const char *reached)
{
    (void)reached;
    return true;
}

/* to=127.0.0.1, or 0.0.0.0 */
static void version_4(void)
{
    check_rows("127.0.0.1", is_it);
}

/* to=127.0.0.9 */
static void source(void)
{
    check_rows("127.0.0.9", is_bound);
}

/* to=::1, or :: */
static void version_6(void)
{
    check_rows("::1", is_version_6);
}

/* to=localhost, or a name below it: whoever asked no resolver for it, too */
static void localhost(void)
{
    check_rows("127.0.0.1", is_loopback);
}

/* to=::1: with AF_UNSPEC a datagram of IPv6 goes to whom the socket is connected to. */
static void unspecified_family(void)
{
    in_port_t port = serve(SOCK_DGRAM);
    int fd = make_socket(SOCK_DGRAM, AF_INET6, NULL);
    socklen_t length = make_address(&to, "::1", port);
    MUST(connect(fd, &to.any, length));
    CHECK_EQ(send(fd, data, 1, 0), 1);
    to_length = make_address(&to, "127.0.0.1", port);
    to.in.sin_family = AF_UNSPEC;
    CHECK_FAILS(sendto(fd, data, 1, 0, &to.any, to_length), ETIMEDOUT);
    CHECK_FAILS(by_sendmsg(fd), ETIMEDOUT);
}

HOLD_MAIN(BEHAVIOUR(version_4), BEHAVIOUR(source), BEHAVIOUR(version_6), BEHAVIOUR(localhost),
          BEHAVIOUR(unspecified_family))
