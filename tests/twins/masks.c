/* masks.c - the signal mask: during a call that goes in pieces, in handlers, and after all that may
 * end it. */
#include <setjmp.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <ucontext.h>

#include "poker.h"
#include "twin.h"

static char bytes[400000];
static sigjmp_buf back;
static struct pair pair;

/* Of the calling thread. Those of libc itself are not told. */
static void say_mask(const char *when)
{
    char names[400] = "";
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    for (int number = 1; number < 32; number++)
        if (sigismember(&mask, number) == 1)
            snprintf(names + strlen(names), sizeof names - strlen(names), " %d", number);
    say("%s:%s", when, *names ? names : " none");
}

static void block(int number)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

/* A peer that does nothing, so that a long call stays where it is; or that goes on. */
static struct {
    pthread_t thread;
    volatile bool stop;
    bool sends;
} peer;

static void *peer_run(void *unused)
{
    static char taken[65536];
    (void)unused;
    while (!peer.stop) {
        if (peer.sends)
            send(pair.far, data, 2000, MSG_DONTWAIT | MSG_NOSIGNAL);
        else
            recv(pair.far, taken, 2000, MSG_DONTWAIT);
        nap(0.001);
    }
    return NULL;
}

static void peer_start(bool sends)
{
    pair = stream_pair(AF_INET, 60000);
    peer.sends = sends;
    peer.stop = false;
    peer.thread = thread_start(peer_run, NULL);
}

static void peer_end(void)
{
    peer.stop = true;
    pthread_join(peer.thread, NULL);
    close_pair(pair);
}

static void alarm_in(long us)
{
    setitimer(ITIMER_REAL, &(struct itimerval){.it_value = {0, us}}, NULL);
}

static void say_and_count(int signal)
{
    say_mask("in the handler");
    poke_count(signal);
}

static ssize_t long_call(bool receives)
{
    return receives ? recv(pair.near, bytes, sizeof bytes, MSG_WAITALL)
                    : send(pair.near, data, DATA_BYTES, 0);
}

static void as_it_was(void)
{
    block(SIGUSR2);
    struct sigaction action = {.sa_handler = say_and_count};
    sigaddset(&action.sa_mask, SIGHUP);
    sigaction(SIGALRM, &action, NULL);
    say_mask("before");
    for (int receives = 0; receives < 2; receives++) {
        peer_start(receives);
        alarm_in(40000);
        SAY_CLASS("a long call", long_call(receives), 0);
        say_mask("afterwards");
        peer_end();
    }
    /* To its end. */
    peer_start(true);
    SAY(recv(pair.near, bytes, 50000, MSG_WAITALL));
    say_mask("afterwards");
    peer_end();
    peer_start(false);
    SAY(send(pair.near, data, 100000, 0));
    say_mask("afterwards");
    peer_end();
    say("handled %d", (int)poker.handled);
}

static void jump(int signal)
{
    (void)signal;
    siglongjmp(back, 1);
}

static void jumped_out(int saves)
{
    struct sigaction action = {.sa_handler = jump};
    sigaddset(&action.sa_mask, SIGHUP);
    sigaction(SIGALRM, &action, NULL);
    block(SIGUSR2);
    for (volatile int i = 0; i < 10; i++) {
        volatile int jumped = 0;
        peer_start(i % 2);
        if (sigsetjmp(back, saves) == 0) {
            alarm_in(20000 * (1 + i % 3));
            long_call(i % 2);
        } else {
            jumped = 1;
        }
        say("jumped %d", (int)jumped);
        say_mask("afterwards");
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGALRM);
        sigaddset(&set, SIGHUP);
        pthread_sigmask(SIG_UNBLOCK, &set, NULL);
        peer_end();
    }
    pair = tcp_pair();
    SAY(send(pair.near, data, 20000, 0));
    SAY(recv(pair.far, bytes, 20000, MSG_WAITALL));
    say("right %d", memcmp(bytes, data, 20000) == 0);
}

static void jumped_out_with_the_mask(void)
{
    jumped_out(1);
}

static void jumped_out_without_the_mask(void)
{
    jumped_out(0);
}

/* What the thread goes on with is what the handler leaves there. */
static enum edit { TAKES_OUT, TAKES_ALL_OUT, PUTS_IN } edit;

static void edit_mask(int signal, siginfo_t *info, void *context)
{
    sigset_t *mask = &((ucontext_t *)context)->uc_sigmask;
    (void)info;
    if (edit == TAKES_OUT)
        sigdelset(mask, SIGUSR2);
    else if (edit == TAKES_ALL_OUT)
        memset(mask, 0, 8); /* of which the kernel has no more */
    else
        sigaddset(mask, SIGALRM);
    poke_count(signal);
}

