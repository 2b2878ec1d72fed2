/*
 * source.c - serves a file on 127.0.0.1, to as many as want it, as fast as each of them reads.
 *
 * By default it is an HTTP/1.1 server that answers every request with the file. It measures from
 * when a connection came to when its client ended it: by then the client had read all of it, and
 * not before it came could it read any. So a client within its limit has this rate, or less. On
 * SIGTERM a `total` is printed, from the first connection to the end of the last.
 */
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "meter.h"
#include "tool.h"

static const char usage[] =
    "source [OPTION]... FILE\n"
    "  --raw            send the file and end the connection, whatever the client says\n"
    "  -b BURST         bytes that may pass at once, and are left out of the rate\n"
    "  -p FILE          write the port there (else it is printed)\n"
    "  -o FILE          write the measurements there (else they are printed)\n";

static bool raw;
static int file;
static size_t size;
static struct meter total;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static FILE *out;

/* Returns how many of the bytes the kernel took; less if the client went away. */
static size_t send_file(int fd)
{
    off_t offset = 0;
    while ((size_t)offset < size)
        if (sendfile(fd, file, &offset, size - (size_t)offset) <= 0)
            break;
    return (size_t)offset;
}

/* Read a head, which is all that there is of a GET. False at the end of the stream. */
static bool read_head(int fd, char *head, size_t room)
{
    size_t length = 0;
    while (length < room - 1) {
        ssize_t got = recv(fd, head + length, room - 1 - length, 0);
        if (got <= 0)
            return false;
        length += (size_t)got;
        head[length] = '\0';
        if (strstr(head, "\r\n\r\n"))
            return true;
    }
    return false;
}

static size_t answer_requests(int fd)
{
    char head[8192], answer[128];
    size_t sent = 0;
    for (bool last = false; !last && read_head(fd, head, sizeof head);) {
        last = strcasestr(head, "\r\nConnection: close") || strstr(head, " HTTP/1.0\r\n");
        int length = snprintf(answer, sizeof answer,
                              "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nConnection: %s\r\n\r\n",
                              size, last ? "close" : "keep-alive");
        if (send(fd, answer, (size_t)length, MSG_MORE | MSG_NOSIGNAL) != length)
            break;
        sent += (size_t)length + send_file(fd);
    }
    return sent;
}

static void *serve(void *argument)
{
    int fd = (int)(intptr_t)argument;
    char bytes[4096];
    size_t sent = raw ? send_file(fd) : answer_requests(fd);
    shutdown(fd, SHUT_WR);
    while (recv(fd, bytes, sizeof bytes, 0) > 0)
        ;
    pthread_mutex_lock(&lock);
    total.units += sent;
    total.last_ns = now_ns();
    pthread_mutex_unlock(&lock);
    close(fd);
    return NULL;
}

static void *accept_all(void *argument)
{
    int listener = (int)(intptr_t)argument;
    for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0;) {
        pthread_t thread;
        uint64_t now = now_ns(); /* before anything is sent */
        pthread_mutex_lock(&lock);
        if (total.first_ns == 0)
            total.first_ns = total.last_ns = now;
        pthread_mutex_unlock(&lock);
        if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd))
            die("start a thread");
        pthread_detach(thread);
    }
    die("accept a connection");
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"raw", no_argument, NULL, 'R'}, {0}};
    const char *port_file = NULL;
    out = stdout;
    for (int option; (option = getopt_long(argc, argv, "b:p:o:", options, NULL)) != -1;)
        switch (option) {
        case 'R':
            raw = true;
            break;
        case 'b':
            total.burst = strtod(optarg, NULL);
            break;
        case 'p':
            port_file = optarg;
            break;
        case 'o':
            out = open_measurements(optarg);
            break;
        default:
            fputs(usage, stderr);
            return 2;
        }
    if (!argv[optind]) {
        fputs(usage, stderr);
        return 2;
    }
    struct stat status;
    if ((file = open(argv[optind], O_RDONLY | O_CLOEXEC)) < 0 || fstat(file, &status) < 0)
        die("read the file");
    size = (size_t)status.st_size;

    sigset_t ends = block_ends();
    signal(SIGPIPE, SIG_IGN); /* a client that goes away ends its connection only */

    int listener = open_port(SOCK_STREAM, "0");
    if (listen(listener, 1024) < 0)
        die("listen");
    pthread_t thread;
    if (pthread_create(&thread, NULL, accept_all, (void *)(intptr_t)listener))
        die("start a thread");
    tell_port(listener, port_file);

    int received;
    sigwait(&ends, &received);
    pthread_mutex_lock(&lock);
    meter_print(&total, "total", out);
    return 0;
}
