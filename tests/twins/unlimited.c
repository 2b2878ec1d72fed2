/* unlimited.c - what is never limited: everything that is no IPv4 or IPv6 socket. */
#include <linux/netlink.h>
#include <pty.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>

#include "twin.h"

static char bytes[200000];

static void unix_sockets(int type)
{
    int ends[2];
    MUST(socketpair(AF_UNIX, type, 0, ends));
    SAY(send(ends[0], data, 5000, 0));
    SAY(write(ends[0], data + 5000, 5000));
    SAY(send(ends[0], data, 0, 0));
    say("received %zu", read_exactly(ends[1], bytes, 5000));
    say("received %zu", read_exactly(ends[1], bytes + 5000, 5000));
    say("right %d", memcmp(bytes, data, 10000) == 0);
    SAY(send(ends[1], data, 100, MSG_DONTWAIT));
    SAY(recv(ends[0], bytes, 1000, 0));
    close(ends[1]);
    SAY(send(ends[0], data, 100, MSG_NOSIGNAL));
    SAY(recv(ends[0], bytes, 100, MSG_DONTWAIT));
}

static void unix_stream(void)
{
    unix_sockets(SOCK_STREAM);
}

static void unix_packets(void)
{
    unix_sockets(SOCK_SEQPACKET);
}

static void unix_datagrams(void)
{
    unix_sockets(SOCK_DGRAM);
}

static void unix_connections(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX}; /* the kernel chooses a name */
    socklen_t length = sizeof address;
    int listener = MUST(socket(AF_UNIX, SOCK_STREAM, 0)),
        fd = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
    MUST(bind(listener, (struct sockaddr *)&address, sizeof(sa_family_t)));
    MUST(getsockname(listener, (struct sockaddr *)&address, &length));
    SAY(connect(fd, (struct sockaddr *)&address, length));
    MUST(listen(listener, 1));
    SAY(connect(fd, (struct sockaddr *)&address, length));
    SAY(connect(fd, (struct sockaddr *)&address, length));
    SAY(send(fd, data, 100, 0));
    int accepted = MUST(accept(listener, NULL, NULL));
    say("received %zu", read_exactly(accepted, bytes, 100));
}

static void pipes(void)
{
    int ends[2];
    MUST(pipe2(ends, O_NONBLOCK));
    SAY(write(ends[1], data, 4096));
    SAY(writev(ends[1], &(struct iovec){data, 100}, 1));
    SAY(write(ends[1], data, sizeof bytes));
    SAY(write(ends[1], data, 1));
    SAY(read(ends[0], bytes, 4196));
    SAY(read(ends[0], bytes, sizeof bytes));
    SAY(read(ends[0], bytes, 1));
    SAY(send(ends[1], data, 1, 0));
    signal(SIGPIPE, SIG_IGN);
    close(ends[0]);
    SAY(write(ends[1], data, 1));
}

static void files(void)
{
    int fd = MUST(memfd_create("twin", 0)), full = MUST(open("/dev/full", O_WRONLY));
    struct iovec two[2] = {{data, 100}, {data + 100, 200}};
    SAY(write(fd, data, 5000));
    SAY(writev(fd, two, 2));
    SAY(pwritev2(fd, two, 2, 10, 0));
    SAY(pwritev2(fd, two, 2, -1, 0));
    SAY(pwritev2(fd, two, 2, 0, RWF_APPEND));
    SAY(pwritev2(fd, two, 2, 0, 0x40000000));
    SAY(preadv2(fd, two, 2, 10, 0));
    SAY(lseek(fd, 0, SEEK_CUR));
    SAY(lseek(fd, 0, SEEK_SET));
    SAY(read(fd, bytes, 6000));
    SAY(send(fd, data, 10, 0));
    SAY(write(full, data, 10));
    SAY(write(MUST(open("/dev/null", O_WRONLY)), data, DATA_BYTES));
    SAY(write(MUST(open("/dev/zero", O_RDONLY)), data, 10));
}

