/*
 * storm.c - signals at random moments to a program that is held all the time.
 *
 *     storm SECONDS [loop]
 *
 * Four threads send the numbered bytes of `data` over a stream each, through send, write, writev
 * and sendmsg, starting again where a call was interrupted. As loops their streams are
 * non-blocking, and each waits for its own in another way. Another process throws signals at them:
 * with and without SA_RESTART, some of whose handlers send as well. Every byte must arrive once and
 * in order, and never more than the burst and the rate allow, which storm.bats sets to these:
 */
#include <fcntl.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "../loops/wait.h"

enum { RATE = 2000000, BURST = 50000, THREADS = 4 };

static double end;
static struct pair datagrams;
static size_t by_handlers, interrupted, restarted;

static void go_on(int signal)
{
    (void)signal;
    __atomic_fetch_add(&restarted, 1, __ATOMIC_RELAXED);
}

static void end_it(int signal)
{
    (void)signal;
    __atomic_fetch_add(&interrupted, 1, __ATOMIC_RELAXED);
}

/* Held as all others are. */
static void send_too(int signal)
{
    (void)signal;
    int saved_errno = errno;
    if (send(datagrams.near, data, 100, MSG_DONTWAIT) == 100)
        __atomic_fetch_add(&by_handlers, 100, __ATOMIC_RELAXED);
    errno = saved_errno;
}

static ssize_t send_some(int how, int fd, char *bytes, size_t length)
{
    size_t half = length / 2;
    struct iovec parts[] = {{bytes, half}, {bytes + half, length - half}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    switch (how) {
    case 0:
        return send(fd, bytes, length, 0);
    case 1:
        return write(fd, bytes, length);
    case 2:
        return writev(fd, parts, 2);
    default:
        return sendmsg(fd, &message, 0);
    }
}

struct sender {
    struct sink sink;
    int how;
    const struct way *loop; /* NULL: its calls wait */
    pthread_t thread;
    size_t sent;
};

/* The sink compares with `data` and what would follow it, so the bytes are made anew. */
static void *send_all(void *argument)
{
    struct sender *sender = argument;
    static __thread char bytes[70000];
    unsigned seed = (unsigned)sender->how + 1;
    while (now() < end) {
        size_t length = 1 + (size_t)rand_r(&seed) % sizeof bytes;
        for (size_t i = 0; i < length; i++)
            bytes[i] = data_at(sender->sent + i);
        ssize_t sent = send_some(sender->how, sender->sink.pair.near, bytes, length);
        if (sent > 0)
            sender->sent += (size_t)sent;
        else if (!CHECK(sent < 0 && errno == (sender->loop ? EAGAIN : EINTR)))
            break;
        if (sender->loop)
            wait_after(sender->loop, sent, length, sender->sink.pair.near, POLLOUT);
    }
    return NULL;
}

static pid_t thunder(void)
{
    static const int signals[] = {SIGUSR1, SIGUSR2, SIGALRM};
    pid_t target = getpid(), pid = MUST(fork());
    if (pid > 0)
        return pid;
    unsigned seed = 1;
    while (kill(target, signals[(unsigned)rand_r(&seed) % 3]) == 0)
        nap((double)((unsigned)rand_r(&seed) % 2000) * 1e-6);
    _exit(0);
}

static void handle(int signal, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    MUST(sigaction(signal, &action, NULL));
}

int main(int argc, char **argv)
{
    static const char *const loops[THREADS] = {"poll", "select", "epoll", "edges-by-counts"};
    struct sender senders[THREADS];
    size_t sent = 0;
    if (argc < 2) {
        fputs("storm SECONDS [loop]\n", stderr);
        return 2;
    }
    handle(SIGUSR1, go_on, SA_RESTART);
    handle(SIGUSR2, end_it, 0);
    handle(SIGALRM, send_too, SA_RESTART);
    datagrams = udp_pair();

    double begin = now();
    end = begin + atof(argv[1]);
    for (int i = 0; i < THREADS; i++) {
        senders[i].how = i;
        senders[i].sent = 0;
        senders[i].loop = argc > 2 ? find_way(loops[i]) : NULL;
        sink_start(&senders[i].sink, tcp_pair());
        if (senders[i].loop)
            MUST(fcntl(senders[i].sink.pair.near, F_SETFL, O_NONBLOCK));
        MUST(-pthread_create(&senders[i].thread, NULL, send_all, &senders[i]));
    }
    pid_t cloud = thunder();
    for (int i = 0; i < THREADS; i++) {
        pthread_join(senders[i].thread, NULL);
        sent += senders[i].sent;
    }
    double took = now() - begin;
    MUST(kill(cloud, SIGKILL));
    MUST(waitpid(cloud, NULL, 0));
    for (int i = 0; i < THREADS; i++)
        sink_stop(&senders[i].sink, senders[i].sent);

    sent += by_handlers;
    double most = BURST + RATE * took;
    fprintf(stderr, "%zu bytes in %.3f s, %.4f of what may go; %zu restarted, %zu interrupted, ",
            sent, took, (double)sent / most, restarted, interrupted);
    fprintf(stderr, "%zu bytes by handlers\n", by_handlers);
    CHECK((double)sent <= most);
    CHECK((double)sent >= 0.8 * most);
    CHECK(restarted > 100 && interrupted > 100 && by_handlers > 100);
    return check_status();
}
