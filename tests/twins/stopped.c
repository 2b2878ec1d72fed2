/* stopped.c - a call that waits while the process is stopped and goes on: no handler runs, and some
 * end nevertheless (signal(7)). */
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "twin.h"
#include "ways.h"

static struct pair pair;
static double patience = 0.2; /* seconds, with one that may have gone on */

/* A child makes the call, is stopped while it waits, and killed should it still wait then. */
static void say_stopped(const char *name, long (*call)(void), long asked)
{
    int status;
    pid_t child = MUST(fork());
    if (child == 0) {
        SAY_CLASS(name, call(), asked);
        _exit(0);
    }
    await_sleep(child, child);
    nap(0.05);
    kill(child, SIGSTOP);
    waitpid(child, &status, WUNTRACED);
    nap(0.02);
    kill(child, SIGCONT);
    pid_t ended = 0;
    for (double until = now() + patience; ended == 0 && now() < until; nap(0.01))
        ended = waitpid(child, &status, WNOHANG);
    if (ended == 0) {
        say("%s: goes on", name);
        kill(child, SIGKILL);
        waitpid(child, &status, 0);
    }
}

static void time_out(int fd, int option)
{
    struct timeval timeout = {20, 0};
    MUST(setsockopt(fd, SOL_SOCKET, option, &timeout, sizeof timeout));
}

#define CALL_OF(name, call)                                                                        \
    static long name(void)                                                                         \
    {                                                                                              \
        return (long)(call);                                                                       \
    }

CALL_OF(recv_some, recv(pair.near, room, 5000, 0))
CALL_OF(read_some, read(pair.near, room, 5000))
CALL_OF(recv_all, by_recv(pair.near, 5000))
CALL_OF(recvmsg_all, by_recvmsg(pair.near, 5000))
CALL_OF(number_all, syscall(SYS_recvfrom, pair.near, room, 5000, MSG_WAITALL, NULL, NULL))
CALL_OF(send_more, by_send(pair.near, DATA_BYTES))
CALL_OF(writev_more, by_writev(pair.near, DATA_BYTES))

static void receiving_by(const char *name, long (*call)(void), size_t there, bool timed, int mark)
{
    pair = tcp_pair();
    if (timed)
        time_out(pair.near, SO_RCVTIMEO);
    if (mark)
        set_option(pair.near, SOL_SOCKET, SO_RCVLOWAT, mark);
    if (there)
        send_all(pair.far, there);
    await_bytes(pair.near, (int)there);
    say_stopped(name, call, 5000);
    close_pair(pair);
}

static void receiving(void)
{
    for (int timed = 0; timed < 2; timed++) {
        receiving_by("recv", recv_some, 0, timed, 0);
        receiving_by("read", read_some, 0, timed, 0);
        receiving_by("recv for all, nothing there", recv_all, 0, timed, 0);
        receiving_by("recv for all", recv_all, 1000, timed, 0);
        receiving_by("recvmsg for all", recvmsg_all, 1000, timed, 0);
        receiving_by("recvfrom for all by number", number_all, 1000, timed, 0);
        receiving_by("read below a mark", read_some, 1000, timed, 3000);
    }
}

static void sending_by(const char *name, long (*call)(void), bool filled, bool timed)
{
    pair = narrow_pair();
    if (filled)
        fill(pair.near);
    if (timed)
        time_out(pair.near, SO_SNDTIMEO);
    say_stopped(name, call, DATA_BYTES);
    close_pair(pair);
}

static void sending(void)
{
    for (int timed = 0; timed < 2; timed++)
        for (int filled = 0; filled < 2; filled++) {
            sending_by("send", send_more, filled, timed);
            sending_by("writev", writev_more, filled, timed);
        }
}

/* Much more than passes meanwhile. */
enum { TIMES = 1000 };

static struct msghdr *much(void)
{
    static struct iovec all[TIMES];
    static struct msghdr message = {.msg_iov = all, .msg_iovlen = TIMES};
    for (int i = 0; i < TIMES; i++)
        all[i] = (struct iovec){room, sizeof room};
    return &message;
}

CALL_OF(send_much, sendmsg(pair.near, much(), 0))
CALL_OF(write_much, writev(pair.near, much()->msg_iov, TIMES))
CALL_OF(recv_much, recvmsg(pair.near, much(), MSG_WAITALL))

/* The peer takes, or gives, some 100 MB/s: if a limit is slower, the call waits for that, for less
 * than a millisecond at a time. */
static void flowing_by(const char *name, long (*call)(void), bool sends)
{
    enum { AT_A_TIME = 30000 };
    pair = narrow_pair();
    pid_t peer = MUST(fork());
    if (peer == 0)
        while (sends ? recv(pair.far, room, AT_A_TIME, 0) > 0
                     : send(pair.far, data, AT_A_TIME, MSG_NOSIGNAL) > 0)
            nap(0.0002);
    say_stopped(name, call, TIMES * (long)sizeof room);
    kill(peer, SIGKILL);
    waitpid(peer, NULL, 0);
    close_pair(pair);
}

static void flowing(void)
{
    patience = 2;
    for (int i = 0; i < 3; i++) {
        flowing_by("sendmsg", send_much, true);
        flowing_by("writev", write_much, true);
        flowing_by("recvmsg for all", recv_much, false);
    }
}

static union address address;
static int listener;

CALL_OF(accept_one, accept(listener, NULL, NULL) < 0 ? -1 : 0)
CALL_OF(connect_one, connect(pair.near, &address.any, sizeof address.in))

static void accepting(void)
{
    listener = tcp_listener(&address, 1);
    say_stopped("accept", accept_one, 0);
    time_out(listener, SO_RCVTIMEO);
    say_stopped("accept, with a timeout", accept_one, 0);
}

/* To one whose queue is full. */
static void connecting(void)
{
    listener = tcp_listener(&address, 0);
    MUST(connect(MUST(socket(AF_INET, SOCK_STREAM, 0)), &address.any, sizeof address.in));
    pair.near = MUST(socket(AF_INET, SOCK_STREAM, 0));
    say_stopped("connect", connect_one, 0);
    pair.near = MUST(socket(AF_INET, SOCK_STREAM, 0));
    time_out(pair.near, SO_SNDTIMEO);
    say_stopped("connect, with a timeout", connect_one, 0);
}

static int set;
static fd_set readable;

CALL_OF(poll_one, poll(&(struct pollfd){.fd = pair.near, .events = POLLIN}, 1, 5000))
CALL_OF(ppoll_one, ppoll(&(struct pollfd){.fd = pair.near, .events = POLLIN}, 1,
                         &(struct timespec){5, 0}, NULL))
CALL_OF(select_one, select(pair.near + 1, &readable, NULL, NULL, &(struct timeval){5, 0}))
CALL_OF(epoll_one, epoll_wait(set, &(struct epoll_event){0}, 1, 5000))

static void waiting(void)
{
    pair = tcp_pair();
    FD_SET(pair.near, &readable);
    set = MUST(epoll_create1(0));
    MUST(epoll_ctl(set, EPOLL_CTL_ADD, pair.near, &(struct epoll_event){.events = EPOLLIN}));
    say_stopped("poll", poll_one, 1);
    say_stopped("ppoll", ppoll_one, 1);
    say_stopped("select", select_one, 1);
    say_stopped("epoll_wait", epoll_one, 1);
}

TWINS(TWIN(receiving), TWIN(sending), TWIN(flowing), TWIN(accepting), TWIN(connecting),
      TWIN(waiting))