static void terminals(void)
{
    int master, slave;
    struct termios modes;
    if (openpty(&master, &slave, NULL, NULL, NULL) != 0)
        skip("no terminals");
    tcgetattr(slave, &modes);
    SAY(write(slave, "to the master\n", 14));
    say("read %zd, %.13s", read(master, bytes, 100), bytes);
    modes.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(slave, TCSANOW, &modes);
    SAY(write(master, "to the slave\n", 13));
    SAY(read(slave, bytes, 100));
    SAY(isatty(slave));
}

static void events(void)
{
    uint64_t value = 7;
    int fd = MUST(eventfd(0, EFD_NONBLOCK));
    SAY(write(fd, &value, sizeof value));
    SAY(write(fd, &value, sizeof value));
    SAY(write(fd, &value, 3));
    SAY(read(fd, &value, sizeof value));
    say("value %d", (int)value);
    SAY(read(fd, &value, sizeof value));
}

static void netlink(void)
{
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    struct nlmsghdr request = {.nlmsg_len = sizeof request, .nlmsg_type = NLMSG_NOOP};
    int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
    if (fd < 0)
        skip("no netlink");
    SAY(connect(fd, (struct sockaddr *)&kernel, sizeof kernel));
    SAY(send(fd, &request, sizeof request, 0));
    SAY(sendto(fd, &request, sizeof request, 0, (struct sockaddr *)&kernel, sizeof kernel));
}

static void spliced(void)
{
    int ends[2], others[2], fd = MUST(memfd_create("twin", 0)), to = MUST(memfd_create("to", 0));
    off64_t offset = 100;
    MUST(write(fd, data, 10000));
    MUST(pipe(ends));
    MUST(pipe(others));
    SAY(splice(fd, &offset, ends[1], NULL, 3000, 0));
    say("offset %d", (int)offset);
    SAY(tee(ends[0], others[1], 2000, 0));
    SAY(splice(ends[0], NULL, to, NULL, 5000, 0));
    SAY(splice(others[0], NULL, to, NULL, 5000, 0));
    SAY(sendfile(to, fd, &offset, 1000));
    SAY(copy_file_range(fd, &offset, to, NULL, 1000, 0));
    SAY(vmsplice(ends[1], &(struct iovec){data, 100}, 1, 0));
    SAY(lseek(to, 0, SEEK_END));
}

/* A socket comes through a Unix socket, with a number that was a file. */
static void passed_on(void)
{
    int ends[2], file = MUST(open("/dev/null", O_WRONLY)), got = -1;
    struct pair pair = tcp_pair();
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr aligned;
    } control = {.aligned = {.cmsg_len = CMSG_LEN(sizeof(int)),
                             .cmsg_level = SOL_SOCKET,
                             .cmsg_type = SCM_RIGHTS}};
    struct msghdr message = {.msg_iov = &(struct iovec){bytes, 10},
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    memcpy(CMSG_DATA(&control.aligned), &pair.near, sizeof(int));
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    SAY(sendmsg(ends[0], &message, 0));
    SAY(write(file, data, 5000));
    MUST(close(file));
    SAY(recvmsg(ends[1], &message, MSG_CMSG_CLOEXEC));
    memcpy(&got, CMSG_DATA(&control.aligned), sizeof got);
    say("the number of the file: %d, flags %d", got == file, fcntl(got, F_GETFD));
    SAY(send(got, data, 5000, 0));
    SAY(close(pair.near));
    SAY(send(got, data + 5000, 5000, 0));
    say_received((struct pair){got, pair.far});
}

TWINS(TWIN(unix_stream), TWIN(unix_packets), TWIN(unix_datagrams), TWIN(unix_connections),
      TWIN(pipes), TWIN(files), TWIN(terminals), TWIN(events), TWIN(netlink), TWIN(spliced),
      TWIN(passed_on))
