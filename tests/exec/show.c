/*
 * show.c - a child, which shows what became of it.
 *
 * `show environment` prints it, an entry a line, in order, what is not printable as \xNN.
 * `show held` makes four calls, and prints whether `calls 20/s burst=1` holds them: "held", "free".
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static int environment(void)
{
    for (char **entry = environ; entry && *entry; entry++) {
        for (const char *at = *entry; *at; at++)
            printf(*at >= ' ' && *at <= '~' ? "%c" : "\\x%02x", (unsigned char)*at);
        putchar('\n');
    }
    return 0;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int held(void)
{
    struct sockaddr_in self = {.sin_family = AF_INET};
    socklen_t length = sizeof self;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    self.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(fd, (struct sockaddr *)&self, length) != 0 ||
        getsockname(fd, (struct sockaddr *)&self, &length) != 0 ||
        connect(fd, (struct sockaddr *)&self, length) != 0)
        return 1;
    double begin = now();
    for (int i = 0; i < 4; i++)
        if (send(fd, "x", 1, 0) != 1)
            return 1;
    puts(now() - begin >= 3 / 20.0 - 0.002 ? "held" : "free");
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "environment") == 0)
        return environment();
    if (argc == 2 && strcmp(argv[1], "held") == 0)
        return held();
    return 2;
}
