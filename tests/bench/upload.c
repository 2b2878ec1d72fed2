/*
 * upload.c - at which rate an HTTP upload arrives, whoever limits it.
 *
 *     upload RATE BYTES COMMAND [ARGUMENT]...
 *
 * Runs the command with a URL as its last argument, takes the BYTES that it puts there, and prints
 *         achieved  the rate over the whole transfer, over RATE;
 *         burst     the smallest burst for which no window had more than burst + RATE * length, in
 *                   bytes: how evenly it was sent.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "bench.h"

extern char **environ;

static int listener(char *url, size_t size)
{
    struct sockaddr_in self = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof self;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&self, sizeof self) != 0 || listen(fd, 1) != 0 ||
        getsockname(fd, (struct sockaddr *)&self, &length) != 0)
        err(1, "a listening socket");
    snprintf(url, size, "http://127.0.0.1:%d/upload", ntohs(self.sin_port));
    return fd;
}

/* Also counts the head of the request: it is a few hundred bytes, and limited like the rest. */
static void receive(int fd, double rate, uint64_t bytes)
{
    static char buffer[1 << 18];
    uint64_t start = now_ns(), last = start, total = 0;
    double level = 0, burst = 0;

    while (total < bytes) {
        ssize_t got = read(fd, buffer, sizeof buffer);
        if (got <= 0)
            errx(1, "the upload ended after %llu bytes", (unsigned long long)total);
        uint64_t now = now_ns();
        level -= rate * (double)(now - last) / (double)SECOND;
        level = (level > 0 ? level : 0) + (double)got;
        burst = level > burst ? level : burst;
        total += (uint64_t)got;
        last = now;
    }
    printf("achieved\t%.4f\nburst\t%.0f\n",
           (double)total / rate / ((double)(last - start) / (double)SECOND), burst);
}

int main(int argc, char **argv)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    char url[64], **command = calloc((size_t)argc + 1, sizeof *command);
    pid_t pid;
    int status;

    if (argc < 4 || !command)
        errx(1, "usage: upload RATE BYTES COMMAND [ARGUMENT]...");
    int door = listener(url, sizeof url);
    memcpy(command, argv + 3, (size_t)(argc - 3) * sizeof *command);
    command[argc - 3] = url;
    if (posix_spawnp(&pid, command[0], NULL, NULL, command, environ) != 0)
        errx(1, "cannot run %s", command[0]);

    alarm(60); /* a command that never connects */
    int fd = accept(door, NULL, NULL);
    if (fd < 0)
        err(1, "accept");
    receive(fd, atof(argv[1]), strtoull(argv[2], NULL, 10));
    if (write(fd, answer, sizeof answer - 1) < 0)
        err(1, "write");
    shutdown(fd, SHUT_WR);
    waitpid(pid, &status, 0);
    free(command);
}
