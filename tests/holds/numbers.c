/*
 * numbers.c - a descriptor number that comes to mean something else is seen for what it is then.
 *
 * Limit: `write 1/h timeout=1ms`, and its one call is used up at the beginning: from then on a
 * write on what is limited fails with ETIMEDOUT, and a write on anything else succeeds.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "hold.h"

static bool is_limited(int fd)
{
    return write(fd, data, 1) == -1 && errno == ETIMEDOUT;
}

static bool is_free(int fd)
{
    return write(fd, data, DATA_BYTES) == DATA_BYTES;
}

/* Ways to close a number. That of the test is the highest one: nothing else goes with it. */
static void by_close(int fd)
{
    MUST(close(fd));
}

static void by_close_range(int fd)
{
    MUST(close_range((unsigned)fd, (unsigned)fd, 0));
}

static void by_close_range_to_the_end(int fd)
{
    MUST(close_range((unsigned)fd, ~0U, CLOSE_RANGE_UNSHARE));
}

static void by_closefrom(int fd)
{
    closefrom(fd);
}

static void by_fclose(int fd)
{
    MUST(fclose(fdopen(fd, "w")));
}

static void by_system_call(int fd)
{
    MUST(syscall(SYS_close, fd));
}

static const struct {
    const char *name;
    void (*close)(int fd);
} closers[] = {{"close", by_close},
               {"close_range", by_close_range},
               {"close_range to the end", by_close_range_to_the_end},
               {"closefrom", by_closefrom},
               {"fclose", by_fclose},
               {"a raw close", by_system_call}};

/* What is copied or received: a socket in one half of the tests, a file in the other. */
static int original, mailbox[2], listener, self;
static struct sockaddr_in address;

static void post(void)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } room;
    struct iovec iov = {data, 1};
    struct msghdr message = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &room, .msg_controllen = sizeof room};
    *CMSG_FIRSTHDR(&message) = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), &original, sizeof original);
    MUST(sendmsg(mailbox[0], &message, 0));
}

static int received(bool many)
{
    char byte, room[64];
    int fd;
    post();
    struct iovec iov = {&byte, 1};
    struct mmsghdr message = {
        .msg_hdr = {
            .msg_iov = &iov, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room}};
    if (many)
        MUST(recvmmsg(mailbox[1], &message, 1, 0, NULL));
    else
        MUST(recvmsg(mailbox[1], &message.msg_hdr, 0));
    memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message.msg_hdr)), sizeof fd);
    return fd;
}

/* Ways to get a number again, which is the lowest that is free. */
#define OPENER(name, call)                                                                         \
    static int by_##name(int fd)                                                                   \
    {                                                                                              \
        (void)fd;                                                                                  \
        return call;                                                                               \
    }

OPENER(dup, dup(original))
OPENER(dup2, dup2(original, fd))
OPENER(dup3, dup3(original, fd, O_CLOEXEC))
OPENER(dupfd, fcntl(original, F_DUPFD, fd))
OPENER(dupfd_cloexec, fcntl(original, F_DUPFD_CLOEXEC, fd))
OPENER(recvmsg, received(false))
OPENER(recvmmsg, received(true))
OPENER(pidfd_getfd, pidfd_getfd(self, original, 0))
OPENER(socket, socket(AF_INET, SOCK_STREAM, 0))
OPENER(accept, accept(listener, NULL, NULL))
OPENER(accept4, accept4(listener, NULL, NULL, SOCK_CLOEXEC))
OPENER(memfd_create, memfd_create("new", 0))
OPENER(open, open("/dev/null", O_WRONLY))

struct opener {
    const char *name;
    int (*open)(int fd);
};

static const struct opener copiers[] = {
    {"dup", by_dup},           {"dup2", by_dup2},
    {"dup3", by_dup3},         {"F_DUPFD", by_dupfd},
    {"recvmsg", by_recvmsg},   {"F_DUPFD_CLOEXEC", by_dupfd_cloexec},
    {"recvmmsg", by_recvmmsg}, {"pidfd_getfd", by_pidfd_getfd}};
static const struct opener socket_makers[] = {
    {"socket", by_socket}, {"accept", by_accept}, {"accept4", by_accept4}};
static const struct opener file_makers[] = {{"memfd_create", by_memfd_create}, {"open", by_open}};

static int any_socket, any_file;

/* The number is a `first`, is used, closed (or replaced), got again, and is then no `first`. */
static void change(int first, const char *how, void (*close_it)(int), const struct opener *opener)
{
    bool to_socket = first == any_file;
    int fd = MUST(dup(first));
    CHECK(to_socket ? is_free(fd) : is_limited(fd));
    if (close_it)
        close_it(fd);
    if (!CHECK_EQ(opener->open(fd), fd) || !CHECK(to_socket ? is_limited(fd) : is_free(fd)))
        fprintf(stderr, "    after %s, by %s\n", how, opener->name);
    MUST(close(fd));
}

static void change_each_way(int first, const struct opener *openers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < sizeof closers / sizeof *closers; j++) {
            int client = socket(AF_INET, SOCK_STREAM, 0); /* somebody to accept */
            MUST(connect(client, (struct sockaddr *)&address, sizeof address));
            change(first, closers[j].name, closers[j].close, &openers[i]);
            MUST(close(client));
        }
}

static void prepare(void)
{
    signal(SIGPIPE, SIG_IGN);
    any_socket = tcp_pair().near;
    any_file = MUST(memfd_create("file", 0));
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, mailbox));
    listener = tcp_listen(&address, 100);
    self = MUST(pidfd_open(getpid(), 0));
    CHECK_EQ(write(any_socket, data, 1), 1);
    CHECK(is_limited(any_socket));
}

#define EACH(openers) openers, sizeof openers / sizeof *openers

static void change_by_copies(int first, int second)
{
    original = second;
    change_each_way(first, EACH(copiers));
    change(first, "nothing", NULL, &copiers[1]); /* dup2 and dup3 close it themselves */
    change(first, "nothing", NULL, &copiers[2]);
}

static void socket_after_file(void)
{
    prepare();
    change_each_way(any_file, EACH(socket_makers));
    change_by_copies(any_file, any_socket);
}

static void file_after_socket(void)
{
    prepare();
    change_each_way(any_socket, EACH(file_makers));
    change_by_copies(any_socket, any_file);
}

HOLD_MAIN(BEHAVIOUR(socket_after_file), BEHAVIOUR(file_after_socket))
