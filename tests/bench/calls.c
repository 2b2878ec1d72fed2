/*
 * calls.c - what a call costs by the name that the program links to, and what it costs by libc's
 * own function: the same process, the same fd, turn by turn.
 *
 *     LD_PRELOAD=librlshim.so RL_CAPACITY=1G calls [NAME]...
 *
 * Without the shim both are one function, and the ratio shows how far the figures can be believed.
 * Each batch is of a few dozen calls and is drained by the same thread between two readings of the
 * clock: a receiver that sleeps would put the price of waking it, which varies a lot, onto some of
 * the calls. So the shim is compared with the cheapest send there is.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "bench.h"

#define PAIRS 2000
#define WARM  200

struct pair {
    int in, out;
};

static int check(int result, const char *what)
{
    if (result < 0)
        err(1, "%s", what);
    return result;
}

static struct pair a_file(void)
{
    int fd = check(memfd_create("calls", MFD_CLOEXEC), "memfd_create");
    return (struct pair){fd, fd};
}

static struct pair null(void)
{
    int fd = check(open("/dev/null", O_WRONLY | O_CLOEXEC), "/dev/null");
    return (struct pair){fd, fd};
}

static struct pair a_pipe(void)
{
    int fds[2];
    check(pipe2(fds, O_CLOEXEC | O_NONBLOCK), "pipe");
    return (struct pair){fds[1], fds[0]};
}

static int bound_socket(int type, struct sockaddr_in *address)
{
    socklen_t length = sizeof *address;
    int fd = check(socket(AF_INET, type | SOCK_CLOEXEC, 0), "socket");
    *address =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    check(bind(fd, (struct sockaddr *)address, sizeof *address), "bind");
    check(getsockname(fd, (struct sockaddr *)address, &length), "getsockname");
    return fd;
}

static struct pair connected(int type)
{
    struct sockaddr_in address;
    int out = bound_socket(type, &address), yes = 1;
    int in = check(socket(AF_INET, type | SOCK_CLOEXEC, 0), "socket");

    if (type == SOCK_STREAM)
        check(listen(out, 1), "listen");
    check(connect(in, (struct sockaddr *)&address, sizeof address), "connect");
    if (type == SOCK_STREAM) {
        int listener = out;
        out = check(accept(listener, NULL, NULL), "accept");
        close(listener);
        check(setsockopt(in, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes), "TCP_NODELAY");
    }
    return (struct pair){in, out};
}

static struct pair tcp(void)
{
    return connected(SOCK_STREAM);
}

/* Where a process with many connections has them: at 100,000, or as high as may be. */
static int high(int fd)
{
    struct rlimit limit;
    check(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
    limit.rlim_cur = limit.rlim_max;
    check(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
    int number =
        check(dup2(fd, limit.rlim_cur > 100000 ? 100000 : (int)limit.rlim_cur - 1), "dup2");
    close(fd);
    return number;
}

static struct pair high_pipe(void)
{
    struct pair fds = a_pipe();
    return (struct pair){high(fds.in), fds.out};
}

static struct pair high_tcp(void)
{
    struct pair fds = tcp();
    return (struct pair){high(fds.in), fds.out};
}

static struct pair udp(void)
{
    return connected(SOCK_DGRAM);
}

typedef ssize_t send_function(int, const void *, size_t, int);
typedef ssize_t write_function(int, const void *, size_t);

static struct {
    send_function *send;
    write_function *write;
} interposed, libc;

static const struct kind {
    const char *name;
    struct pair (*open)(void);
    bool sends; /* with send, or else with write */
    unsigned size, batch;
} kinds[] = {
    {"file-1", a_file, false, 1, 100},
    {"file-4k", a_file, false, 4096, 50},
    {"null-1", null, false, 1, 100},
    {"pipe-1", a_pipe, false, 1, 100},
    {"pipe-4k", a_pipe, false, 4096, 12},
    {"tcp-send-64", tcp, true, 64, 25},
    {"tcp-write-64", tcp, false, 64, 25},
    {"tcp-send-16k", tcp, true, 16384, 2},
    {"udp-send-64", udp, true, 64, 25},
    {"pipe-1-high", high_pipe, false, 1, 100},
    {"tcp-send-64-high", high_tcp, true, 64, 25},
};

static char buffer[65536];

static double batch(const struct kind *kind, struct pair fds, bool plain)
{
    send_function *send_it = plain ? libc.send : interposed.send;
    write_function *write_it = plain ? libc.write : interposed.write;
    ssize_t sent = (ssize_t)kind->size;

    uint64_t start = now_ns();
    if (kind->sends)
        for (unsigned i = 0; i < kind->batch && sent == (ssize_t)kind->size; i++)
            sent = send_it(fds.in, buffer, kind->size, 0);
    else
        for (unsigned i = 0; i < kind->batch && sent == (ssize_t)kind->size; i++)
            sent = write_it(fds.in, buffer, kind->size);
    double ns = (double)(now_ns() - start) / kind->batch;

    if (sent != (ssize_t)kind->size)
        err(1, "%s: a call returned %zd", kind->name, sent);
    if (kind->open == a_file)
        check((int)lseek(fds.in, 0, SEEK_SET), "lseek");
    else if (kind->open == a_pipe || kind->open == high_pipe)
        while (read(fds.out, buffer, sizeof buffer) > 0)
            ;
    else if (kind->open != null)
        while (recv(fds.out, buffer, sizeof buffer, MSG_DONTWAIT) > 0)
            ;
    return ns;
}

static void measure(const struct kind *kind)
{
    static double plain[PAIRS], shimmed[PAIRS], added[PAIRS];
    struct pair fds = kind->open();

    for (int i = 0; i < WARM; i++)
        batch(kind, fds, i & 1);
    for (int i = 0; i < PAIRS; i++) {
        bool first = i & 1; /* who goes first finds other caches than who goes second */
        double a = batch(kind, fds, first), b = batch(kind, fds, !first);
        plain[i] = first ? a : b;
        shimmed[i] = first ? b : a;
        added[i] = shimmed[i] - plain[i];
    }
    double without = median(plain, PAIRS), more = median(added, PAIRS);
    printf("%s\t%.1f\t%.1f\t%.1f\n", kind->name, without, without + more, more);
    close(fds.in);
    if (fds.out != fds.in)
        close(fds.out);
}

int main(int argc, char **argv)
{
    interposed.send = send;
    interposed.write = write;
    libc.send = (send_function *)in_libc("send");
    libc.write = (write_function *)in_libc("write");
    pin();
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        bool wanted = argc < 2;
        for (int arg = 1; arg < argc; arg++)
            wanted |= strcmp(argv[arg], kinds[i].name) == 0;
        if (wanted)
            measure(&kinds[i]);
    }
}
