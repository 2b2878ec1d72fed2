/* cancellation.c - pthread_cancel of a thread in a call: it ends there, its cleanup handlers run
 * once, and what is no cancellation point in libc is none. */
#include <setjmp.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include "twin.h"

static struct pair pair;
static union address address;
static pid_t thread_id;
static int cleanups[2], order, result_fd, type = PTHREAD_CANCEL_DEFERRED;
static struct iovec iov = {data, 1000};
static struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
static struct mmsghdr batch = {.msg_hdr = {.msg_iov = &iov, .msg_iovlen = 1}};
static char bytes[1000];
static struct iovec room = {bytes, sizeof bytes};
static struct msghdr incoming = {.msg_iov = &room, .msg_iovlen = 1};

static void cleanup(void *count)
{
    *(int *)count += 1 + 10 * ++order;
}

static long (*call)(void);

static void *run(void *unused)
{
    volatile long result = -1;
    int old;
    (void)unused;
    __atomic_store_n(&thread_id, gettid(), __ATOMIC_RELEASE);
    pthread_setcanceltype(type, &old);
    pthread_cleanup_push(cleanup, &cleanups[0]);
    pthread_cleanup_push(cleanup, &cleanups[1]);
    result = call();
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old); /* to say it is a call, too */
    say("it returned %ld", result);
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old);
    pthread_testcancel();
    pthread_cleanup_pop(0);
    pthread_cleanup_pop(0);
    return NULL;
}

static pthread_t begin(long (*of)(void))
{
    pthread_t thread;
    call = of;
    order = cleanups[0] = cleanups[1] = 0;
    __atomic_store_n(&thread_id, 0, __ATOMIC_RELEASE);
    MUST(-pthread_create(&thread, NULL, run, NULL));
    while (!__atomic_load_n(&thread_id, __ATOMIC_ACQUIRE))
        nap(0.001);
    await_sleep(getpid(), thread_id);
    return thread;
}

static void finish(const char *name, pthread_t thread)
{
    void *result;
    pthread_join(thread, &result);
    say("%s: canceled %d, cleanups %d %d", name, result == PTHREAD_CANCELED, cleanups[0],
        cleanups[1]);
}

static void cancel_in(const char *name, long (*of)(void))
{
    pthread_t thread = begin(of);
    pthread_cancel(thread);
    finish(name, thread);
}

#define IN(name, expression)                                                                       \
    static long in_##name(void)                                                                    \
    {                                                                                              \
        return (long)(expression);                                                                 \
    }
IN(send, send(pair.near, data, 1000, 0))
IN(sendto, sendto(pair.near, data, 1000, 0, NULL, 0))
IN(sendmsg, sendmsg(pair.near, &message, 0))
IN(sendmmsg, sendmmsg(pair.near, &batch, 1, 0))
IN(write, write(pair.near, data, 1000))
IN(writev, writev(pair.near, &iov, 1))
IN(recv, recv(pair.near, bytes, sizeof bytes, 0))
IN(recvfrom, recvfrom(pair.near, bytes, sizeof bytes, 0, NULL, NULL))
IN(recvmsg, recvmsg(pair.near, &incoming, 0))
IN(sendto_by_number, syscall(SYS_sendto, pair.near, data, 1000, 0, NULL, 0))
IN(write_by_number, syscall(SYS_write, pair.near, data, 1000))
IN(recvfrom_by_number, syscall(SYS_recvfrom, pair.near, bytes, sizeof bytes, 0, NULL, NULL))
IN(read, read(pair.near, bytes, sizeof bytes))
IN(readv, readv(pair.near, &room, 1))
IN(accept, accept(result_fd, NULL, NULL))
IN(connect, connect(result_fd, &address.any, sizeof address.in))

static void sending(void)
{
    pair = narrow_pair();
    fill(pair.near);
    cancel_in("send", in_send);
    cancel_in("sendto", in_sendto);
    cancel_in("sendmsg", in_sendmsg);
    cancel_in("sendmmsg", in_sendmmsg);
}

static void writing(void)
{
    pair = narrow_pair();
    fill(pair.near);
    cancel_in("write", in_write);
    cancel_in("writev", in_writev);
}

static void receiving(void)
{
    pair = tcp_pair();
    cancel_in("recv", in_recv);
    cancel_in("recvfrom", in_recvfrom);
    cancel_in("recvmsg", in_recvmsg);
    cancel_in("read", in_read);
    cancel_in("readv", in_readv);
}

static void connections(void)
{
    result_fd = tcp_listener(&address, 0);
    cancel_in("accept", in_accept);
    int first = MUST(socket(AF_INET, SOCK_STREAM, 0));
    MUST(connect(first, &address.any, sizeof address.in));
    result_fd = MUST(socket(AF_INET, SOCK_STREAM, 0));
    cancel_in("connect", in_connect);
}

static void asynchronous(void)
{
    pair = narrow_pair();
    fill(pair.near);
    type = PTHREAD_CANCEL_ASYNCHRONOUS;
    cancel_in("send", in_send);
    cancel_in("write", in_write);
    cancel_in("recv", in_recv);
    cancel_in("sendto by number", in_sendto_by_number);
    cancel_in("write by number", in_write_by_number);
    cancel_in("recvfrom by number", in_recvfrom_by_number);
}

