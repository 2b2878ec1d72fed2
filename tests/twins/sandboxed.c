/* sandboxed.c - what a process can do that has shut itself in: all that it could before. */
#include "shut_in.h"

static void sending(void)
{
    pair = tcp_pair();
    in_child(shut_in_and_send);
    say_received(pair);
}

static union address address;
static int unconnected;

/* What is known of the old socket must outlive a connect of another one. */
static void connect_and_send(void)
{
    shut_in();
    SAY(send(pair.near, data, 1000, 0));
    SAY(connect(unconnected, &address.any, sizeof address.in));
    SAY(send(pair.near, data, 20000, 0));
    SAY(send(unconnected, data, 20000, 0));
    SAY(send(pair.near, data, 20000, 0));
}

static void connecting(void)
{
    pair = tcp_pair();
    int listener = tcp_listener(&address, 4);
    unconnected = MUST(socket(AF_INET, SOCK_STREAM, 0));
    in_child(connect_and_send);
    close(unconnected);
    say_stream("listener", drain(MUST(accept(listener, NULL, NULL))));
    say_received(pair);
}

static void shut_in_and_receive(void)
{
    char bytes[5000];
    struct iovec iov = {bytes, 1000};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
    shut_in();
    SAY(read(pair.far, bytes, 1000));
    SAY(recv(pair.far, bytes, 1000, 0));
    SAY(recvmsg(pair.far, &message, 0));
    SAY(recv(pair.far, bytes, 5000, MSG_WAITALL));
    SAY(recv(pair.far, bytes, 1000, MSG_DONTWAIT));
}

static void receiving(void)
{
    pair = tcp_pair();
    SAY(send(pair.near, data, 8000, 0));
    in_child(shut_in_and_receive);
}

/* With a peer that sends no more, or is gone. */
static void wait_for_all(void)
{
    static char bytes[40000];
    shut_in_by_number(); /* without a descriptor poll could not tell it anything */
    SAY(recv(pair.far, bytes, 20000, MSG_WAITALL));
    SAY(recv(pair.far, bytes, sizeof bytes, MSG_WAITALL));
    SAY(recv(pair.far, bytes, sizeof bytes, MSG_WAITALL));
}

static void waiting_for_all(void)
{
    pair = tcp_pair();
    SAY(send(pair.near, data, 50000, 0));
    close(pair.near);
    in_child(wait_for_all);
}

static void waiting_for_all_both_shut(void)
{
    pair = tcp_pair();
    SAY(send(pair.near, data, 50000, 0));
    shutdown(pair.far, SHUT_WR);
    close(pair.near);
    in_child(wait_for_all);
}

static void receive_datagrams(void)
{
    char bytes[3000];
    union address from;
    socklen_t length = sizeof from;
    struct iovec iov = {bytes, sizeof bytes};
    struct msghdr message = {
        .msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &iov, .msg_iovlen = 1};
    shut_in();
    SAY(recv(pair.far, bytes, sizeof bytes, 0));
    SAY(recvfrom(pair.far, bytes, sizeof bytes, 0, &from.any, &length));
    say("from family %d, length %u", from.any.sa_family, length);
    for (int i = 0; i < 3; i++)
        SAY(recvmsg(pair.far, &message, 0));
    say("from family %d, length %u", from.any.sa_family, message.msg_namelen);
    SAY(read(pair.far, bytes, sizeof bytes));
}

/* On a socket that has no peer. */
static void receiving_datagrams(void)
{
    pair = udp_pair();
    for (int i = 0; i < 6; i++)
        SAY(send(pair.near, data, 2000, 0));
    in_child(receive_datagrams);
}

static void send_datagrams(void)
{
    shut_in();
    for (int i = 0; i < 5; i++)
        SAY(send(pair.near, data, 1000, 0));
}

static void datagrams(void)
{
    pair = udp_pair();
    in_child(send_datagrams);
    for (int i = 0; i < 5; i++)
        SAY(recv(pair.far, data, 1000, 0));
}

static void pipe_write(void)
{
    int ends[2];
    MUST(pipe(ends));
    shut_in();
    SAY(write(ends[1], data, 100));
    SAY(read(ends[0], data, 100));
}

static void pipes(void)
{
    in_child(pipe_write);
}

/* With RLIMIT_NOFILE 0 in the child nobody can ask up to where there are any. */
static void write_high(void)
{
    shut_in();
    send_each_way();
    SAY(write(pair.near + 1, data, 100));
}

static void high_numbers(void)
{
    static const int numbers[] = {8192, 12000, 16383, 16384, 19998, 50000, 100000};
    struct rlimit limit;
    int ends[2];
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur <= 8193)
        skip("the limit of descriptors is too low");
    MUST(pipe(ends));
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (limit.rlim_cur <= (rlim_t)numbers[i] + 1)
            break;
        pair = tcp_pair();
        MUST(dup2(pair.near, numbers[i]));
        MUST(close(pair.near));
        pair.near = numbers[i];
        MUST(dup2(ends[1], pair.near + 1));
        in_child(write_high);
        say_received(pair);
        close(pair.near + 1);
    }
}

TWINS(TWIN(sending), TWIN(connecting), TWIN(receiving), TWIN(waiting_for_all),
      TWIN(waiting_for_all_both_shut), TWIN(receiving_datagrams), TWIN(datagrams), TWIN(pipes),
      TWIN(high_numbers))
