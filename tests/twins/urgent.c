/* urgent.c - urgent data: a receive ends where it is, and one of MSG_OOB gets it. */
#include "twin.h"

enum { BEFORE = 9000, AFTER = 6000 };
static char bytes[40000];

/* All is there: what is before the urgent byte, that byte, and what is after it; and the end. */
static struct pair pair_with_mark(int in_line)
{
    struct pair pair = tcp_pair();
    set_option(pair.far, SOL_SOCKET, SO_OOBINLINE, in_line);
    send_all(pair.near, BEFORE);
    SAY(send(pair.near, "!", 1, MSG_OOB));
    send_all(pair.near, AFTER);
    shutdown(pair.near, SHUT_WR);
    await_events(pair.far, POLLRDHUP);
    return pair;
}

static void waited_for_all(void)
{
    for (int in_line = 0; in_line < 2; in_line++) {
        struct pair pair = pair_with_mark(in_line);
        for (int i = 0; i < 3; i++) {
            SAY(recv(pair.far, bytes, sizeof bytes, MSG_WAITALL));
            say("at mark %d", sockatmark(pair.far));
        }
        close_pair(pair);
    }
}

/* The mark is where one buffer ends, and where none does. */
static void into_many_buffers(void)
{
    struct iovec iov[30];
    struct msghdr message = {.msg_iov = iov, .msg_iovlen = 30};
    for (size_t size = 750; size <= 800; size += 50) {
        for (int i = 0; i < 30; i++)
            iov[i] = (struct iovec){bytes + (size_t)i * size, size};
        for (int in_line = 0; in_line < 2; in_line++) {
            struct pair pair = pair_with_mark(in_line);
            for (int i = 0; i < 3; i++) {
                SAY(recvmsg(pair.far, &message, MSG_WAITALL));
                say("at mark %d", sockatmark(pair.far));
            }
            close_pair(pair);
        }
    }
}

/* It is told of apart from the stream, and is there when it was. */
static void out_of_band(void)
{
    struct pair pair = pair_with_mark(0);
    MUST(fcntl(pair.far, F_SETFL, O_NONBLOCK));
    SAY(recv(pair.far, bytes, 100, 0));
    say("urgent %d", (await_events(pair.far, POLLPRI) & POLLPRI) != 0);
    SAY(recv(pair.far, bytes, 100, MSG_OOB));
    SAY(poll(&(struct pollfd){.fd = pair.far, .events = POLLPRI}, 1, 0));
    SAY(recv(pair.far, bytes, 100, MSG_OOB));
    close_pair(pair);
}

TWINS(TWIN(waited_for_all), TWIN(into_many_buffers), TWIN(out_of_band))