/* Blocked are two others, and edited is what a handler returns to. */
static void edits_begin(void)
{
    struct sigaction action = {.sa_sigaction = edit_mask, .sa_flags = SA_SIGINFO};
    sigset_t none;
    sigemptyset(&none);
    sigaction(SIGALRM, &action, NULL);
    pthread_sigmask(SIG_SETMASK, &none, NULL);
    block(SIGUSR2);
    block(SIGHUP);
}

static void edited_in_a_long_call(void)
{
    for (edit = TAKES_OUT; edit < PUTS_IN; edit++)
        for (int receives = 0; receives < 2; receives++) {
            edits_begin();
            peer_start(receives);
            alarm_in(40000);
            SAY_CLASS("a long call", long_call(receives), 0);
            say_mask("afterwards");
            peer_end();
        }
    say("handled %d", (int)poker.handled);
}

/* While there may be gates. */
static void edited_in_a_wait(void)
{
    for (edit = TAKES_OUT; edit < PUTS_IN; edit++) {
        edits_begin();
        peer_start(false);
        send(pair.near, data, DATA_BYTES, MSG_DONTWAIT);
        alarm_in(40000);
        SAY(poll(&(struct pollfd){.fd = pair.near, .events = POLLPRI}, 1, 5000));
        say_mask("afterwards");
        peer_end();
    }
    say("handled %d", (int)poker.handled);
}

/* As long as nothing has been done, it may be anything. */
static void edited_before_it_begins(void)
{
    edit = PUTS_IN;
    for (int receives = 0; receives < 2; receives++) {
        edits_begin();
        pair = narrow_pair();
        if (!receives)
            fill(pair.near);
        alarm_in(300000);
        SAY_CLASS("a call", long_call(receives), 0);
        say_mask("afterwards");
        close_pair(pair);
    }
    say("handled %d", (int)poker.handled);
}

static int wrong_masks, cleanups;

/* Only signal 12 is blocked there; and the signals of libc are nobody's concern. */
static void look_at_mask(void *unused)
{
    sigset_t mask;
    (void)unused;
    cleanups++;
#ifndef __GLIBC__ /* with musl, signals that are blocked between pieces stay so */
    return;
#endif
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    for (int number = 1; number < 32; number++)
        if (sigismember(&mask, number) != (number == SIGUSR2)) {
            wrong_masks++;
            break;
        }
}

static void *to_be_cancelled(void *receives)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    pthread_sigmask(SIG_SETMASK, &set, NULL);
    pthread_cleanup_push(look_at_mask, NULL);
    for (;;)
        long_call(receives != NULL);
    pthread_cleanup_pop(0);
    return NULL;
}

static void cancelled(void)
{
    for (int i = 0; i < 40; i++) {
        pthread_t thread;
        void *result;
        peer_start(i % 2);
        pthread_create(&thread, NULL, to_be_cancelled, i % 2 ? data : NULL);
        nap(0.02 + i * 0.00013);
        pthread_cancel(thread);
        pthread_join(thread, &result);
        if (result != PTHREAD_CANCELED)
            say("it was not");
        peer_end();
    }
    say("cleaned up %d times, with another mask %d times", cleanups, wrong_masks);
}

static volatile ssize_t in_handler[2];

static void use_others(int signal)
{
    static struct pair other;
    (void)signal;
    if (!other.far)
        other = tcp_pair();
    in_handler[0] = send(other.near, data, 20000, 0);
    in_handler[1] = recv(other.far, bytes, 20000, MSG_WAITALL);
    poke_count(signal);
}

/* One that is limited in a handler of another, in pieces both. */
static void handler_sends_and_receives(void)
{
    poke_on(SIGALRM, 0);
    signal(SIGALRM, use_others);
    for (int receives = 0; receives < 2; receives++) {
        peer_start(receives);
        alarm_in(20000);
        SAY_CLASS("a long call", long_call(receives), 0);
        say("in the handler %zd and %zd", in_handler[0], in_handler[1]);
        say_mask("afterwards");
        peer_end();
    }
}

/* What was blocked by the program stays so, and is pending afterwards. */
static void blocked_by_the_program(void)
{
    sigset_t pending;
    poke_on(SIGALRM, 0);
    block(SIGALRM);
    for (int receives = 0; receives < 2; receives++) {
        peer_start(receives);
        alarm_in(20000);
        if (receives)
            SAY(recv(pair.near, bytes, 100000, MSG_WAITALL));
        else
            SAY(send(pair.near, data, 200000, 0));
        nap(0.05);
        sigpending(&pending);
        say("pending %d, handled %d", sigismember(&pending, SIGALRM), (int)poker.handled);
        say_mask("afterwards");
        peer_end();
    }
}

