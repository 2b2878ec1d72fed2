/*
 * stacks.c - how much stack a held call needs: see stack.h.
 *
 * Limits: `out 1MB/s burst=2kB; connect 50/s burst=1`, so that each call here is held.
 */
#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/time.h>
#include <sys/uio.h>

#include "hold.h"

#define CALLS(X)                                                                                   \
    X(send)                                                                                        \
    X(sendto) X(sendmsg) X(sendmmsg) X(write) X(writev) X(pwritev2) X(sendfile) X(splice) X(connect)

#include "stack.h"

static struct pair pair;
static int file, pipe_ends[2];
static struct sockaddr_in server;

static void do_send(void)
{
    result = use->send(pair.near, bytes, length, 0);
}

static void do_sendto(void)
{
    result = use->sendto(pair.near, bytes, length, 0, NULL, 0);
}

static void do_sendmsg(void)
{
    result = use->sendmsg(pair.near, &message, 0);
}

static void do_sendmmsg(void)
{
    static struct mmsghdr messages[1];
    messages[0].msg_hdr = message;
    result = use->sendmmsg(pair.near, messages, 1, 0) == 1 ? (long)length : -1;
}

static void do_write(void)
{
    result = use->write(pair.near, bytes, length);
}

static void do_writev(void)
{
    result = use->writev(pair.near, parts, 10);
}

static void do_pwritev2(void)
{
    result = use->pwritev2(pair.near, parts, 10, -1, 0);
}

static void do_sendfile(void)
{
    static off_t offset;
    offset = 0;
    result = use->sendfile(pair.near, file, &offset, length);
}

static void do_splice(void)
{
    (void)!libc.write(pipe_ends[1], bytes, length);
    result = use->splice(pipe_ends[0], NULL, pair.near, NULL, length, 0) > 0 ? (long)length : -1;
}

static bool connects(long milliseconds)
{
    struct timeval timeout = {0, milliseconds * 1000};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    bool under_way = use->connect(fd, (struct sockaddr *)&server, sizeof server) == 0 ||
                     (milliseconds && errno == EINPROGRESS);
    close(fd);
    return under_way;
}

/* Also one whose hold is cut short. */
static void do_connect(void)
{
    result = connects(0) && connects(1) ? (long)length : -1;
}

static void check_result(void)
{
    CHECK_EQ(result, length);
}

static void *swallow(void *unused)
{
    (void)unused;
    while (recv(pair.far, (char[4096]){0}, 4096, 0) > 0)
        ;
    return NULL;
}

/* Whole requests, whatever the length: a limit on names looks at each of them. */
static void fill_with_requests(void)
{
    static const char request[] = "GET /aaaaaaaaaaaaaaaa HTTP/1.1\r\nHost:a.example\r\n\r\n";
    enum { REQUEST = sizeof request - 1 };
    _Static_assert(LENGTH % REQUEST == 0 && SHORT % REQUEST == 0, "whole ones");
    for (size_t at = 0; at < LENGTH; at += REQUEST)
        memcpy(bytes + at, request, REQUEST);
}

static void prepare(void)
{
    stack_prepare();
    fill_with_requests();
    pair = tcp_pair();
    tcp_listen(&server, 4096);
    file = MUST(memfd_create("data", 0));
    MUST(write(file, bytes, LENGTH));
    MUST(pipe(pipe_ends));
    thread_start(swallow, NULL);
}

static void depth(void)
{
    prepare();
    check_depths();
}

static void smallest_threads(void)
{
    prepare();
    check_smallest_threads();
}

static void send_in_handler(int signal)
{
    (void)signal;
    do_sendmsg();
}

/* A handler on a stack with room for its signal frame, itself, and what is allowed. */
static void alternate_stack(void)
{
    prepare();
    set_length(LENGTH);
    size_t size = getauxval(AT_MINSIGSTKSZ) + MOST + 512;
    MUST(mprotect(stack, STACK / 2, PROT_NONE));
    stack_t alternate = {.ss_sp = stack + STACK / 2, .ss_size = size};
    struct sigaction action = {.sa_handler = send_in_handler, .sa_flags = SA_ONSTACK};
    MUST(sigaltstack(&alternate, NULL));
    MUST(sigaction(SIGUSR1, &action, NULL));
    double begin = now();
    for (int i = 0; i < 3; i++) {
        raise(SIGUSR1);
        CHECK_EQ(result, LENGTH);
    }
    CHECK_TOOK(begin, 0.01, 1);
}

HOLD_MAIN(BEHAVIOUR(depth), BEHAVIOUR(smallest_threads), BEHAVIOUR(alternate_stack))
