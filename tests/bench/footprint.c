/*
 * footprint.c - what the shim takes of a process: memory, and stack below a call.
 *
 *     footprint memory     after a call has been made: resident and private dirty KiB of it all,
 *                          to be compared with a run without the shim
 *     footprint stack      bytes of stack that a call uses below what libc's own uses, of the
 *                          second call by each name (the first may look symbols up); held calls
 *                          too, if the limit is such that the second is held
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "bench.h"

#define STACK (UINT64_C(256) << 10)
#define PAINT 0x5a

/* A UDP socket that is connected to itself. */
static int datagrams(void)
{
    struct sockaddr_in self = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof self;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&self, sizeof self) != 0 ||
        getsockname(fd, (struct sockaddr *)&self, &length) != 0 ||
        connect(fd, (struct sockaddr *)&self, sizeof self) != 0)
        err(1, "a UDP socket");
    return fd;
}

static void memory(void)
{
    char line[256];
    long kib;

    if (send(datagrams(), "x", 1, 0) != 1)
        err(1, "send");
    FILE *rollup = fopen("/proc/self/smaps_rollup", "r");
    if (!rollup)
        err(1, "/proc/self/smaps_rollup");
    while (fgets(line, sizeof line, rollup))
        if (sscanf(line, "Rss: %ld", &kib) == 1)
            printf("resident\t%ld\n", kib);
        else if (sscanf(line, "Private_Dirty: %ld", &kib) == 1)
            printf("dirty\t%ld\n", kib);
    fclose(rollup);
}

typedef ssize_t send_function(int, const void *, size_t, int);
typedef ssize_t write_function(int, const void *, size_t);
typedef ssize_t sendmsg_function(int, const struct msghdr *, int);
typedef int connect_function(int, const struct sockaddr *, socklen_t);

static struct call {
    const char *name;
    void *function;
    int fd;
    uintptr_t frame; /* where the stack was when the call was made */
} calls[] = {{.name = "send"}, {.name = "write"}, {.name = "sendmsg"}, {.name = "connect"}};

static void *make(void *argument)
{
    struct call *call = argument;
    struct iovec piece = {.iov_base = call, .iov_len = 1};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    call->frame = (uintptr_t)__builtin_frame_address(0);
    switch (call->name[0] == 's' ? call->name[4] : call->name[0]) {
    case '\0':
        return (void *)((send_function *)call->function)(call->fd, call, 1, 0);
    case 'w':
        return (void *)((write_function *)call->function)(call->fd, call, 1);
    case 'm':
        return (void *)((sendmsg_function *)call->function)(call->fd, &message, 0);
    default:
        return (void *)(intptr_t)((connect_function *)call->function)(
            call->fd, (struct sockaddr *)&to, sizeof to);
    }
}

/* In a thread of its own, on a stack that was painted before: where is the paint still whole? */
static long depth(struct call *call, void *function)
{
    static unsigned char *stack;
    pthread_attr_t attributes;
    pthread_t thread;

    if (!stack)
        stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stack == MAP_FAILED)
        err(1, "mmap");
    memset(stack, PAINT, STACK);
    call->function = function;
    pthread_attr_init(&attributes);
    pthread_attr_setstack(&attributes, stack, STACK);
    if (pthread_create(&thread, &attributes, make, call) != 0)
        errx(1, "pthread_create");
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);

    const unsigned char *lowest = stack;
    while (*lowest == PAINT)
        lowest++;
    return (long)(call->frame - (uintptr_t)lowest);
}

static void stack(void)
{
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        struct call *call = &calls[i];
        void *interposed = dlsym(RTLD_DEFAULT, call->name), *plain = in_libc(call->name);

        call->fd = call->name[0] == 'c' ? socket(AF_INET, SOCK_STREAM, 0) : datagrams();
        depth(call, interposed);
        long with = depth(call, interposed), without = depth(call, plain);
        printf("%s\t%ld\t%ld\t%ld\n", call->name, without, with, with - without);
    }
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "memory") == 0)
        memory();
    else if (argc == 2 && strcmp(argv[1], "stack") == 0)
        stack();
    else
        errx(1, "usage: footprint memory|stack");
}
