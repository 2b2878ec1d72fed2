/* interrupted.c - signals during calls that wait for something to come; and what a handler sees. */
#include <sys/syscall.h>

#include "poker.h"
#include "twin.h"

static struct pair pair;
static union address address;

static void peer_sends(void)
{
    send(pair.far, data, 10, 0);
}

static void peer_connects(void)
{
    connect(MUST(socket(AF_INET, SOCK_STREAM, 0)), &address.any, sizeof address.in);
}

static void receiving(void)
{
    char bytes[100];
    pair = tcp_pair();
    poke_on(SIGUSR1, 0);
    poker_start(UNTIL_IT_RETURNS);
    SAY(recv(pair.near, bytes, sizeof bytes, 0));
    poker_end();
    say("handled %d", (int)poker.handled);
}

static void receiving_restarted(void)
{
    char bytes[100];
    pair = tcp_pair();
    poke_on(SIGUSR1, SA_RESTART);
    poker.then = peer_sends;
    poker_start(3);
    SAY(recv(pair.near, bytes, sizeof bytes, 0));
    poker_end();
    say("handled %d", (int)poker.handled);
}

/* With SO_RCVTIMEO nothing is restarted (signal(7)). */
static void receiving_with_timeout(void)
{
    char bytes[100];
    struct timeval timeout = {20, 0};
    pair = tcp_pair();
    MUST(setsockopt(pair.near, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout));
    poke_on(SIGUSR1, SA_RESTART);
    poker_start(UNTIL_IT_RETURNS);
    SAY(recv(pair.near, bytes, sizeof bytes, 0));
    poker_end();
    say("handled %d", (int)poker.handled);
}

static void reading(void)
{
    char bytes[100];
    pair = udp_pair();
    poke_on(SIGUSR1, 0);
    poker_start(UNTIL_IT_RETURNS);
    SAY(read(pair.far, bytes, sizeof bytes));
    poker_end();
}

static void reading_restarted(void)
{
    char bytes[100];
    pair = tcp_pair();
    poke_on(SIGUSR1, SA_RESTART);
    poker.then = peer_sends;
    poker_start(3);
    SAY(read(pair.near, bytes, sizeof bytes));
    poker_end();
    say("handled %d", (int)poker.handled);
}

/* MSG_WAITALL with some of it there: a handler ends it, SA_RESTART or not. */
static void waiting_for_all(void)
{
    char bytes[100];
    pair = tcp_pair();
    send(pair.far, data, 10, 0);
    await_bytes(pair.near, 10);
    poke_on(SIGUSR1, 0);
    poker_start(UNTIL_IT_RETURNS);
    SAY(recv(pair.near, bytes, sizeof bytes, MSG_WAITALL));
    poker_end();
    say("the bytes are right: %d", memcmp(bytes, data, 10) == 0);
}

static void accepting(void)
{
    int listener = tcp_listener(&address, 1);
    poke_on(SIGUSR1, 0);
    poker_start(UNTIL_IT_RETURNS);
    SAY(accept(listener, NULL, NULL));
    poker_end();
}

static void accepting_restarted(void)
{
    int listener = tcp_listener(&address, 1);
    poke_on(SIGUSR1, SA_RESTART);
    poker.then = peer_connects;
    poker_start(3);
    say("accepted %d", accept(listener, NULL, NULL) >= 0);
    poker_end();
    say("handled %d", (int)poker.handled);
}

/* An attempt to connect that nobody answers yet. */
static void say_under_way(int fd)
{
    union address near;
    socklen_t length = sizeof near;
    SAY(getsockname(fd, &near.any, &length));
    say("bound %d, events %#x", near.in.sin_port != 0,
        poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, 0));
    MUST(fcntl(fd, F_SETFL, O_NONBLOCK));
    SAY(connect(fd, &address.any, sizeof address.in));
}

/* To one whose queue is full. */
static void connecting(void)
{
    tcp_listener(&address, 0);
    peer_connects();
    int fd = MUST(socket(AF_INET, SOCK_STREAM, 0));
    poke_on(SIGUSR1, 0);
    poker_start(UNTIL_IT_RETURNS);
    SAY(connect(fd, &address.any, sizeof address.in));
    poker_end();
    say_under_way(fd);
}

