/* halfway.c - a handler that runs when a part of the call is done already: that part is the result,
 * whether or not the handler restarts calls; wherever between two pieces it runs. */
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include "poker.h"
#include "twin.h"
#include "ways.h"

static volatile sig_atomic_t alarms;

static void say_time(double begin, double expected)
{
    double took = now() - begin;
    if (took >= expected - 0.02 && took <= expected + 0.3)
        say("it took %.1f s", expected);
    else
        say("it took %.3f s, not %.1f", took, expected);
}

/* Who has not ended by the second one would never. */
static void ring(int signal)
{
    (void)signal;
    alarms++;
}

static void alarm_in(long us, int flags)
{
    alarms = 0;
    sigaction(SIGALRM, &(struct sigaction){.sa_handler = ring, .sa_flags = flags}, NULL);
    setitimer(ITIMER_REAL, &(struct itimerval){{1, 0}, {us / 1000000, us % 1000000}}, NULL);
}

static int alarm_off(void)
{
    setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, 0}}, NULL);
    return alarms;
}

static ssize_t by_sendto(int fd, size_t length)
{
    return sendto(fd, data, length, 0, NULL, 0);
}

static ssize_t by_sendmmsg(int fd, size_t length)
{
    struct mmsghdr message = {.msg_hdr = {.msg_iov = split(data, length), .msg_iovlen = 20}};
    return sendmmsg(fd, &message, 1, 0) == 1 ? (ssize_t)message.msg_len : -1;
}

static ssize_t by_pwritev2(int fd, size_t length)
{
    return pwritev2(fd, split(data, length), 20, -1, 0);
}

static ssize_t by_sendfile(int fd, size_t length)
{
    static int file;
    if (!file) {
        file = MUST(memfd_create("twin", 0));
        MUST(write(file, data, DATA_BYTES));
    }
    MUST(lseek(file, 0, SEEK_SET));
    return sendfile(fd, file, NULL, length);
}

static ssize_t by_number_sendto(int fd, size_t length)
{
    return syscall(SYS_sendto, fd, data, length, 0, NULL, 0);
}

static ssize_t by_number_writev(int fd, size_t length)
{
    return syscall(SYS_writev, fd, split(data, length), 20);
}

static ssize_t by_number_recvfrom(int fd, size_t length)
{
    return syscall(SYS_recvfrom, fd, room, length, MSG_WAITALL, NULL, NULL);
}

struct way {
    const char *name;
    ssize_t (*call)(int fd, size_t length);
};

static const struct way sends[] = {{"send", by_send},
                                   {"sendto", by_sendto},
                                   {"write", by_write},
                                   {"sendmsg", by_sendmsg},
                                   {"sendmmsg", by_sendmmsg},
                                   {"writev", by_writev},
                                   {"pwritev2", by_pwritev2},
                                   {"sendto by number", by_number_sendto},
                                   {"writev by number", by_number_writev}};
static const struct way receives[] = {{"recv", by_recv},
                                      {"recvfrom", by_recvfrom},
                                      {"recvmsg", by_recvmsg},
                                      {"recvfrom by number", by_number_recvfrom}};
#define ALL_OF(ways) ways, sizeof ways / sizeof *ways

static void send_by(const struct way *ways, size_t count, int flags)
{
    for (size_t i = 0; i < count; i++) {
        struct pair pair = stream_pair(AF_INET, 100000);
        alarm_in(150000, flags);
        double begin = now();
        ssize_t sent = SAY_CLASS(ways[i].name, ways[i].call(pair.near, DATA_BYTES), DATA_BYTES);
        say("alarms %d", alarm_off());
        say_time(begin, 0.1);
        shutdown(pair.near, SHUT_WR);
        say_matches(drain(pair.far), (size_t)sent);
        close_pair(pair);
    }
}

static void sending(void)
{
    send_by(ALL_OF(sends), 0);
}

static void sending_restarted(void)
{
    send_by(ALL_OF(sends), SA_RESTART);
}

static void sending_a_file(void)
{
    static const struct way way = {"sendfile", by_sendfile};
    send_by(&way, 1, 0);
    send_by(&way, 1, SA_RESTART);
}

