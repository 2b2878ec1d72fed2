/*
 * gated.c - a program with nothing to do but wait for what a limit lets it do.
 *
 *     gated WAY send|receive|connect SECONDS
 *
 * WAY is how it waits, see wait.h. Printed is how much it did, in which time, and the CPU time of
 * the thread that did. Every byte is looked at; the limit lets less than DATA_BYTES pass.
 */
#include <fcntl.h>
#include <sys/resource.h>

#include "wait.h"

enum { CALL = 16384 };

static const struct way *way;
static double end;
static size_t done;

static void must_block(ssize_t result)
{
    if (result < 0 && errno != EAGAIN) {
        perror("fails otherwise than it should");
        exit(1);
    }
}

/* While the peer says nothing: interest in both directions, as of many loops. */
static void send_all(void)
{
    struct sink sink;
    sink_start(&sink, tcp_pair());
    int fd = sink.pair.near;
    MUST(fcntl(fd, F_SETFL, O_NONBLOCK));
    while (now() < end) {
        ssize_t sent = send(fd, data + done, CALL, 0);
        must_block(sent);
        done += sent > 0 ? (size_t)sent : 0;
        CHECK_EQ(wait_after(way, sent, CALL, fd, POLLIN | POLLOUT) & ~POLLOUT & ~POLLIN, 0);
    }
    sink_stop(&sink, done);
}

static void *feed(void *pair)
{
    send(((struct pair *)pair)->far, data, DATA_BYTES, MSG_NOSIGNAL);
    return NULL;
}

static void receive_all(void)
{
    struct pair pair = tcp_pair();
    pthread_t feeder = thread_start(feed, &pair);
    MUST(fcntl(pair.near, F_SETFL, O_NONBLOCK));
    while (now() < end) {
        char got[CALL];
        ssize_t length = recv(pair.near, got, CALL, 0);
        must_block(length);
        for (ssize_t i = 0; i < length; i++)
            CHECK_EQ(got[i], data[done++]);
        wait_after(way, length, CALL, pair.near, POLLIN);
    }
    shutdown(pair.far, SHUT_RDWR);
    pthread_join(feeder, NULL);
}

static void connect_all(void)
{
    struct sockaddr_in address;
    tcp_listen(&address, 1000);
    for (; now() < end; done++) {
        int error = -1, fd = MUST(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
        CHECK_FAILS(connect(fd, (struct sockaddr *)&address, sizeof address), EINPROGRESS);
        while (connect(fd, (struct sockaddr *)&address, sizeof address) < 0 && errno == EALREADY)
            way->wait(fd, POLLOUT);
        MUST(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &(socklen_t){sizeof error}));
        CHECK_EQ(error, 0);
        /* Not closed: its number would be that of the next one, and by_set would not know. */
    }
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } deeds[] = {{"send", send_all}, {"receive", receive_all}, {"connect", connect_all}};
    if (argc != 4) {
        fputs("gated WAY send|receive|connect SECONDS\n", stderr);
        return 2;
    }
    for (size_t i = 0; i < DATA_BYTES; i++)
        data[i] = data_at(i);
    way = find_way(argv[1]);
    double begin = now();
    end = begin + atof(argv[3]);
    for (size_t i = 0; i < sizeof deeds / sizeof *deeds; i++)
        if (strcmp(deeds[i].name, argv[2]) == 0)
            deeds[i].run();
    double took = now() - begin;

    struct rusage used;
    getrusage(RUSAGE_THREAD, &used);
    double cpu = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                 (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e-6;
    printf("done=%zu seconds=%.6f cpu=%.6f\n", done, took, cpu);
    return check_status();
}
