/*
 * tool.h - what a tool that serves on 127.0.0.1 and measures needs, whatever it serves: a port that
 * it tells, and an end that it is told.
 */
#ifndef TOOL_H
#define TOOL_H

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>

static inline _Noreturn void die(const char *what)
{
    fprintf(stderr, "%s: cannot %s: %s\n", program_invocation_short_name, what, strerror(errno));
    exit(1);
}

static inline FILE *open_measurements(const char *file)
{
    FILE *stream = fopen(file, "we");
    if (!stream)
        die("write the measurements");
    return stream;
}

/* type: with flags, as of socket(2); port: 0 for an ephemeral one. */
static inline int open_port(int type, const char *port)
{
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)atoi(port)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
        die("bind to the port");
    return fd;
}

/* To a file, or to stdout if none is named. Written under another name first, so that who waits for
 * the file never sees half of it. */
static inline void tell_port(int fd, const char *file)
{
    struct sockaddr_in address;
    getsockname(fd, (struct sockaddr *)&address, &(socklen_t){sizeof address});
    if (!file) {
        printf("%d\n", ntohs(address.sin_port));
        fflush(stdout);
        return;
    }
    char draft[4096];
    snprintf(draft, sizeof draft, "%s.draft", file);
    FILE *stream = fopen(draft, "we");
    if (!stream || fprintf(stream, "%d\n", ntohs(address.sin_port)) < 0 || fclose(stream) ||
        rename(draft, file))
        die("write the port file");
}

/* Returns the signals that end the tool: blocked, for it to wait for. Before it starts a thread. */
static inline sigset_t block_ends(void)
{
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* a script that is killed leaves none behind */
    return ends;
}

#endif
