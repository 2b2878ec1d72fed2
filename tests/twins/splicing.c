/* splicing.c - sendfile and splice: offsets, ends of files, and what is left in a pipe. */
#include <sys/mman.h>
#include <sys/sendfile.h>

#include "twin.h"

static int file_of(size_t length)
{
    int fd = MUST(memfd_create("twin", 0));
    if (length > 0)
        MUST(write(fd, data, length));
    MUST(lseek(fd, 0, SEEK_SET));
    return fd;
}

static void with_offset(void)
{
    struct pair pair = tcp_pair();
    int fd = file_of(20000);
    off_t offset = 1000;
    SAY(sendfile(pair.near, fd, &offset, 10000));
    say("offset %ld, position %ld", (long)offset, (long)lseek(fd, 0, SEEK_CUR));
    SAY(sendfile(pair.near, fd, &offset, 10000));
    say("offset %ld, position %ld", (long)offset, (long)lseek(fd, 0, SEEK_CUR));
    SAY(sendfile(pair.near, fd, &offset, 10000));
    offset = 50000;
    SAY(sendfile(pair.near, fd, &offset, 10000));
    offset = -1;
    SAY(sendfile(pair.near, fd, &offset, 10000));
    say("offset %ld", (long)offset);
    say_received(pair);
}

static void with_position(void)
{
    struct pair pair = tcp_pair();
    int fd = file_of(20000);
    SAY(lseek(fd, 500, SEEK_SET));
    SAY(sendfile(pair.near, fd, NULL, 10000));
    SAY(lseek(fd, 0, SEEK_CUR));
    SAY(sendfile64(pair.near, fd, NULL, 20000));
    SAY(lseek(fd, 0, SEEK_CUR));
    SAY(sendfile(pair.near, fd, NULL, 10000));
    say_received(pair);
}

static void of_nothing(void)
{
    struct pair pair = tcp_pair();
    SAY(sendfile(pair.near, file_of(100), NULL, 0));
    SAY(sendfile(pair.near, file_of(0), NULL, 100));
    SAY(splice(file_of(100), NULL, pair.near, NULL, 0, 0));
    say_received(pair);
}

static void of_what_cannot_be(void)
{
    struct pair pair = tcp_pair(), other = tcp_pair();
    int ends[2], fd = file_of(1000);
    signal(SIGPIPE, SIG_IGN);
    MUST(pipe2(ends, O_NONBLOCK));
    SAY(sendfile(pair.near, ends[0], NULL, 100));
    SAY(sendfile(pair.near, other.near, NULL, 100));
    SAY(sendfile(pair.near, -1, NULL, 100));
    SAY(sendfile(pair.near, MUST(open("/dev/null", O_WRONLY)), NULL, 100));
    SAY(sendfile(-1, fd, NULL, 100));
    SAY(sendfile(MUST(socket(AF_INET, SOCK_STREAM, 0)), fd, NULL, 100));
    SAY(splice(fd, NULL, pair.near, NULL, 100, 0));
    SAY(splice(ends[0], NULL, pair.near, NULL, 100, 0));
    SAY(splice(ends[0], NULL, pair.near, NULL, 100, SPLICE_F_NONBLOCK));
    SAY(splice(-1, NULL, pair.near, NULL, 100, 0));
    SAY(splice(ends[0], NULL, -1, NULL, 100, 0));
    SAY(splice(ends[0], NULL, pair.near, NULL, 100, 0x1000));
    off64_t offset = 0;
    SAY(splice(ends[0], NULL, pair.near, &offset, 100, 0));
    SAY(splice(ends[0], &offset, pair.near, NULL, 100, 0));
    say_received(pair);
}

/* As much as is there; splice may stop earlier. */
static void out_of_a_pipe(void)
{
    struct pair pair = tcp_pair();
    int ends[2], left;
    size_t done = 0;
    MUST(pipe(ends));
    MUST(write(ends[1], data, 20000));
    close(ends[1]);
    for (ssize_t sent; (sent = splice(ends[0], NULL, pair.near, NULL, 50000, 0)) > 0;)
        done += (size_t)sent;
    say("spliced %zu", done);
    MUST(ioctl(ends[0], FIONREAD, &left));
    say("left %d", left);
    say_received(pair);
}

static void into_a_pipe(void)
{
    struct pair pair = tcp_pair();
    int ends[2], left;
    size_t done = 0;
    MUST(pipe(ends));
    SAY(send(pair.near, data, 20000, 0));
    while (done < 20000) {
        ssize_t got = splice(pair.far, NULL, ends[1], NULL, 20000 - done, 0);
        if (got <= 0)
            break;
        done += (size_t)got;
    }
    MUST(ioctl(ends[0], FIONREAD, &left));
    say("spliced %zu, left %d", done, left);
}

static void to_a_datagram_socket(void)
{
    static char bytes[70000];
    struct pair pair = udp_pair();
    int ends[2];
    SAY(sendfile(pair.near, file_of(3000), NULL, 3000));
    SAY(recv(pair.far, bytes, sizeof bytes, 0));
    MUST(pipe(ends));
    MUST(write(ends[1], data, 2000));
    SAY(splice(ends[0], NULL, pair.near, NULL, 2000, 0));
    SAY(recv(pair.far, bytes, sizeof bytes, 0));
    say("right %d", memcmp(bytes, data, 2000) == 0);
}

/* A peer that reads slowly gets all of it. */
static void to_a_full_socket(void)
{
    struct pair pair = narrow_pair();
    struct reader reader;
    size_t filled = fill(pair.near);
    int fd = file_of(DATA_BYTES);
    MUST(lseek(fd, (off_t)filled, SEEK_SET));
    MUST(fcntl(pair.near, F_SETFL, O_NONBLOCK));
    SAY(sendfile(pair.near, fd, NULL, 100000));
    SAY(lseek(fd, 0, SEEK_CUR) == (off_t)filled);
    MUST(fcntl(pair.near, F_SETFL, 0));
    reader_start(&reader, pair.far);
    SAY(sendfile(pair.near, fd, NULL, 100000));
    SAY(lseek(fd, 0, SEEK_CUR) == (off_t)filled + 100000);
    shutdown(pair.near, SHUT_WR);
    say_matches(reader_end(&reader), filled + 100000);
}

/* On a socket an offset means nothing, and most flags neither. */
static void vectors_with_offsets(void)
{
    struct pair pair = tcp_pair();
    struct iovec iov = {data, 1000};
    SAY(pwritev2(pair.near, &iov, 1, 0, 0));
    SAY(pwritev2(pair.near, &iov, 1, 10, 0));
    SAY(pwritev2(pair.near, &iov, 1, -1, 0));
    SAY(pwritev2(pair.near, &iov, 1, -1, RWF_HIPRI));
    SAY_AT_LAST(pair.near, POLLOUT, pwritev2(pair.near, &iov, 1, -1, RWF_NOWAIT));
    SAY(pwritev2(pair.near, &iov, 1, -1, 0x40000000));
    SAY(pwritev2(pair.near, &iov, 1, -2, 0));
    SAY(preadv2(pair.near, &iov, 1, 0, 0));
    SAY(preadv2(pair.near, &iov, 1, -1, RWF_NOWAIT));
    SAY(pwrite(pair.near, data, 100, 0));
    say_received(pair);
}

TWINS(TWIN(with_offset), TWIN(with_position), TWIN(of_nothing), TWIN(of_what_cannot_be),
      TWIN(out_of_a_pipe), TWIN(into_a_pipe), TWIN(to_a_datagram_socket), TWIN(to_a_full_socket),
      TWIN(vectors_with_offsets))
