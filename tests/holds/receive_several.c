/*
 * receive_several.c - several limits on receives, and limits for some peers only.
 *
 * Limits: as each behaviour says.
 */
#include "receive.h"

static char bytes[400000];

struct receiver {
    pthread_t thread;
    struct feeder feeder;
    char *bytes;
    double seconds;
};

static void *receive_all(void *argument)
{
    struct receiver *r = argument;
    size_t length = r->feeder.bytes;
    double begin = now();
    CHECK_EQ(recv(r->feeder.pair.near, r->bytes, length, MSG_WAITALL), length);
    CHECK_DATA(r->bytes, 0, (ssize_t)length);
    r->seconds = now() - begin;
    return NULL;
}

/* From a peer that is at `host`. */
static void receiver_start(struct receiver *r, const char *host, char *buffer, size_t length)
{
    r->bytes = buffer;
    feeder_start(&r->feeder, tcp_pair_at(host), length);
    r->thread = thread_start(receive_all, r);
}

static void receiver_stop(struct receiver *r)
{
    pthread_join(r->thread, NULL);
    feeder_stop(&r->feeder);
}

/*
 * in 1MB/s burst=10kB; in 200kB/s burst=10kB to=127.0.0.2
 * At the rate of the tighter one, the other would take 1.5 s.
 */
static void tighter_rules(void)
{
    struct receiver slow, fast;
    receiver_start(&slow, "127.0.0.2", bytes, 60000);
    receiver_start(&fast, "127.0.0.1", bytes + 60000, 300000);
    receiver_stop(&slow);
    receiver_stop(&fast);
    CHECK_SECONDS(slow.seconds, 0.25, 1.0);
    CHECK_SECONDS(fast.seconds, 0.29, 1.1);
}

/* The same: together within the wider one. */
static void wider_is_shared(void)
{
    struct receiver receivers[3];
    double begin = now();
    receiver_start(&receivers[0], "127.0.0.1", bytes, 150000);
    receiver_start(&receivers[1], "127.0.0.3", bytes + 150000, 150000);
    receiver_start(&receivers[2], "127.0.0.2", bytes + 300000, 50000);
    for (int i = 0; i < 3; i++)
        receiver_stop(&receivers[i]);
    CHECK_TOOK(begin, 0.34, 1.5);
    CHECK_SECONDS(receivers[2].seconds, 0.2, 1.4);
}

/* in 100kB/s burst=5kB; recv 4/s burst=1: whichever takes longer. */
static void bytes_and_calls(void)
{
    struct feeder feeder;
    feeder_start(&feeder, tcp_pair(), 100000);
    double begin = now();
    for (int i = 0; i < 4; i++)
        CHECK_EQ(recv(feeder.pair.near, bytes + i * 100, 100, 0), 100);
    CHECK_TOOK(begin, 0.75, 1.8);
    CHECK_EQ(recv(feeder.pair.near, bytes + 400, 60000, MSG_WAITALL), 60000);
    CHECK_BOUND(60400, begin, 5000, 100000);
    CHECK_TOOK(begin, 1.2, 3);
    CHECK_DATA(bytes, 0, 60400);
    feeder_stop(&feeder);
}

/* in 100kB/s burst=10kB; out 100kB/s burst=10kB: each way is its own. */
static void both_ways(void)
{
    struct pair pair = tcp_pair();
    double begin = now();
    CHECK_EQ(send(pair.far, data, 20000, 0), 20000);
    CHECK_BOUND(20000, begin, 10000, 100000);
    begin = now();
    CHECK_EQ(recv(pair.near, bytes, 20000, MSG_WAITALL), 20000);
    CHECK_BOUND(20000, begin, 10000, 100000);
    CHECK_TOOK(begin, 0.1, 0.6);
    CHECK_DATA(bytes, 0, 20000);
}

