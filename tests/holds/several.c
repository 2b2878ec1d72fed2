/*
 * several.c - of several limits the tighter one rules, and does not slow down whom it is not for.
 *
 * Limits: as each behaviour says.
 */
#include "hold.h"

/* A sender on a connection of its own; how long it took. */
struct sender {
    pthread_t thread;
    struct sink sink;
    size_t bytes;
    double seconds;
};

static void *send_all(void *argument)
{
    struct sender *sender = argument;
    double begin = now();
    CHECK_EQ(send(sender->sink.pair.near, data, sender->bytes, 0), sender->bytes);
    sender->seconds = now() - begin;
    return NULL;
}

static void sender_start(struct sender *sender, const char *host, size_t bytes)
{
    sender->bytes = bytes;
    sink_start(&sender->sink, tcp_pair_at(host));
    sender->thread = thread_start(send_all, sender);
}

static void sender_stop(struct sender *sender)
{
    pthread_join(sender->thread, NULL);
    sink_stop(&sender->sink, sender->bytes);
}

/*
 * out 1MB/s burst=10kB; out 200kB/s burst=10kB to=127.0.0.2
 * At the rate of the tighter one, the other would take 1.5 s.
 */
static void tighter_rules(void)
{
    struct sender slow, fast;
    sender_start(&slow, "127.0.0.2", 60000);
    sender_start(&fast, "127.0.0.1", 300000);
    sender_stop(&slow);
    sender_stop(&fast);
    CHECK_SECONDS(slow.seconds, 0.25, 0.6);
    CHECK_SECONDS(fast.seconds, 0.29, 0.8);
}

/* out 1MB/s burst=10kB; out 200kB/s burst=10kB to=127.0.0.2: together within the wider one. */
static void wider_is_shared(void)
{
    struct sender senders[3];
    double begin = now();
    sender_start(&senders[0], "127.0.0.1", 150000);
    sender_start(&senders[1], "127.0.0.3", 150000);
    sender_start(&senders[2], "127.0.0.2", 50000);
    for (int i = 0; i < 3; i++)
        sender_stop(&senders[i]);
    CHECK_TOOK(begin, 0.34, 0.9);
    CHECK_SECONDS(senders[2].seconds, 0.2, 0.9);
}

/* out 100kB/s burst=5kB; send 4/s burst=1: a call that goes in pieces is one call. */
static void pieces_are_one_call(void)
{
    struct sender one;
    sender_start(&one, "127.0.0.1", 20000);
    sender_stop(&one);
    CHECK_SECONDS(one.seconds, 0.15, 0.6);
}

/* The same: short messages are held by their number, and not by their bytes. */
static void calls_rule(void)
{
    struct pair pair = tcp_pair();
    double begin = now();
    for (int i = 0; i < 4; i++)
        CHECK_EQ(send(pair.near, data, 100, 0), 100);
    CHECK_TOOK(begin, 0.75, 1.2);
}

/* One socket for both, as resolvers have: `send 1000/s; send 1/h to=127.0.0.2 timeout=1ms`. */
static void datagrams_by_address(void)
{
    struct sockaddr_in free_one = loopback("127.0.0.1"), limited_one = loopback("127.0.0.2");
    const struct sockaddr *to_free = (const struct sockaddr *)&free_one;
    const struct sockaddr *to_limited = (const struct sockaddr *)&limited_one;
    bound(SOCK_DGRAM, &free_one);
    bound(SOCK_DGRAM, &limited_one);
    int fd = MUST(socket(AF_INET, SOCK_DGRAM, 0));
    CHECK_EQ(sendto(fd, data, 10, 0, to_limited, sizeof limited_one), 10);
    for (int i = 0; i < 10; i++) {
        CHECK_EQ(sendto(fd, data, 10, 0, to_free, sizeof free_one), 10);
        CHECK_FAILS(sendto(fd, data, 10, 0, to_limited, sizeof limited_one), ETIMEDOUT);
    }
    /* Connected to the one, then to the other. */
    MUST(connect(fd, to_free, sizeof free_one));
    CHECK_EQ(send(fd, data, 10, 0), 10);
    CHECK_FAILS(sendto(fd, data, 10, 0, to_limited, sizeof limited_one), ETIMEDOUT);
    MUST(connect(fd, to_limited, sizeof limited_one));
    CHECK_FAILS(send(fd, data, 10, 0), ETIMEDOUT);
    CHECK_EQ(sendto(fd, data, 10, 0, to_free, sizeof free_one), 10);
}

/* send 1/h to=127.0.0.2 timeout=1ms: a stream that is connected elsewhere is looked at anew. */
static void connected_elsewhere(void)
{
    struct sockaddr nobody = {.sa_family = AF_UNSPEC};
    struct sockaddr_in free_one = loopback("127.0.0.1"), limited_one = loopback("127.0.0.2");
    MUST(listen(bound(SOCK_STREAM, &free_one), 8));
    MUST(listen(bound(SOCK_STREAM, &limited_one), 8));
    int fd = MUST(socket(AF_INET, SOCK_STREAM, 0));
    for (int i = 0; i < 3; i++) {
        MUST(connect(fd, (struct sockaddr *)&free_one, sizeof free_one));
        CHECK_EQ(send(fd, data, 10, 0), 10);
        CHECK_EQ(send(fd, data, 10, 0), 10);
        MUST(connect(fd, &nobody, sizeof nobody));
        MUST(connect(fd, (struct sockaddr *)&limited_one, sizeof limited_one));
        if (i == 0)
            CHECK_EQ(send(fd, data, 10, 0), 10);
        CHECK_FAILS(send(fd, data, 10, 0), ETIMEDOUT);
        MUST(connect(fd, &nobody, sizeof nobody));
    }
}

/* out 100tokens/s burst=1tokens: pieces are whole tokens, or more of them would be begun. */
static void pieces_are_whole_tokens(void)
{
    struct sender sender;
    sender_start(&sender, "127.0.0.1", 400);
    sender_stop(&sender);
    CHECK_SECONDS(sender.seconds, 0.98, 1.5);
}

HOLD_MAIN(BEHAVIOUR(tighter_rules), BEHAVIOUR(wider_is_shared), BEHAVIOUR(pieces_are_one_call),
          BEHAVIOUR(calls_rule), BEHAVIOUR(datagrams_by_address), BEHAVIOUR(connected_elsewhere),
          BEHAVIOUR(pieces_are_whole_tokens))
