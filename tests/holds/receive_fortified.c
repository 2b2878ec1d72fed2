/*
 * receive_fortified.c - programs built with _FORTIFY_SOURCE call other functions of libc where the
 * compiler knows the size of a buffer and not the length: __recv_chk, __recvfrom_chk, __read_chk.
 *
 * Limit: `in 1MB/s burst=7001`.
 */
#undef _FORTIFY_SOURCE
#if defined __OPTIMIZE__ && __OPTIMIZE__ > 0
#define _FORTIFY_SOURCE 2
#endif

#include <sys/resource.h>
#include <sys/wait.h>

#include "receive.h"

enum { BURST = 7001, RATE = 1000000, TOTAL = 200000, ROOM = 20000 };

static char bytes[ROOM];
static volatile size_t length = ROOM;

typedef ssize_t way(int fd);

static ssize_t by_recv(int fd)
{
    return recv(fd, bytes, length, 0);
}

static ssize_t by_recvfrom(int fd)
{
    struct sockaddr_storage from;
    return recvfrom(fd, bytes, length, 0, (struct sockaddr *)&from, &(socklen_t){sizeof from});
}

static ssize_t by_read(int fd)
{
    return read(fd, bytes, length);
}

/* What would overflow the buffer ends the program, and libc says so. */
static void check_overflow(way *receive_one)
{
    struct pair pair = pair_with(100);
    int status;
    pid_t child = MUST(fork());
    if (child == 0) {
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        close(STDERR_FILENO);
        length = ROOM + 1;
        receive_one(pair.near);
        _exit(0);
    }
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    CHECK_EQ(recv(pair.near, bytes, 100, MSG_PEEK), 100);
}

static void receive_all(way *receive_one)
{
    struct feeder feeder;
    size_t position = 0;
#ifndef _FORTIFY_SOURCE
    hold_skip("only what is optimised can be fortified");
#endif
    feeder_start(&feeder, tcp_pair(), TOTAL);
    double begin = now();
    for (ssize_t got; (got = receive_one(feeder.pair.near)) > 0;) {
        CHECK(got <= BURST);
        CHECK_DATA(bytes, position, got);
        position += (size_t)got;
        CHECK_BOUND(position, begin, BURST, RATE);
    }
    CHECK_EQ(position, TOTAL);
    feeder_stop(&feeder);
    check_overflow(receive_one);
}

static void recv_(void)
{
    receive_all(by_recv);
}

static void recvfrom_(void)
{
    receive_all(by_recvfrom);
}

static void read_(void)
{
    receive_all(by_read);
}

HOLD_MAIN({"recv", recv_}, {"recvfrom", recvfrom_}, {"read", read_})