/* In musl they are none. */
static void fill_pipe(void)
{
    int ends[2];
    MUST(pipe(ends));
    MUST(write(ends[1], data, 1000));
    result_fd = ends[0];
}

IN(splice, splice(result_fd, NULL, pair.near, NULL, 1000, 0))

#ifdef __GLIBC__
IN(pwritev2, pwritev2(pair.near, &iov, 1, -1, 0))

static void of_linux(void)
{
    pair = narrow_pair();
    fill(pair.near);
    fill_pipe();
    cancel_in("pwritev2", in_pwritev2);
    cancel_in("splice", in_splice);
}
#endif

static long cancel_self_and_send(void)
{
    pthread_cancel(pthread_self());
    return in_send();
}

static long disabled_send(void)
{
    int old;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    pthread_cancel(pthread_self());
    long result = in_send();
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old);
    return result;
}

/* What is no cancellation point goes on until it is done. */
static void cancel_outside(const char *name, long (*of)(void))
{
    struct reader reader;
    pair = narrow_pair();
    fill(pair.near);
    pthread_t thread = begin(of);
    pthread_cancel(thread);
    nap(0.02);
    reader_start(&reader, pair.far);
    finish(name, thread);
    shutdown(pair.near, SHUT_WR);
    reader_end(&reader);
}

IN(sendfile, sendfile(pair.near, result_fd, NULL, 1000))

static void no_points(void)
{
    result_fd = MUST(open("/proc/self/exe", O_RDONLY));
    cancel_outside("sendfile", in_sendfile);
    cancel_outside("sendto by number", in_sendto_by_number);
    cancel_outside("write by number", in_write_by_number);
#ifndef __GLIBC__
    fill_pipe();
    cancel_outside("splice", in_splice);
#endif
}

static sigjmp_buf before;

static void jump(int signal)
{
    (void)signal;
    siglongjmp(before, 1);
}

/* Out of a call, in a handler: the thread's state is as if there had been no call. */
static void jump_out_of(long (*of)(void))
{
    int old;
    signal(SIGALRM, jump);
    if (sigsetjmp(before, 1) == 0) {
        setitimer(ITIMER_REAL, &(struct itimerval){.it_value.tv_usec = 20000}, NULL);
        SAY(of());
    }
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &old);
    say("deferred %d", old == PTHREAD_CANCEL_DEFERRED);
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old);
    say("enabled %d", old == PTHREAD_CANCEL_ENABLE);
}

static void jumped_out_of(void)
{
    pair = narrow_pair();
    fill(pair.near);
    jump_out_of(in_send);
    jump_out_of(in_recv);
}

static void *send_without_end(void *fd)
{
    while (send(*(int *)fd, data, DATA_BYTES, MSG_NOSIGNAL) > 0)
        ;
    return NULL;
}

/* Of a call in pieces, wherever in them the handler runs: who jumps can be cancelled as before. */
static void jumped_out_of_pieces(void)
{
    static volatile int disabled;
    static char much[200000];
    struct reader reader;
    struct pair in = tcp_pair();
    int state;
    pair = tcp_pair();
    reader_start(&reader, pair.far);
    pthread_t sender = thread_start(send_without_end, &in.far);
    signal(SIGALRM, jump);
    for (volatile int i = 0; i < 60; i++) {
        if (sigsetjmp(before, 1) == 0) {
            setitimer(ITIMER_REAL, &(struct itimerval){.it_value.tv_usec = 7000 + 397 * i}, NULL);
            for (;;)
                i % 2 ? send(pair.near, data, 100000, 0)
                      : recv(in.near, much, sizeof much, MSG_WAITALL);
        }
        pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
        pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
        disabled += state != PTHREAD_CANCEL_ENABLE;
    }
    say("disabled %d times", disabled);
    close(in.near);
    pthread_join(sender, NULL);
    shutdown(pair.near, SHUT_WR);
    reader_end(&reader);
}

#ifdef __GLIBC__ /* which tells whether there are other threads, who could cancel this one */
static void jumped_out_of_by_number(void)
{
    pair = narrow_pair();
    fill(pair.near);
    jump_out_of(in_recvfrom_by_number);
    jump_out_of(in_sendto_by_number);
}

#endif

/* Before it comes to the call: nothing is sent. */
static void pending(void)
{
    pair = tcp_pair();
    finish("send", begin(cancel_self_and_send));
    say_received(pair);
}

static void disabled(void)
{
    pair = tcp_pair();
    finish("send", begin(disabled_send));
    say_received(pair);
}

/* Of the thread, after calls that waited. */
static void state_afterwards(void)
{
    int old_type, old_state;
    pair = tcp_pair();
    for (int i = 0; i < 3; i++)
        SAY(send(pair.near, data, 1000, 0));
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old_type);
    SAY(send(pair.near, data, 1000, 0));
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &old_state);
    say("types %d %d", old_type, old_state);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_state);
    SAY(send(pair.near, data, 1000, 0));
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old_type);
    say("states %d %d", old_state, old_type);
    say_received(pair);
}

TWINS(GLIBC_TWIN(of_linux) GLIBC_TWIN(jumped_out_of_by_number) TWIN(sending), TWIN(writing),
      TWIN(receiving), TWIN(connections), TWIN(asynchronous), TWIN(no_points), TWIN(jumped_out_of),
      TWIN(jumped_out_of_pieces), TWIN(pending), TWIN(disabled), TWIN(state_afterwards))