/* Neither what is ignored nor a child that ends: by default both change nothing. */
static void nothing_that_is_caught(void)
{
    int status;
    for (int receives = 0; receives < 2; receives++) {
        pid_t parent = MUST(fork());
        if (parent > 0) {
            waitpid(parent, &status, 0);
            say("ended with %d", WEXITSTATUS(status));
            continue;
        }
        signal(SIGUSR1, SIG_IGN);
        peer_start(receives);
        if (fork() == 0) {
            for (int i = 0; i < 20; i++) {
                kill(getppid(), SIGUSR1);
                kill(getppid(), SIGCHLD);
                kill(getppid(), SIGWINCH);
                nap(0.001);
            }
            _exit(0);
        }
        if (receives)
            SAY(recv(pair.near, bytes, 100000, MSG_WAITALL));
        else
            SAY(send(pair.near, data, 200000, 0));
        say_mask("afterwards");
        peer.stop = true;
        _exit(7);
    }
}

/* Nor to who waits with epoll_wait(2), which goes on after no signal. */
static void nothing_that_is_caught_in_a_wait(void)
{
    struct epoll_event event = {.events = EPOLLOUT};
    int interrupted = 0, set = MUST(epoll_create1(0));
    pid_t parent = getpid();
    peer_start(false);
    MUST(epoll_ctl(set, EPOLL_CTL_ADD, pair.near, &event));
    pid_t child = MUST(fork());
    while (child == 0)
        if (kill(parent, SIGWINCH) != 0 || getppid() != parent)
            _exit(0);
    for (double begin = now(); now() < begin + 1;) {
        send(pair.near, data, 3000, MSG_DONTWAIT);
        interrupted += epoll_wait(set, &event, 1, 1000) < 0;
    }
    say("interrupted %d", interrupted);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    peer_end();
}

/* The count first; then the signal, and EPIPE. */
static void broken_pipe(void)
{
    signal(SIGPIPE, poke_count);
    peer_start(false);
    pthread_t thread = peer.thread;
    nap(0.02);
    peer.stop = true;
    pthread_join(thread, NULL);
    pid_t child = MUST(fork());
    if (child == 0) {
        close(pair.near);
        nap(0.15);
        _exit(0); /* which resets it */
    }
    close(pair.far);
    SAY_CLASS("send", send(pair.near, data, DATA_BYTES, 0), DATA_BYTES);
    say("SIGPIPE %d", (int)poker.handled);
    for (int i = 0; i < 3; i++)
        SAY(send(pair.near, data, 20000, 0));
    say("SIGPIPE %d", (int)poker.handled);
    SAY(send(pair.near, data, 20000, MSG_NOSIGNAL));
    say("SIGPIPE %d", (int)poker.handled);
    say_mask("afterwards");
    waitpid(child, NULL, 0);
}

/* Of the whole process, one that another thread waits for. */
static void *take_signals(void *how)
{
    sigset_t set;
    int number;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN + 1); /* each of them comes */
    int fd = how ? MUST(signalfd(-1, &set, 0)) : -1;
    for (int i = 0; i < 20; i++) {
        struct signalfd_siginfo info;
        if (how)
            MUST(read(fd, &info, sizeof info));
        else
            MUST(-sigwait(&set, &number));
        poker.handled++;
    }
    return NULL;
}

static void awaited_by_another_thread(void)
{
    block(SIGRTMIN + 1);
    for (int i = 0; i < 2; i++) {
        poker.handled = 0;
        pthread_t thread = thread_start(take_signals, i ? data : NULL);
        peer_start(i);
        pid_t child = MUST(fork());
        if (child == 0) {
            for (int n = 0; n < 20; n++) {
                sigqueue(getppid(), SIGRTMIN + 1, (union sigval){0});
                nap(0.002);
            }
            _exit(0);
        }
        if (i)
            SAY(recv(pair.near, bytes, 150000, MSG_WAITALL));
        else
            SAY(send(pair.near, data, 200000, 0));
        waitpid(child, NULL, 0);
        pthread_join(thread, NULL);
        say("taken %d", (int)poker.handled);
        peer_end();
    }
}

/* A process takes its mask along; a thread that it starts in a handler, too. */
static void inherit(int signal)
{
    pid_t child = fork();
    if (child == 0) {
        say_mask("in a child of the handler");
        _exit(0);
    }
    waitpid(child, NULL, 0);
    poke_count(signal);
}

static void inherited(void)
{
    block(SIGUSR2);
    signal(SIGALRM, inherit);
    peer_start(true);
    alarm_in(20000);
    SAY_CLASS("a long call", long_call(true), 0);
    peer_end();
}

TWINS(TWIN(as_it_was), TWIN(edited_in_a_long_call), TWIN(edited_in_a_wait),
      TWIN(edited_before_it_begins), TWIN(jumped_out_with_the_mask),
      TWIN(jumped_out_without_the_mask), TWIN(cancelled), TWIN(handler_sends_and_receives),
      TWIN(blocked_by_the_program), TWIN(nothing_that_is_caught),
      TWIN(nothing_that_is_caught_in_a_wait), TWIN(broken_pipe), TWIN(awaited_by_another_thread),
      TWIN(inherited))
