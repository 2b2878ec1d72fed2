/*
 * sender.c - sends bytes to 127.0.0.1 through the call that it is told to use.
 *
 * Threads and children each have a socket of their own and send an equal share.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHUNK_MAX 65536 /* what a pipe holds, for splice */
#define PARTS     4     /* a chunk is given to vectored calls in so many */

/* A socket, and what its calls need. */
struct source {
    int fd;
    int file;         /* sendfile reads here */
    int pipe[2];      /* splice reads here; */
    size_t piped;     /* so much is in it */
    const char *data; /* the others read here */
};

typedef ssize_t transmit(struct source *, size_t);

static struct sockaddr_in server = {.sin_family = AF_INET};
static bool udp;
static transmit *call;
static const char *call_name;
static uint64_t share = 1 << 20; /* bytes each thread sends */
static size_t chunk = 16384;     /* bytes a call */

static ssize_t by_send(struct source *s, size_t size)
{
    return send(s->fd, s->data, size, 0);
}

static ssize_t by_sendto(struct source *s, size_t size)
{
    const struct sockaddr *to = udp ? (const struct sockaddr *)&server : NULL;
    return sendto(s->fd, s->data, size, 0, to, udp ? sizeof server : 0);
}

/* Fill an array of PARTS with equal parts of the data; returns how many it needs. */
static size_t divide(struct source *s, size_t size, struct iovec *parts)
{
    size_t count = size < PARTS ? 1 : PARTS;
    for (size_t i = 0, at = 0; i < count; at += parts[i++].iov_len) {
        parts[i].iov_base = (void *)(uintptr_t)(s->data + at);
        parts[i].iov_len = i < count - 1 ? size / count : size - at;
    }
    return count;
}

static ssize_t by_sendmsg(struct source *s, size_t size)
{
    struct iovec parts[PARTS];
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = divide(s, size, parts)};
    return sendmsg(s->fd, &message, 0);
}

static ssize_t by_sendmmsg(struct source *s, size_t size)
{
    struct iovec parts[PARTS];
    struct mmsghdr messages[PARTS] = {0};
    unsigned count = (unsigned)divide(s, size, parts);
    for (unsigned i = 0; i < count; i++) {
        messages[i].msg_hdr.msg_iov = &parts[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    int sent = sendmmsg(s->fd, messages, count, 0);
    ssize_t bytes = sent < 0 ? -1 : 0;
    for (int i = 0; i < sent; i++)
        bytes += messages[i].msg_len;
    return bytes;
}

static ssize_t by_write(struct source *s, size_t size)
{
    return write(s->fd, s->data, size);
}

static ssize_t by_writev(struct source *s, size_t size)
{
    struct iovec parts[PARTS];
    return writev(s->fd, parts, (int)divide(s, size, parts));
}

static ssize_t by_pwritev2(struct source *s, size_t size)
{
    struct iovec parts[PARTS];
    return pwritev2(s->fd, parts, (int)divide(s, size, parts), -1, 0);
}

static ssize_t by_sendfile(struct source *s, size_t size)
{
    return sendfile(s->fd, s->file, &(off_t){0}, size);
}

static ssize_t by_splice(struct source *s, size_t size)
{
    if (s->piped == 0) {
        ssize_t piped = write(s->pipe[1], s->data, size);
        if (piped < 0)
            return -1;
        s->piped = (size_t)piped;
    }
    ssize_t sent = splice(s->pipe[0], NULL, s->fd, NULL, s->piped, 0);
    if (sent > 0)
        s->piped -= (size_t)sent;
    return sent;
}

static const struct {
    const char *name;
    transmit *function;
} calls[] = {
    {"send", by_send},         {"sendto", by_sendto}, {"sendmsg", by_sendmsg},
    {"sendmmsg", by_sendmmsg}, {"write", by_write},   {"writev", by_writev},
    {"pwritev2", by_pwritev2}, {"splice", by_splice}, {"sendfile", by_sendfile},
};

static void die(const char *what)
{
    fprintf(stderr, "sender: %s: %s\n", what, strerror(errno));
    exit(1);
}

static struct source open_source(void)
{
    static const char data[CHUNK_MAX];
    struct source s = {.data = data, .file = memfd_create("sender", MFD_CLOEXEC)};
    if (s.file < 0 || write(s.file, data, chunk) != (ssize_t)chunk)
        die("memfd_create");
    if (pipe2(s.pipe, O_CLOEXEC) < 0)
        die("pipe2");
    s.fd = socket(AF_INET, (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
    /* sendto names the server in each call. */
    if (!(udp && call == by_sendto) && connect(s.fd, (struct sockaddr *)&server, sizeof server) < 0)
        die("connect");
    return s;
}

static void *send_share(void *unused)
{
    (void)unused;
    struct source s = open_source();
    for (uint64_t left = share; left > 0;) {
        ssize_t sent = call(&s, left < chunk ? (size_t)left : chunk);
        if (sent <= 0)
            die(call_name);
        left -= (uint64_t)sent;
    }
    close(s.fd);
    return NULL;
}

static void run_threads(int count)
{
    pthread_t threads[64];
    for (int i = 0; i < count; i++)
        if (pthread_create(&threads[i], NULL, send_share, NULL))
            die("pthread_create");
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
}

/* Returns how many of them failed. */
static int run_children(int count)
{
    for (int i = 0; i < count; i++) {
        pid_t child = fork();
        if (child < 0)
            die("fork");
        if (child == 0) {
            send_share(NULL);
            exit(0);
        }
    }
    int failures = 0;
    for (int status; wait(&status) > 0;)
        failures += status != 0;
    return failures;
}

static int complain(void)
{
    fputs("sender [-u] [-n BYTES] [-k CHUNK] [-t THREADS | -f CHILDREN] CALL PORT\nCALL:", stderr);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        fprintf(stderr, " %s", calls[i].name);
    fputc('\n', stderr);
    return 2;
}

int main(int argc, char **argv)
{
    int threads = 0, children = 0;
    uint64_t bytes = share;
    for (int option; (option = getopt(argc, argv, "un:k:t:f:")) != -1;)
        switch (option) {
        case 'u':
            udp = true;
            break;
        case 'n':
            bytes = strtoull(optarg, NULL, 10);
            break;
        case 'k':
            chunk = strtoul(optarg, NULL, 10);
            break;
        case 't':
            threads = atoi(optarg);
            break;
        case 'f':
            children = atoi(optarg);
            break;
        default:
            return complain();
        }
    if (optind != argc - 2 || chunk < 1 || chunk > CHUNK_MAX || threads > 64 || children > 64)
        return complain();
    call_name = argv[optind];
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (strcmp(call_name, calls[i].name) == 0)
            call = calls[i].function;
    if (!call)
        return complain();
    server.sin_port = htons((uint16_t)atoi(argv[optind + 1]));
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    share = bytes / (uint64_t)(threads ? threads : children ? children : 1);
    if (children)
        return run_children(children) > 0;
    if (threads)
        run_threads(threads);
    else
        send_share(NULL);
    return 0;
}