static void connecting_by_number(void)
{
    tcp_listener(&address, 0);
    peer_connects();
    int fd = MUST(socket(AF_INET, SOCK_STREAM, 0));
    poke_on(SIGUSR1, 0);
    poker_start(UNTIL_IT_RETURNS);
    SAY(syscall(SYS_connect, fd, &address.any, sizeof address.in));
    poker_end();
    say_under_way(fd);
}

static void fast_open(void)
{
    tcp_listener(&address, 0);
    peer_connects();
    int fd = MUST(socket(AF_INET, SOCK_STREAM, 0));
    poke_on(SIGUSR1, 0);
    poker_start(UNTIL_IT_RETURNS);
    if (SAY(sendto(fd, data, 10, MSG_FASTOPEN, &address.any, sizeof address.in)) < 0 &&
        errno == EOPNOTSUPP)
        skip("net.ipv4.tcp_fastopen forbids it");
    poker_end();
    say_under_way(fd);
}

static void batch_of_messages(void)
{
    char bytes[2][100];
    struct iovec iov[2] = {{bytes[0], 100}, {bytes[1], 100}};
    struct mmsghdr messages[2] = {{.msg_hdr = {.msg_iov = &iov[0], .msg_iovlen = 1}},
                                  {.msg_hdr = {.msg_iov = &iov[1], .msg_iovlen = 1}}};
    pair = udp_pair();
    poke_on(SIGUSR1, 0);
    poker_start(UNTIL_IT_RETURNS);
    SAY(recvmmsg(pair.far, messages, 2, 0, NULL));
    poker_end();
}

static volatile sig_atomic_t blocked_in_handler, code, value, errno_in_handler;

static void look(int signal, siginfo_t *info, void *context)
{
    sigset_t set;
    (void)context;
    errno_in_handler = errno;
    pthread_sigmask(SIG_SETMASK, NULL, &set);
    for (int number = 1; number < NSIG; number++)
        blocked_in_handler += sigismember(&set, number) == 1;
    code = info->si_code;
    value = info->si_value.sival_int;
    poke_count(signal);
}

static void *queue_signal(void *unused)
{
    (void)unused;
    await_sleep(getpid(), getpid());
    sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 42});
    while (!poker.handled)
        nap(0.001);
    peer_sends();
    return NULL;
}

/* Its mask, the siginfo and errno. */
static void seen_by_handler(void)
{
    char bytes[100];
    struct sigaction action = {.sa_sigaction = look, .sa_flags = SA_SIGINFO | SA_RESTART};
    static sigset_t before, after; /* of which the kernel writes a part, and sigemptyset no more */
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGHUP);
    sigaction(SIGUSR1, &action, NULL);
    pair = tcp_pair();
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    poker.target = pthread_self();
    pthread_t thread = thread_start(queue_signal, NULL);
    errno = EXDEV;
    ssize_t got = recv(pair.near, bytes, sizeof bytes, 0);
    say("received %zd, errno %s", got, name_of_error(errno));
    pthread_join(thread, NULL);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    say("blocked in the handler %d, code %d, value %d, errno %s", (int)blocked_in_handler,
        (int)code, (int)value, name_of_error(errno_in_handler));
    say("mask as before: %d", memcmp(&before, &after, sizeof before) == 0);
    sigaction(SIGUSR1, NULL, &action);
    say("handler as before: %d", action.sa_sigaction == look);
}

/* A handler that runs on a small stack of its own, and sends. */
static void send_there(int signal)
{
    say_result("handler: send", (errno = 0, send(pair.near, data, 5000, 0)));
    poke_count(signal);
}

static void alternate_stack(void)
{
    static char stack[16384], bytes[100];
    struct pair other = tcp_pair();
    pair = tcp_pair();
    sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, NULL);
    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = send_there, .sa_flags = SA_ONSTACK}, NULL);
    poker_start(1);
    SAY(recv(other.near, bytes, sizeof bytes, 0));
    poker_end();
    say_received(pair);
}

TWINS(TWIN(receiving), TWIN(receiving_restarted), TWIN(receiving_with_timeout), TWIN(reading),
      TWIN(reading_restarted), TWIN(waiting_for_all), TWIN(accepting), TWIN(accepting_restarted),
      TWIN(connecting), TWIN(connecting_by_number), TWIN(fast_open), TWIN(batch_of_messages),
      TWIN(seen_by_handler), TWIN(alternate_stack))
