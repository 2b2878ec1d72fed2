/*
 * stopped.c - a hold in a process that is stopped, and goes on, does what a call does that the
 * network holds up: no handler runs, but signal(7) has a list of those that end nevertheless.
 *
 * Limits: `out 100kB/s burst=10kB`, and `in` likewise; for the others one call of a kind a second.
 */
#include <sys/ioctl.h>
#include <sys/wait.h>

#include "hold.h"

enum result { FULL, PARTIAL, NOTHING, ENDED_BY_SIGNAL, OTHER };

static struct pair pair;
static int listener;
static struct sockaddr_in address;
static char bytes[DATA_BYTES];

static enum result result_of(ssize_t done, size_t asked)
{
    if (done < 0)
        return errno == EINTR ? ENDED_BY_SIGNAL : OTHER;
    return (size_t)done == asked ? FULL : done > 0 ? PARTIAL : NOTHING;
}

/* Until it has slept for a while, as one that is held does. */
static void await_sleep(pid_t child)
{
    char path[64], status[512] = "";
    int asleep = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)child);
    for (int tries = 0; tries < 5000 && asleep < 20; tries++) {
        nap(0.001);
        FILE *file = fopen(path, "re");
        const char *state =
            file && fgets(status, sizeof status, file) ? strrchr(status, ')') : NULL;
        asleep = state && state[2] == 'S' ? asleep + 1 : 0;
        if (file)
            fclose(file);
    }
}

/* What becomes of `call` in a child that is stopped for a moment, `times` times, each 37 ms after
 * it went on, which is nowhere in the rhythm of pieces. The first time it sleeps. */
static enum result stopped_during(enum result (*call)(void), int times)
{
    int status;
    pid_t child = MUST(fork());
    if (child == 0)
        _exit(call());
    await_sleep(child);
    for (int i = 0; i < times; i++) {
        kill(child, SIGSTOP);
        if (waitpid(child, &status, WUNTRACED) == child && !WIFSTOPPED(status))
            return WEXITSTATUS(status);
        nap(0.002);
        kill(child, SIGCONT);
        nap(0.037);
    }
    CHECK_EQ(waitpid(child, &status, 0), child);
    return WEXITSTATUS(status);
}

static enum result send_much(void)
{
    return result_of(send(pair.near, data, 100000, 0), 100000);
}

static enum result receive_all(void)
{
    return result_of(recv(pair.near, bytes, 100000, MSG_WAITALL), 100000);
}

/* What has gone is the result. */
static void sending(void)
{
    struct sink sink;
    sink_start(&sink, pair = tcp_pair());
    CHECK_EQ(stopped_during(send_much, 15), PARTIAL);
    close(pair.near);
    pthread_join(sink.thread, NULL);
    CHECK(sink.bytes > 0 && sink.bytes < 100000);
}

/* What has come is the result, and the next call has what comes then. */
static void receiving(void)
{
    pair = tcp_pair();
    CHECK_EQ(send(pair.far, data, 100000, 0), 100000);
    CHECK_EQ(stopped_during(receive_all, 15), PARTIAL);
    int rest = 0;
    MUST(ioctl(pair.near, FIONREAD, &rest));
    CHECK(rest > 0 && rest < 100000);
    ssize_t got = recv(pair.near, bytes, 1, 0);
    CHECK_EQ(got, 1);
    CHECK_EQ(bytes[0], data[100000 - rest]);
}

static bool timed;

static void time_out(int fd, int option)
{
    struct timeval timeout = {20, 0};
    if (timed)
        MUST(setsockopt(fd, SOL_SOCKET, option, &timeout, sizeof timeout));
}

/* The second of two, which is held: the first one conforms at once. */
static enum result send_two(void)
{
    time_out(pair.near, SO_SNDTIMEO);
    send(pair.near, data, 10, 0);
    return result_of(send(pair.near, data, 10, 0), 10);
}

static enum result receive_two(void)
{
    time_out(pair.near, SO_RCVTIMEO);
    recv(pair.near, bytes, 10, 0);
    return result_of(recv(pair.near, bytes, 10, 0), 10);
}

static int connect_one(bool may_time_out)
{
    int fd = MUST(socket(AF_INET, SOCK_STREAM, 0));
    if (may_time_out)
        time_out(fd, SO_SNDTIMEO);
    return connect(fd, (struct sockaddr *)&address, sizeof address);
}

static enum result connect_two(void)
{
    connect_one(false);
    return result_of(connect_one(true), 0);
}

static enum result accept_two(void)
{
    connect_one(false);
    connect_one(false);
    accept(listener, NULL, NULL);
    time_out(listener, SO_RCVTIMEO);
    return result_of(accept(listener, NULL, NULL) < 0 ? -1 : 0, 0);
}

/* Nothing has been done yet: it goes on, but with a timeout. */
static void nothing_yet(enum result (*call)(void))
{
    timed = false;
    CHECK_EQ(stopped_during(call, 1), FULL);
    nap(1.1);
    timed = true;
    CHECK_EQ(stopped_during(call, 1), ENDED_BY_SIGNAL);
}

static void nothing_sent(void)
{
    pair = tcp_pair();
    nothing_yet(send_two);
}

static void nothing_received(void)
{
    pair = tcp_pair();
    CHECK_EQ(send(pair.far, data, 100, 0), 100);
    nothing_yet(receive_two);
}

static void not_connected(void)
{
    listener = tcp_listen(&address, 8);
    nothing_yet(connect_two);
}

static void nothing_accepted(void)
{
    listener = tcp_listen(&address, 8);
    nothing_yet(accept_two);
}

HOLD_MAIN(BEHAVIOUR(sending), BEHAVIOUR(receiving), BEHAVIOUR(nothing_sent),
          BEHAVIOUR(nothing_received), BEHAVIOUR(not_connected), BEHAVIOUR(nothing_accepted))
