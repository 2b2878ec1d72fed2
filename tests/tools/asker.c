/* asker.c - asker PORT: sends a request, shuts itself in as strictly as seccomp(2) does, so that it
 * can read, write and end, and is killed for anything else, and then reads the answer. */
#include <linux/seccomp.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tool.h"

int main(int argc, char **argv)
{
    static const char request[] = "GET /page HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    char answer[4096];
    if (argc != 2)
        return 2;
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)atoi(argv[1])),
                                        .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0 ||
        write(fd, request, strlen(request)) != (ssize_t)strlen(request) ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0)
        die("ask, and shut itself in");
    bool good = read(fd, answer, sizeof answer) > 0;
    syscall(SYS_exit, good ? 0 : 1);
}