/* in 1B/h timeout=1ms to=127.0.0.2: of streams only those whose peer it is. */
static void by_peer(void)
{
    struct pair limited = tcp_pair_at("127.0.0.2"), other = tcp_pair();
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(send(limited.far, data, 100, 0), 100);
        CHECK_EQ(send(limited.near, data, 100, 0), 100);
        CHECK_EQ(send(other.far, data, 100, 0), 100);
    }
    CHECK_EQ(recv(limited.near, bytes, 1, 0), 1);
    for (int i = 0; i < 3; i++) {
        CHECK_FAILS(recv(limited.near, bytes, 100, 0), ETIMEDOUT);
        CHECK_FAILS(read(limited.near, bytes, 100), ETIMEDOUT);
        CHECK_EQ(recv(limited.far, bytes, 100, 0), 100); /* its peer is 127.0.0.1 */
        CHECK_EQ(recv(other.near, bytes, 100, 0), 100);
    }
}

/* in 1B/h timeout=1ms to=127.0.0.2: a connected datagram socket, too. */
static void datagrams_by_peer(void)
{
    struct sockaddr_in limited = loopback("127.0.0.2"), other = loopback("127.0.0.1");
    int from_limited = bound(SOCK_DGRAM, &limited), from_other = bound(SOCK_DGRAM, &other);
    struct sockaddr_in address = loopback("127.0.0.1");
    int fd = bound(SOCK_DGRAM, &address);
    const struct sockaddr *to = (const struct sockaddr *)&address;
    MUST(connect(fd, (struct sockaddr *)&limited, sizeof limited));
    CHECK_EQ(sendto(from_limited, data, 1, 0, to, sizeof address), 1);
    CHECK_EQ(recv(fd, bytes, 100, 0), 1);
    for (int i = 0; i < 3; i++) {
        MUST(connect(fd, (struct sockaddr *)&limited, sizeof limited));
        CHECK_EQ(sendto(from_limited, data, 1, 0, to, sizeof address), 1);
        CHECK_FAILS(recv(fd, bytes, 100, 0), ETIMEDOUT);
        CHECK_EQ(recv(fd, bytes, 100, MSG_PEEK), 1);
        MUST(connect(fd, (struct sockaddr *)&other, sizeof other));
        CHECK_EQ(sendto(from_other, data, 50, 0, to, sizeof address), 50);
        while (recv(fd, bytes, 100, 0) == 1) /* what still waits of the one before */
            ;
        CHECK_EQ(sendto(from_other, data, 50, 0, to, sizeof address), 50);
        CHECK_EQ(recv(fd, bytes, 100, 0), 50);
    }
}

/*
 * in 100kB/s burst=1kB; in 50kB/s burst=5kB to=127.0.0.2
 * From anyone: the first limit is waited for before, the second one is known only afterwards.
 */
static void from_anyone(void)
{
    struct sockaddr_in limited = loopback("127.0.0.2"), address = loopback("127.0.0.1");
    int sender = bound(SOCK_DGRAM, &limited), fd = bound(SOCK_DGRAM, &address);
    double begin = now();
    for (int i = 0; i < 25; i++) {
        struct sockaddr_in from;
        socklen_t length = sizeof from;
        CHECK_EQ(sendto(sender, data, 1000, 0, (struct sockaddr *)&address, sizeof address), 1000);
        CHECK_EQ(sendto(sender, data, 1000, 0, (struct sockaddr *)&address, sizeof address), 1000);
        CHECK_EQ(recvfrom(fd, bytes, 2000, 0, (struct sockaddr *)&from, &length), 1000);
        CHECK_EQ(recvfrom(fd, bytes, 2000, 0, (struct sockaddr *)&from, &length), 1000);
        CHECK_BOUND(2000 * (i + 1), begin, 5000, 50000);
    }
    CHECK_TOOK(begin, 0.89, 2.5);
}

HOLD_MAIN(BEHAVIOUR(from_anyone), BEHAVIOUR(tighter_rules), BEHAVIOUR(wider_is_shared),
          BEHAVIOUR(bytes_and_calls), BEHAVIOUR(both_ways), BEHAVIOUR(by_peer),
          BEHAVIOUR(datagrams_by_peer))
