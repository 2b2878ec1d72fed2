/*
 * connector.c - opens TCP connections to 127.0.0.1 and drops them, as fast as it is let.
 *
 * They are reset rather than closed (SO_LINGER 0): that leaves no TIME_WAIT behind, so thousands
 * of them do not use up the ports.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sockaddr_in server = {.sin_family = AF_INET};
static long wanted = 1; /* connections, all threads together */
static long begun, failed;

static void connect_once(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct linger reset = {.l_onoff = 1};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    if (connect(fd, (struct sockaddr *)&server, sizeof server) < 0) {
        fprintf(stderr, "connector: cannot connect: %s\n", strerror(errno));
        __atomic_add_fetch(&failed, 1, __ATOMIC_RELAXED);
    }
    close(fd);
}

static void *connect_many(void *unused)
{
    (void)unused;
    while (__atomic_fetch_add(&begun, 1, __ATOMIC_RELAXED) < wanted)
        connect_once();
    return NULL;
}

int main(int argc, char **argv)
{
    int threads = 1;
    for (int option; (option = getopt(argc, argv, "n:t:")) != -1;)
        if (option == 'n')
            wanted = atol(optarg);
        else if (option == 't')
            threads = atoi(optarg);
    if (optind != argc - 1 || threads < 1 || threads > 64) {
        fputs("connector [-n CONNECTIONS] [-t THREADS] PORT\n", stderr);
        return 2;
    }
    server.sin_port = htons((uint16_t)atoi(argv[optind]));
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    pthread_t thread[64];
    for (int i = 1; i < threads; i++)
        if (pthread_create(&thread[i], NULL, connect_many, NULL))
            return 2;
    connect_many(NULL);
    for (int i = 1; i < threads; i++)
        pthread_join(thread[i], NULL);
    printf("%ld connected, %ld failed\n", wanted - failed, failed);
    return failed > 0;
}
