/*
 * fair.c - many connections in one loop of epoll, each of which carries as much as it is let.
 *
 *     fair send|receive CONNECTIONS SECONDS MOST_BYTES PORT [BYTES_A_CALL]
 *
 * Once all are connected it carries for so long, or so much. Printed is how much that was and what
 * CPU time it took, and Jain's index over the connections: 1 if all carried the same.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../tools/meter.h"
#include "../tools/tool.h"

static char bytes[65536];

static double cpu_seconds(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e-6;
}

/* Connected by a call that waits, so that the backlog does not run over; non-blocking after that.
 */
static int open_connection(const char *port)
{
    struct sockaddr_in server = {.sin_family = AF_INET,
                                 .sin_port = htons((uint16_t)atoi(port)),
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&server, sizeof server) < 0)
        die("connect");
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

static double jain(const uint64_t *carried, int count)
{
    double sum = 0, squares = 0;
    for (int i = 0; i < count; i++) {
        sum += (double)carried[i];
        squares += (double)carried[i] * (double)carried[i];
    }
    return sum * sum / squares / count;
}

int main(int argc, char **argv)
{
    size_t size = argc > 6 ? strtoul(argv[6], NULL, 10) : sizeof bytes;
    if (argc < 6 || size > sizeof bytes) {
        fputs("fair send|receive CONNECTIONS SECONDS MOST_BYTES PORT [BYTES_A_CALL]\n", stderr);
        return 2;
    }
    bool sends = strcmp(argv[1], "send") == 0;
    int count = atoi(argv[2]);
    uint64_t most = strtoull(argv[4], NULL, 10), total = 0;
    int *fds = calloc((size_t)count, sizeof *fds);
    uint64_t *carried = calloc((size_t)count, sizeof *carried);
    if (!fds || !carried)
        die("remember so many connections");

    int set = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < count; i++)
        fds[i] = open_connection(argv[5]);
    double cpu = cpu_seconds();
    uint64_t begin = now_ns(), end = begin + (uint64_t)(atof(argv[3]) * 1e9);
    for (int i = 0; i < count; i++) {
        struct epoll_event event = {.events = sends ? EPOLLOUT : EPOLLIN, .data.u32 = (uint32_t)i};
        if (epoll_ctl(set, EPOLL_CTL_ADD, fds[i], &event) < 0)
            die("watch a connection");
    }
    while (now_ns() < end && total < most) {
        struct epoll_event events[64];
        int ready = epoll_wait(set, events, 64, 100);
        for (int i = 0; i < ready; i++) {
            uint32_t who = events[i].data.u32;
            ssize_t moved =
                sends ? send(fds[who], bytes, size, MSG_NOSIGNAL) : recv(fds[who], bytes, size, 0);
            if (moved == 0 || (moved < 0 && errno != EAGAIN))
                die("carry on");
            if (moved > 0) {
                carried[who] += (uint64_t)moved;
                total += (uint64_t)moved;
            }
        }
    }
    uint64_t now = now_ns();
    printf("carried=%" PRIu64 " seconds=%.6f cpu=%.6f jain=%.4f\n", total, seconds(now - begin),
           cpu_seconds() - cpu, jain(carried, count));
    return 0;
}