/* What is left in the pipe is as much as did not go. */
static void splicing(void)
{
    for (int flags = 0; flags <= SA_RESTART; flags += SA_RESTART) {
        struct pair pair = narrow_pair();
        int ends[2], left;
        MUST(pipe(ends));
        MUST(fcntl(ends[1], F_SETPIPE_SZ, 1 << 20));
        MUST(write(ends[1], data, 500000));
        size_t done = 0;
        alarm_in(150000, flags);
        double begin = now();
        for (ssize_t sent; !alarms && done < 500000; done += (size_t)sent)
            if ((sent = splice(ends[0], NULL, pair.near, NULL, 500000 - done, 0)) <= 0)
                break;
        say("alarms %d", alarm_off());
        say_time(begin, 0.1);
        MUST(ioctl(ends[0], FIONREAD, &left));
        shutdown(pair.near, SHUT_WR);
        say_matches(drain(pair.far), 500000 - (size_t)left);
        close_pair(pair);
    }
}

static void receive_by(const struct way *ways, size_t count, int flags)
{
    for (size_t i = 0; i < count; i++) {
        struct pair pair = tcp_pair();
        MUST(send(pair.near, data, 30000, 0));
        await_bytes(pair.far, 30000);
        alarm_in(150000, flags);
        double begin = now();
        ssize_t got = ways[i].call(pair.far, 100000);
        say("alarms %d", alarm_off());
        say_time(begin, 0.1);
        say("%s: %zd, wrong %d", ways[i].name, got,
            got > 0 && memcmp(room, data, (size_t)got) != 0);
        close_pair(pair);
    }
}

static void receiving(void)
{
    receive_by(ALL_OF(receives), 0);
}

static void receiving_restarted(void)
{
    receive_by(ALL_OF(receives), SA_RESTART);
}

/* A peer that takes, or gives, some every ms, so that there are always pieces under way. */
static struct {
    int fd;
    size_t at_a_time, in_all;
    bool sends;
    volatile bool stop;
} peer;

static void *peer_run(void *unused)
{
    static char taken[65536];
    (void)unused;
    for (size_t at = 0; !peer.stop;) {
        ssize_t done = peer.sends ? send(peer.fd, data + at, peer.at_a_time, MSG_DONTWAIT)
                                  : recv(peer.fd, taken, peer.at_a_time, MSG_DONTWAIT);
        if (done > 0)
            at = (at + (size_t)done) % (DATA_BYTES / 2);
        peer.in_all += done > 0 ? (size_t)done : 0;
        nap(0.001);
    }
    return NULL;
}

/* Where the alarm falls on the grid of the pieces, and beside it. */
static void never_missed(bool sends_itself, int flags)
{
    enum { TIMES = 30 };
    int missed = 0, late = 0, early = 0;
    for (int i = 0; i < TIMES; i++) {
        struct pair pair = stream_pair(AF_INET, 60000);
        long us = 20000 * (1 + i % 3) + (i % 5 == 0 ? 137 * i : 0);
        peer.fd = pair.far;
        peer.at_a_time = 2000;
        peer.sends = !sends_itself;
        peer.stop = false;
        pthread_t thread = thread_start(peer_run, NULL);
        alarm_in(us, flags);
        double begin = now();
        ssize_t done = sends_itself ? send(pair.near, data, DATA_BYTES, 0)
                                    : recv(pair.near, room, sizeof room, MSG_WAITALL);
        double took = now() - begin;
        int rang = alarm_off();
        missed += rang != 1 || done == DATA_BYTES;
        early += done < 0 || took < (double)us * 1e-6 - 0.005;
        late += took > (double)us * 1e-6 + 0.5;
        peer.stop = true;
        pthread_join(thread, NULL);
        close_pair(pair);
    }
    say("missed %d, ended before it %d, long after it %d", missed, early, late);
}

static void never_missed_by_a_send(void)
{
    never_missed(true, 0);
}

static void never_missed_by_a_send_restarted(void)
{
    never_missed(true, SA_RESTART);
}

static void never_missed_by_a_receive(void)
{
    never_missed(false, 0);
}

