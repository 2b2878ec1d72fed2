/*
 * sink.c - takes whatever is sent to it on 127.0.0.1, at once, and measures it.
 *
 * By default it is an HTTP/1.1 server that likes every upload. A line is printed for each that is
 * finished, and on SIGTERM a `total` of all together, which is what a shared limit bounds.
 */
#include <fcntl.h>
#include <getopt.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "http.h"
#include "meter.h"
#include "tool.h"

enum mode {
    HTTP,
    RAW, /* bytes of TCP connections until they end */
    DATAGRAMS,
    CONNECTIONS /* counts them, and closes them at once */
};

static const char usage[] =
    "sink [OPTION]... [PORT]   (an ephemeral one if left out)\n"
    "  --raw            count the bytes of connections, whatever they are\n"
    "  --udp            count the bytes of datagrams\n"
    "  -c               count connections\n"
    "  -r RATE          units a second, and\n"
    "  -b BURST         units that may pass at once: the bound that is checked\n"
    "  -u RATE          units a second of each upload, where its own bound is another\n"
    "  -s SECONDS       leave what comes in the first ones out of the rate\n"
    "  -p FILE          write the port there (else it is printed)\n"
    "  -o FILE          write the measurements there (else they are printed)\n"
    "  -k FILE          keep what connections bring, unless in chunks, there\n"
    "  -e FILE          fail if one brings anything else, or less\n"
    "  -v LABEL         show progress on stderr\n";

static enum mode mode = HTTP;
static struct meter total;
static double upload_rate; /* 0: as for all together */
static FILE *out;

/* Until nothing is left: readiness is edge-triggered, as half a head must not be reported again. */
static void serve(struct connection *c)
{
    for (;;) {
        ssize_t length = mode == HTTP ? http_read(c) : take(c, 1 << 20);
        if (length < 0 && errno == EAGAIN)
            return;
        if (length <= 0)
            break;
        uint64_t now = now_ns();
        meter_add(&c->meter, (uint64_t)length, now);
        meter_add(&total, (uint64_t)length, now);
        if (mode == HTTP && http_ended(c)) {
            meter_print(&c->meter, "upload", out);
            meter_reset(&c->meter);
        }
    }
    if (mode == RAW) {
        expect_whole(c);
        meter_print(&c->meter, "upload", out);
    }
    close(c->fd);
    free(c);
}

static void watch(int epoll_fd, int fd, uint32_t events, void *about)
{
    struct epoll_event event = {.events = events, .data.ptr = about};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
        die("watch a socket");
}

static void accept_all(int epoll_fd, int listener)
{
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        if (mode == CONNECTIONS) {
            meter_add(&total, 1, now_ns());
            close(fd);
            continue;
        }
        struct connection *c = calloc(1, sizeof *c);
        if (!c)
            die("accept a connection");
        *c = (struct connection){.fd = fd,
                                 .meter.rate = upload_rate > 0 ? upload_rate : total.rate,
                                 .meter.burst = total.burst};
        watch(epoll_fd, fd, EPOLLIN | EPOLLET, c);
    }
}

static void read_datagrams(int fd)
{
    ssize_t length;
    while ((length = discard(fd, 0)) >= 0)
        meter_add(&total, (uint64_t)length, now_ns());
}

static int open_socket(const char *port)
{
    int fd = open_port((mode == DATAGRAMS ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK, port);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &(int){8 << 20}, sizeof(int)); /* inherited by accept */
    if (mode != DATAGRAMS && listen(fd, SOMAXCONN) < 0)
        die("listen");
    return fd;
}

static void expect(const char *name)
{
    struct stat status;
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) < 0)
        die("read what is expected");
    expected_size = (size_t)status.st_size;
    expected = mmap(NULL, expected_size, PROT_READ, MAP_SHARED, fd, 0);
    if (expected == MAP_FAILED)
        die("map what is expected");
    close(fd);
}

static void show_progress(const char *label)
{
    static uint64_t shown_ns;
    uint64_t now = now_ns();
    if (!label || now - shown_ns < NS_PER_SECOND / 10)
        return;
    shown_ns = now;
    double past = total.units ? seconds(now - total.first_ns) : 0;
    fprintf(stderr, "\r%s  %8.2f MB  %4.1f s ", label, (double)total.units / 1e6, past);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"raw", no_argument, NULL, 'R'}, {"udp", no_argument, NULL, 'U'}, {0}};
    const char *port_file = NULL, *label = NULL;
    out = stdout;
    for (int option;
         (option = getopt_long(argc, argv, "cr:b:u:s:p:o:k:e:v:", options, NULL)) != -1;)
        switch (option) {
        case 'R':
            mode = RAW;
            break;
        case 'U':
            mode = DATAGRAMS;
            break;
        case 'c':
            mode = CONNECTIONS;
            break;
        case 'r':
            total.rate = strtod(optarg, NULL);
            break;
        case 'b':
            total.burst = strtod(optarg, NULL);
            break;
        case 'u':
            upload_rate = strtod(optarg, NULL);
            break;
        case 's':
            total.skip_ns = (uint64_t)(strtod(optarg, NULL) * NS_PER_SECOND);
            break;
        case 'p':
            port_file = optarg;
            break;
        case 'o':
            out = open_measurements(optarg);
            break;
        case 'k':
            if (!(kept = fopen(optarg, "we")))
                die("write what is to be kept");
            break;
        case 'e':
            expect(optarg);
            break;
        case 'v':
            label = optarg;
            break;
        default:
            fputs(usage, stderr);
            return 2;
        }

    sigset_t ends = block_ends();
    pthread_t watcher;
    pthread_create(&watcher, NULL, watch_lateness, NULL);

    int listener = open_socket(argv[optind] ? argv[optind] : "0");
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    watch(epoll_fd, signalfd(-1, &ends, SFD_CLOEXEC), EPOLLIN, &ends);
    watch(epoll_fd, listener, EPOLLIN, &listener);
    tell_port(listener, port_file);

    for (;;) {
        struct epoll_event events[16];
        int count = epoll_wait(epoll_fd, events, 16, label ? 100 : -1);
        for (int i = 0; i < count; i++)
            if (events[i].data.ptr == &ends) {
                meter_print(&total, "total", out);
                return 0;
            } else if (events[i].data.ptr != &listener) {
                serve(events[i].data.ptr);
            } else if (mode == DATAGRAMS) {
                read_datagrams(listener);
            } else {
                accept_all(epoll_fd, listener);
            }
        show_progress(label);
    }
}
