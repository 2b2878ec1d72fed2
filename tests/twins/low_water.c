/* low_water.c - SO_RCVLOWAT: so many bytes a receive waits for. */
#include <sys/time.h>

#include "poker.h"
#include "twin.h"

static char bytes[400000];

/* Each of these has such a mark, and the first ones have that much to receive. */
static struct pair pair_with(int mark, size_t there)
{
    struct pair pair = tcp_pair();
    set_option(pair.far, SOL_SOCKET, SO_RCVBUF, 1 << 20);
    set_option(pair.far, SOL_SOCKET, SO_RCVLOWAT, mark);
    set_option(pair.near, SOL_SOCKET, SO_SNDBUF, 1 << 20);
    size_t sent = there ? send_all(pair.near, there) : 0;
    if (sent != there)
        say("only %zu could be sent", sent);
    await_bytes(pair.far, (int)there);
    return pair;
}

static void say_time(double begin, double expected)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    double took = (double)t.tv_sec + (double)t.tv_nsec * 1e-9 - begin;
    if (took >= expected - 0.02 && took <= expected + 0.5)
        say("it took %.1f s", expected);
    else
        say("it took %.3f s, not %.1f", took, expected);
}

static void five(int mark, int flags)
{
    struct pair pair = pair_with(mark, 300000);
    struct stream stream = {0};
    for (int i = 0; i < 5; i++) {
        ssize_t got = SAY(recv(pair.far, bytes, 60000, flags));
        stream_add(&stream, bytes, got > 0 ? (size_t)got : 0);
    }
    say_matches(stream, 300000);
    close_pair(pair);
}

static void mark_of_60000(void)
{
    five(60000, 0);
}

static void mark_of_300000(void)
{
    five(300000, 0);
}

static void waited_for_all(void)
{
    five(60000, MSG_WAITALL);
}

/* Then the mark says nothing. */
static void without_waiting(void)
{
    five(60000, MSG_DONTWAIT);
    struct pair pair = pair_with(60000, 10000);
    SAY(recv(pair.far, bytes, 60000, MSG_DONTWAIT));
    SAY(recv(pair.far, bytes, 60000, MSG_DONTWAIT));
    MUST(fcntl(pair.far, F_SETFL, O_NONBLOCK));
    SAY(send(pair.near, data, 10000, 0));
    await_bytes(pair.far, 10000);
    SAY(read(pair.far, bytes, 60000));
    SAY(read(pair.far, bytes, 60000));
}

/* Who is told of so much gets it, when it asks for it: of less, nobody would be told. */
static void told_of_by_poll(void)
{
    struct pair pair = pair_with(30000, 150000);
    struct pollfd wanted = {.fd = pair.far, .events = POLLIN};
    size_t done = 0;
    MUST(fcntl(pair.far, F_SETFL, O_NONBLOCK));
    while (done < 150000 && poll(&wanted, 1, 3000) == 1) {
        ssize_t got = recv(pair.far, bytes, 30000, 0);
        if (got >= 0 && got != 30000)
            say("only %zd", got);
        done += got > 0 ? (size_t)got : 0;
    }
    say("received %zu", done);
    close_pair(pair);
}

/* Of less than the mark nobody is told: so one call leaves no such rest, as long as it has room.
 * All is there by a nap, since who asks for it is told as well. */
static void no_rest(void)
{
    struct pair pair = tcp_pair();
    set_option(pair.far, SOL_SOCKET, SO_RCVBUF, 1 << 20);
    set_option(pair.far, SOL_SOCKET, SO_RCVLOWAT, 10000);
    send_all(pair.near, 25000);
    nap(0.1);
    struct pollfd wanted = {.fd = pair.far, .events = POLLIN};
    size_t done = 0;
    while (done < 25000 && poll(&wanted, 1, 3000) == 1)
        done += (size_t)MUST(recv(pair.far, bytes, sizeof bytes, 0));
    say("received %zu", done);
    close_pair(pair);
}