static void never_missed_by_a_receive_restarted(void)
{
    never_missed(false, SA_RESTART);
}

/* What stands in its error queue, and is nobody's to take meanwhile, makes poll(2) report POLLERR.
 */
static void beside_an_error_queue(void)
{
    for (size_t i = 0; i < sizeof sends / sizeof *sends; i++) {
        struct pair pair = narrow_pair();
        set_option(pair.near, SOL_SOCKET, SO_ZEROCOPY, 1);
        MUST(send(pair.near, data, 100, MSG_ZEROCOPY));
        MUST(recv(pair.far, room, 100, MSG_WAITALL));
        await_events(pair.near, POLLERR);
        const struct timeval timeout = {0, 300000};
        alarm_in(400000, 0);
        double begin = now();
        SAY_CLASS(sends[i].name, sends[i].call(pair.near, DATA_BYTES), DATA_BYTES);
        say("alarms %d", alarm_off());
        say_time(begin, 0.4);
        fill(pair.near); /* what was acknowledged since */
        MUST(setsockopt(pair.near, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout));
        begin = now();
        SAY(sends[i].call(pair.near, DATA_BYTES));
        say_time(begin, 0.3);
        close_pair(pair);
    }
}

/* No call that does not wait is ended by a handler, nor stops short of what there is, or room for.
 */
static void without_waiting(void)
{
    enum { TIMES = 40, AMOUNT = 9000 };
    int interrupted = 0, cut = 0;
    struct pair pair = tcp_pair(), datagrams = udp_pair();
    union address address;
    int listener = tcp_listener(&address, TIMES);
    struct iovec part = {room, AMOUNT};
    struct mmsghdr batch = {.msg_hdr = {.msg_iov = &part, .msg_iovlen = 1}};
    MUST(fcntl(listener, F_SETFL, O_NONBLOCK));
    MUST(fcntl(pair.near, F_SETFL, O_NONBLOCK));
    sigaction(SIGALRM, &(struct sigaction){.sa_handler = ring}, NULL);
    setitimer(ITIMER_REAL, &(struct itimerval){{0, 1500}, {0, 1500}}, NULL);
    for (int i = 0; i < TIMES; i++) {
        ssize_t sent =
            i % 2 ? write(pair.near, data, AMOUNT) : send(pair.far, data, AMOUNT, MSG_DONTWAIT);
        interrupted += sent < 0 && errno == EINTR;
        cut += sent != AMOUNT;
        int to = i % 2 ? pair.far : pair.near;
        await_bytes(to, AMOUNT);
        ssize_t got =
            i % 2 ? recv(to, room, sizeof room, MSG_DONTWAIT) : read(to, room, sizeof room);
        interrupted += got < 0 && errno == EINTR;
        cut += got != AMOUNT;
        for (int of_two = 0; of_two < 2; of_two++)
            send(datagrams.near, data, 10, MSG_DONTWAIT);
        for (int of_two = 0; of_two < 2; of_two++) {
            int count = recvmmsg(datagrams.far, &batch, 1, MSG_DONTWAIT, NULL);
            interrupted += count < 0 && errno == EINTR;
            cut += count != 1;
        }
        int fd = MUST(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
        int connected = connect(fd, &address.any, sizeof address.in);
        interrupted += connected < 0 && errno == EINTR;
        cut += connected < 0 && errno != EINPROGRESS;
        await_events(listener, POLLIN);
        int accepted = i % 2 ? accept(listener, NULL, NULL) : accept4(listener, NULL, NULL, 0);
        interrupted += accepted < 0 && errno == EINTR;
        cut += accepted < 0;
        close(fd);
        close(accepted);
    }
    alarm_off();
    say("interrupted %d, cut short %d", interrupted, cut);
}

TWINS(TWIN(without_waiting), TWIN(sending), TWIN(sending_restarted), TWIN(sending_a_file),
      TWIN(splicing), TWIN(receiving), TWIN(receiving_restarted), TWIN(beside_an_error_queue),
      TWIN(never_missed_by_a_send), TWIN(never_missed_by_a_send_restarted),
      TWIN(never_missed_by_a_receive), TWIN(never_missed_by_a_receive_restarted))
