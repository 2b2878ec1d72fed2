/*
 * zerocopy.c - TCP_ZEROCOPY_RECEIVE, which receives by getsockopt(2).
 *
 * Limits: as each behaviour says.
 */
#include <netinet/tcp.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "hold.h"

enum { ROOM = 65536, UNKNOWN_OPTION = 9999 };

static struct pair pair;
static void *pages;

static long by_name(int name, void *value, socklen_t *size)
{
    return getsockopt(pair.near, IPPROTO_TCP, name, value, size);
}

static long by_number(int name, void *value, socklen_t *size)
{
    return syscall(SYS_getsockopt, pair.near, IPPROTO_TCP, name, value, size);
}

/* Something to receive, on a socket that is mapped. */
static void prepare(void)
{
    pair = tcp_pair();
    CHECK_EQ(send(pair.far, data, 1000, 0), 1000);
    pages = mmap(NULL, ROOM, PROT_READ, MAP_SHARED, pair.near, 0);
    if (pages == MAP_FAILED)
        hold_skip("no TCP_ZEROCOPY_RECEIVE");
    nap(0.02);
}

static long receive(long (*get)(int, void *, socklen_t *))
{
    struct tcp_zerocopy_receive receive = {.address = (uint64_t)(uintptr_t)pages, .length = ROOM};
    socklen_t size = sizeof receive;
    long result = get(TCP_ZEROCOPY_RECEIVE, &receive, &size);
    CHECK(result < 0 || receive.length || receive.recv_skip_hint);
    return result;
}

/* in ..., recv ... or read ...: as a kernel says that does not have it; then one receives. */
static void refused(void)
{
    char bytes[2000];
    socklen_t size = sizeof bytes;
    prepare();
    CHECK_FAILS(by_name(UNKNOWN_OPTION, bytes, &size), ENOPROTOOPT);
    CHECK_FAILS(receive(by_name), ENOPROTOOPT);
    CHECK_FAILS(receive(by_number), ENOPROTOOPT);
    CHECK_FAILS(by_name(TCP_ZEROCOPY_RECEIVE, bytes, NULL), EFAULT);
    CHECK_FAILS(getsockopt(-1, IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE, bytes, &size), EBADF);
    errno = 0;
    CHECK_EQ(recv(pair.near, bytes, sizeof bytes, 0), 1000);
    CHECK_EQ(errno, 0);
}

/* None that applies to receives on this socket. */
static void passed(void)
{
    prepare();
    errno = 0;
    CHECK_EQ(receive(by_name), 0);
    CHECK_EQ(receive(by_number), 0);
    CHECK_EQ(errno, 0);
}

/* in ...: another option of that number, or of that level, is none of it. */
static void others(void)
{
    int value = -1;
    socklen_t size = sizeof value;
    prepare();
    CHECK_EQ(by_name(TCP_NODELAY, &value, &size), 0);
    CHECK_EQ(value, 0);
    CHECK_EQ(by_number(TCP_MAXSEG, &value, &size), 0);
    CHECK(value > 0);
    CHECK_EQ(getsockopt(pair.near, SOL_SOCKET, SO_TYPE, &value, &size), 0);
    CHECK_EQ(value, SOCK_STREAM);
    CHECK_FAILS(getsockopt(0, SOL_SOCKET, TCP_ZEROCOPY_RECEIVE, &value, &size), ENOTSOCK);
}

HOLD_MAIN(BEHAVIOUR(refused), BEHAVIOUR(passed), BEHAVIOUR(others))