static void by_every_call(void)
{
    struct pair pair = pair_with(20000, 140000);
    struct iovec iov[7];
    struct msghdr message = {.msg_iov = iov, .msg_iovlen = 7};
    struct mmsghdr batch = {.msg_hdr = {.msg_iov = iov, .msg_iovlen = 7}};
    for (int i = 0; i < 7; i++)
        iov[i] = (struct iovec){bytes + i * 3000, i < 6 ? 3000 : 2000};
    SAY(recv(pair.far, bytes, 20000, 0));
    SAY(read(pair.far, bytes, 20000));
    SAY(recvfrom(pair.far, bytes, 20000, 0, NULL, NULL));
    SAY(readv(pair.far, iov, 7));
    SAY(preadv2(pair.far, iov, 7, -1, 0));
    SAY(recvmsg(pair.far, &message, 0));
    SAY(recvmmsg(pair.far, &batch, 1, 0, NULL));
    say("length %u", batch.msg_len);
}

static struct {
    int fd, times;
    size_t at_a_time;
    double pause;
    bool ends;
} sender;

static void *send_by_and_by(void *unused)
{
    (void)unused;
    for (int i = 0; i < sender.times; i++) {
        nap(sender.pause);
        send(sender.fd, data, sender.at_a_time, MSG_NOSIGNAL);
    }
    if (sender.ends)
        shutdown(sender.fd, SHUT_WR);
    return NULL;
}

static pthread_t sender_start(struct pair pair, int times, double pause)
{
    sender.fd = pair.near;
    sender.times = times;
    sender.at_a_time = 10000;
    sender.pause = pause;
    return thread_start(send_by_and_by, NULL);
}

/* It waits until they have come, whether or not there is room for more. */
static void by_and_by(void)
{
    struct pair pair = pair_with(40000, 5000);
    pthread_t thread = sender_start(pair, 6, 0.03);
    ssize_t got = recv(pair.far, bytes, 60000, 0);
    say("the mark is reached: %d", got >= 40000);
    pthread_join(thread, NULL);
    while (got < 65000) {
        ssize_t more = recv(pair.far, bytes, got < 64600 ? 400 : (size_t)(65000 - got), 0);
        if (more <= 0)
            break;
        got += more;
    }
    say("received %zd", got);
}

/* At the end of the stream it is as much as there is. */
static void until_the_end(void)
{
    struct pair pair = pair_with(40000, 5000);
    sender.ends = true;
    pthread_t thread = sender_start(pair, 2, 0.05);
    SAY(recv(pair.far, bytes, 60000, 0));
    SAY(recv(pair.far, bytes, 60000, 0));
    pthread_join(thread, NULL);
}

/* Of all that is there when its time has come. */
static void until_the_timeout(void)
{
    struct timeval timeout = {0, 400000};
    for (int flags = 0; flags <= MSG_WAITALL; flags += MSG_WAITALL) {
        struct pair pair = pair_with(40000, 10000);
        MUST(setsockopt(pair.far, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout));
        double begin = now();
        SAY(recv(pair.far, bytes, 60000, flags));
        say_time(begin, 0.4);
        begin = now();
        SAY(recv(pair.far, bytes, 60000, flags));
        say_time(begin, 0.4);
        pthread_t thread = sender_start(pair, 2, 0.1);
        begin = now();
        SAY(recv(pair.far, bytes, 60000, flags));
        say_time(begin, 0.4);
        pthread_join(thread, NULL);
    }
}

/* A handler ends it with what is there, SA_RESTART or not. */
static void until_a_signal(void)
{
    for (int flags = 0; flags <= SA_RESTART; flags += SA_RESTART) {
        struct pair pair = pair_with(40000, 10000);
        poke_on(SIGALRM, flags);
        setitimer(ITIMER_REAL, &(struct itimerval){.it_value = {0, 300000}}, NULL);
        double begin = now();
        SAY(recv(pair.far, bytes, 60000, 0));
        say_time(begin, 0.3);
        close_pair(pair);
    }
    say("handled %d", (int)poker.handled);
}

TWINS(TWIN(mark_of_60000), TWIN(mark_of_300000), TWIN(waited_for_all), TWIN(without_waiting),
      TWIN(told_of_by_poll), TWIN(no_rest), TWIN(by_every_call), TWIN(by_and_by),
      TWIN(until_the_end), TWIN(until_the_timeout), TWIN(until_a_signal))
