/*
 * sipper.c - HTTP clients on a slow line: they have little room, and read little at a time.
 *
 *     sipper CLIENTS PATH PORT
 *
 * Each reads 1000 bytes each 50 ms, until SIGTERM.
 */
#include <pthread.h>
#include <unistd.h>

#include "tool.h"

enum { MOST_CLIENTS = 64 };

static int open_client(const char *path, const char *port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in server = {.sin_family = AF_INET,
                                 .sin_port = htons((uint16_t)atoi(port)),
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &(int){4096}, sizeof(int)); /* before it is announced */
    if (connect(fd, (struct sockaddr *)&server, sizeof server) < 0)
        die("connect");
    dprintf(fd, "GET %s HTTP/1.0\r\n\r\n", path);
    return fd;
}

int main(int argc, char **argv)
{
    int fds[MOST_CLIENTS], count = argc == 4 ? atoi(argv[1]) : 0;
    if (count < 1 || count > MOST_CLIENTS) {
        fputs("sipper CLIENTS PATH PORT\n", stderr);
        return 2;
    }
    sigset_t ends = block_ends();
    for (int i = 0; i < count; i++)
        fds[i] = open_client(argv[2], argv[3]);
    while (sigtimedwait(&ends, NULL, &(struct timespec){0, 50000000}) < 0)
        for (int i = 0; i < count; i++) {
            char bytes[1000];
            recv(fds[i], bytes, sizeof bytes, MSG_DONTWAIT);
        }
    return 0;
}
