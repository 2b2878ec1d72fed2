/* batches.c - sendmmsg and recvmmsg, whole and in part. */
#include <sys/time.h>

#include "twin.h"

enum { MOST = 4 };

static char bytes[MOST][70000];
static struct iovec iov[MOST];
static struct mmsghdr messages[MOST];

/* Of 100, 200, 300, 400 bytes. */
static void prepare(char *from)
{
    memset(messages, 0, sizeof messages);
    for (size_t i = 0; i < MOST; i++) {
        iov[i] = (struct iovec){from ? from : bytes[i], from ? 100 * (i + 1) : sizeof bytes[i]};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &iov[i], .msg_iovlen = 1};
        messages[i].msg_len = 77;
    }
}

static void say_lengths(void)
{
    say("lengths %u %u %u %u", messages[0].msg_len, messages[1].msg_len, messages[2].msg_len,
        messages[3].msg_len);
}

static void all_of_them(void)
{
    struct pair pair = udp_pair();
    prepare(data);
    SAY(sendmmsg(pair.near, messages, MOST, 0));
    say_lengths();
    prepare(NULL);
    SAY(recvmmsg(pair.far, messages, MOST, 0, NULL));
    say_lengths();
    SAY(recvmmsg(pair.far, messages, MOST, MSG_DONTWAIT, NULL));
}

static void none_of_them(void)
{
    struct pair pair = udp_pair();
    prepare(data);
    SAY(sendmmsg(pair.near, messages, 0, 0));
    SAY(recvmmsg(pair.far, messages, 0, MSG_DONTWAIT, NULL));
    say_lengths();
}

/* Without a message the descriptor is looked at all the same. */
static void none_to_nobody(void)
{
    prepare(data);
    int file = MUST(open("/dev/null", O_RDWR));
    SAY(sendmmsg(-1, messages, 0, 0));
    SAY(sendmmsg(999, messages, 0, 0));
    SAY(sendmmsg(file, messages, 0, 0));
    SAY(recvmmsg(999, messages, 0, 0, NULL));
    SAY(recvmmsg(file, messages, 0, 0, NULL));
}

static void up_to_one_that_is_too_long(void)
{
    struct pair pair = udp_pair();
    prepare(data);
    iov[2].iov_len = 70000;
    SAY(sendmmsg(pair.near, messages, MOST, 0));
    say_lengths();
    SAY(sendmmsg(pair.near, messages + 2, 2, 0));
    SAY(sendmmsg(pair.near, messages + 3, 1, 0));
    prepare(NULL);
    SAY(recvmmsg(pair.far, messages, MOST, MSG_DONTWAIT, NULL));
    say_lengths();
}

static void up_to_one_that_is_not_there(void)
{
    struct pair pair = udp_pair();
    prepare(data);
    iov[1].iov_base = (void *)16;
    SAY(sendmmsg(pair.near, messages, MOST, 0));
    say_lengths();
    SAY(sendmmsg(pair.near, messages + 1, 1, 0));
}

static void to_several_peers(void)
{
    union address address[MOST];
    int near = MUST(socket(AF_INET, SOCK_DGRAM, 0)), far[MOST];
    prepare(data);
    for (int i = 0; i < MOST; i++) {
        far[i] = bound(AF_INET, SOCK_DGRAM, &address[i]);
        messages[i].msg_hdr.msg_name = &address[i];
        messages[i].msg_hdr.msg_namelen = sizeof address[i].in;
    }
    address[3].any.sa_family = AF_UNIX;
    SAY(sendmmsg(near, messages, MOST, 0));
    say_lengths();
    SAY(sendmmsg(near, messages + 3, 1, 0));
    for (int i = 0; i < MOST; i++)
        SAY(recv(far[i], bytes[0], 1000, i < 3 ? 0 : MSG_DONTWAIT));
}

static void on_a_stream(void)
{
    struct pair pair = tcp_pair();
    prepare(data);
    SAY(sendmmsg(pair.near, messages, MOST, 0));
    say_lengths();
    shutdown(pair.near, SHUT_WR);
    say_stream("peer", drain(pair.far));
    SAY(sendmmsg(pair.near, messages, MOST, MSG_NOSIGNAL));
}

/* A stream that is full in the middle of a message, and does not block. */
static void on_a_full_stream(void)
{
    struct pair pair = narrow_pair();
    fill(pair.near);
    prepare(data);
    SAY(sendmmsg(pair.near, messages, MOST, MSG_DONTWAIT));
    say_lengths();
}

#ifdef __GLIBC__ /* musl's calls sendmsg for each, and so goes on */
static void ring(int signal)
{
    (void)signal;
}

/* A handler ends it when some have gone, also one with SA_RESTART, though nothing of the next one
 * has. */
static void interrupted_after_some(void)
{
    static struct mmsghdr many[1000];
    for (int restarts = 0; restarts < 2; restarts++) {
        struct sigaction action = {.sa_handler = ring, .sa_flags = restarts ? SA_RESTART : 0};
        struct pair pair = narrow_pair();
        fill(pair.near);
        while (poll(&(struct pollfd){.fd = pair.near, .events = POLLOUT}, 1, 10) == 0)
            MUST(recv(pair.far, bytes[0], 100, 0));
        prepare(data);
        for (size_t i = 0; i < 1000; i++)
            many[i] = messages[MOST - 1];
        sigaction(SIGALRM, &action, NULL);
        setitimer(ITIMER_REAL, &(struct itimerval){.it_value.tv_usec = 300000}, NULL);
        int count = sendmmsg(pair.near, many, 1000, 0);
        say("some have gone %d", count > 0 && count < 1000);
        close_pair(pair);
    }
}
#endif

static void for_one(void)
{
    struct pair pair = udp_pair();
    SAY(send(pair.near, data, 100, 0));
    SAY(send(pair.near, data, 200, 0));
    prepare(NULL);
    SAY(recvmmsg(pair.far, messages, MOST, MSG_WAITFORONE, NULL));
    say_lengths();
}

/* The timeout is looked at after each message. */
static void in_time(void)
{
    struct pair pair = udp_pair();
    struct timespec short_time = {0, 0}, long_time = {10, 0}, bad = {0, -1};
    for (int i = 0; i < 3; i++)
        SAY(send(pair.near, data, 100, 0));
    prepare(NULL);
    SAY(recvmmsg(pair.far, messages, MOST, MSG_DONTWAIT, &bad));
    SAY(recvmmsg(pair.far, messages, MOST, MSG_WAITFORONE, &short_time));
    SAY(recvmmsg(pair.far, messages, MOST, MSG_WAITFORONE, &long_time));
    say("time is left %d", long_time.tv_sec >= 8);
}

static void peer_is_gone(void)
{
    struct pair pair = udp_pair();
    close(pair.far);
    prepare(data);
    SAY(send(pair.near, data, 10, 0));
    SAY(sendmmsg(pair.near, messages, MOST, 0));
    SAY(recvmmsg(pair.near, messages, MOST, MSG_DONTWAIT, NULL));
    SAY(recvmmsg(pair.near, messages, MOST, MSG_DONTWAIT, NULL));
}

TWINS(GLIBC_TWIN(interrupted_after_some) TWIN(all_of_them), TWIN(none_of_them),
      TWIN(none_to_nobody), TWIN(up_to_one_that_is_too_long), TWIN(up_to_one_that_is_not_there),
      TWIN(to_several_peers), TWIN(on_a_stream), TWIN(on_a_full_stream), TWIN(for_one),
      TWIN(in_time), TWIN(peer_is_gone))
