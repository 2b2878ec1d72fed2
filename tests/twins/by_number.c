/* by_number.c - syscall(2): calls by their numbers, those that are limited and those that are not.
 */
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "twin.h"

static struct iovec iov = {data, 3000};
static struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};

static void sending(void)
{
    struct pair pair = tcp_pair();
    struct mmsghdr batch = {.msg_hdr = message};
    int file = MUST(memfd_create("twin", 0)), ends[2];
    MUST(write(file, data, 3000));
    MUST(pipe(ends));
    MUST(write(ends[1], data, 3000));
    off_t offset = 0;
    SAY(syscall(SYS_sendto, pair.near, data, 3000, 0, NULL, 0));
    SAY(syscall(SYS_sendmsg, pair.near, &message, 0));
    SAY(syscall(SYS_sendmmsg, pair.near, &batch, 1, 0));
    say("length %u", batch.msg_len);
    SAY(syscall(SYS_write, pair.near, data, 3000));
    SAY(syscall(SYS_writev, pair.near, &iov, 1));
    SAY(syscall(SYS_pwritev2, pair.near, &iov, 1, -1L, -1L, 0));
    SAY(syscall(SYS_sendfile, pair.near, file, &offset, 3000L));
    say("offset %ld", (long)offset);
    SAY(syscall(SYS_splice, ends[0], NULL, pair.near, NULL, 2000L, 0));
    say_received(pair);
}

static void receiving(void)
{
    char bytes[100];
    struct pair pair = tcp_pair();
    struct iovec room = {bytes, 10};
    struct msghdr incoming = {.msg_iov = &room, .msg_iovlen = 1};
    struct mmsghdr batch = {.msg_hdr = incoming};
    SAY(send(pair.far, data, 100, 0));
    await_bytes(pair.near, 100);
    SAY(syscall(SYS_recvfrom, pair.near, bytes, 10, 0, NULL, NULL));
    SAY(syscall(SYS_recvmsg, pair.near, &incoming, 0));
    SAY(syscall(SYS_recvmmsg, pair.near, &batch, 1, 0, NULL));
    SAY(syscall(SYS_read, pair.near, bytes, 10));
    SAY(syscall(SYS_readv, pair.near, &room, 1));
    SAY(syscall(SYS_preadv2, pair.near, &room, 1, -1L, -1L, 0));
    SAY(syscall(SYS_recvfrom, pair.near, bytes, 100, MSG_PEEK, NULL, NULL));
}

static void connections(void)
{
    union address address;
    int listener = tcp_listener(&address, 2);
    long fd = syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
    SAY(syscall(SYS_connect, fd, &address, sizeof address.in));
    SAY(syscall(SYS_connect, fd, &address, sizeof address.in));
    long accepted = syscall(SYS_accept4, listener, NULL, NULL, SOCK_CLOEXEC);
    say("accepted %d, flags %d", accepted > 0, fcntl((int)accepted, F_GETFD));
    SAY(syscall(SYS_sendto, accepted, data, 100L, 0, NULL, 0));
    SAY(syscall(SYS_shutdown, accepted, SHUT_WR));
    say_stream("peer", drain((int)fd));
}

static void descriptors(void)
{
    struct pair pair = tcp_pair();
    int two[2] = {-1, -1};
    long copy = syscall(SYS_dup, pair.near);
    say("dup %ld", copy - pair.near);
    SAY(syscall(SYS_write, copy, data, 3000L));
    SAY(syscall(SYS_dup3, pair.near, 50L, O_CLOEXEC));
    SAY(syscall(SYS_write, 50L, data, 3000L));
    SAY(syscall(SYS_fcntl, 50L, F_GETFD));
    SAY(syscall(SYS_fcntl, pair.near, F_DUPFD, 60L));
    SAY(syscall(SYS_fcntl, 60L, F_SETFL, O_NONBLOCK));
    SAY(syscall(SYS_fcntl, 60L, F_GETFL));
    SAY(syscall(SYS_fcntl, 60L, F_SETFL, 0));
    SAY(syscall(SYS_close, copy));
    SAY(syscall(SYS_close, copy));
    SAY(syscall(SYS_close_range, 50L, 60L, 0));
    SAY(syscall(SYS_write, 50L, data, 1L));
    SAY(syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, two));
    SAY(syscall(SYS_write, two[0], data, 3000L));
    SAY(syscall(SYS_write, pair.near, data, 3000L));
    say_received(pair);
}

static void errors(void)
{
    SAY(syscall(SYS_write, -1, data, 10L));
    SAY(syscall(SYS_sendto, 999, data, 10L, 0, NULL, 0));
    SAY(syscall(SYS_connect, -1, NULL, 0));
    SAY(syscall(SYS_close, 999));
    SAY(syscall(SYS_dup3, 999, 999, 0));
    SAY(syscall(SYS_read, 999, data, 10L));
    SAY(syscall(100000L));
    SAY(syscall(-1L));
}

/* With up to six arguments, of all widths. */
static void others(void)
{
    uint32_t word = 1;
    say("the same process: %d", syscall(SYS_getpid) == getpid());
    say("the same thread: %d", syscall(SYS_gettid) == gettid());
    void *page = (void *)syscall(SYS_mmap, NULL, 4096L, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS, -1L, 0L);
    say("mapped %d", page != MAP_FAILED);
    SAY(syscall(SYS_munmap, page, 4096L));
    SAY(syscall(SYS_futex, &word, FUTEX_WAIT, 2, NULL, NULL, 0));
    SAY(syscall(SYS_futex, &word, FUTEX_WAKE, 1, NULL, NULL, 0));
    SAY(syscall(SYS_madvise, NULL, 0L, -1L));
    SAY(syscall(SYS_kill, (long)getpid(), 0L));
}

static void processes(void)
{
    int status;
    struct pair pair = tcp_pair();
    long child = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0L);
    if (child == 0) {
        long sent = syscall(SYS_write, pair.near, data, 3000L);
        syscall(SYS_exit_group, sent == 3000 ? 5L : 6L);
    }
    SAY(syscall(SYS_wait4, child, &status, 0L, NULL) == child);
    say("exited with %d", WEXITSTATUS(status));
    say_received(pair);
}

TWINS(TWIN(sending), TWIN(receiving), TWIN(connections), TWIN(descriptors), TWIN(errors),
      TWIN(others), TWIN(processes))
