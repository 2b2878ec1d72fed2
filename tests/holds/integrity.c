/*
 * integrity.c - what goes out in pieces arrives once and in order, whatever the call, the size and
 * the shape of the buffer; and the call returns what it would have.
 *
 * Limit: `out 1MB/s burst=7001`: an odd piece.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#include "hold.h"

enum { MOST_PARTS = 1024, BURST = 7001 };

static const size_t sizes[] = {1, 7000, 7001, 7002, 14003, 60000};

/* How `data` is cut into parts: the length of part i if `rest` bytes are left. */
typedef size_t shape(size_t i, size_t length);

static size_t whole(size_t i, size_t length)
{
    return i == 0 ? length : 0;
}

static size_t a_hundred(size_t i, size_t length)
{
    return i < 99 ? length / 100 : length;
}

static size_t single_bytes(size_t i, size_t length)
{
    return i < 1000 ? 1 : length;
}

static size_t with_empty_ones(size_t i, size_t length)
{
    return i % 3 != 1 ? 0 : i < 900 ? length / 301 + 1 : length;
}

static size_t uneven(size_t i, size_t length)
{
    return i < 1000 ? (size_t)((uint32_t)(i + length) * 2654435761u >> 20) % 211 : length;
}

static shape *const shapes[] = {whole, a_hundred, single_bytes, with_empty_ones, uneven};
enum { SHAPES = sizeof shapes / sizeof *shapes, SIZES = sizeof sizes / sizeof *sizes };

static struct iovec parts[MOST_PARTS];

static size_t cut(shape *part, size_t position, size_t length)
{
    size_t count = 0;
    for (size_t rest = length; count < MOST_PARTS && (rest > 0 || count < 4); count++) {
        size_t bytes = part(count, length);
        bytes = bytes < rest ? bytes : rest;
        parts[count] = (struct iovec){data + position, bytes};
        position += bytes;
        rest -= bytes;
    }
    return count;
}

/* Send `length` bytes from `position` on in one call, and say how many that were. */
typedef size_t way(int fd, size_t position, size_t length, shape *part);

/* Each size in each shape on one connection. */
static void send_all(way *send_one, size_t some_shapes)
{
    struct sink sink;
    size_t position = 0;
    sink_start(&sink, tcp_pair());
    double begin = now();
    for (size_t i = 0; i < SIZES; i++)
        for (size_t j = 0; j < some_shapes; j++) {
            CHECK_EQ(send_one(sink.pair.near, position, sizes[i], shapes[j]), sizes[i]);
            position += sizes[i];
        }
    double least = ((double)position - BURST) / 1e6;
    CHECK_TOOK(begin, least, least + 1);
    sink_stop(&sink, position);
}

static size_t by_send(int fd, size_t position, size_t length, shape *part)
{
    (void)part;
    return (size_t)send(fd, data + position, length, 0);
}

static size_t by_sendto(int fd, size_t position, size_t length, shape *part)
{
    (void)part;
    return (size_t)sendto(fd, data + position, length, 0, NULL, 0);
}

static size_t by_write(int fd, size_t position, size_t length, shape *part)
{
    (void)part;
    return (size_t)write(fd, data + position, length);
}

static size_t by_sendmsg(int fd, size_t position, size_t length, shape *part)
{
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = cut(part, position, length)};
    return (size_t)sendmsg(fd, &message, 0);
}

static size_t by_writev(int fd, size_t position, size_t length, shape *part)
{
    return (size_t)writev(fd, parts, (int)cut(part, position, length));
}

static size_t by_pwritev2(int fd, size_t position, size_t length, shape *part)
{
    return (size_t)pwritev2(fd, parts, (int)cut(part, position, length), -1, 0);
}

/* The parts dealt out to up to five messages. */
static size_t by_sendmmsg(int fd, size_t position, size_t length, shape *part)
{
    enum { MESSAGES = 5 };
    struct mmsghdr messages[MESSAGES] = {0};
    size_t count = cut(part, position, length), first = 0, bytes = 0;
    for (size_t i = 0; i < MESSAGES; i++) {
        size_t some = i < MESSAGES - 1 ? count / MESSAGES : count - first;
        messages[i].msg_hdr = (struct msghdr){.msg_iov = parts + first, .msg_iovlen = some};
        first += some;
    }
    CHECK_EQ(sendmmsg(fd, messages, MESSAGES, 0), MESSAGES);
    for (size_t i = 0; i < MESSAGES; i++) {
        size_t wanted = 0;
        for (size_t j = 0; j < messages[i].msg_hdr.msg_iovlen; j++)
            wanted += messages[i].msg_hdr.msg_iov[j].iov_len;
        CHECK_EQ(messages[i].msg_len, wanted);
        bytes += messages[i].msg_len;
    }
    return bytes;
}

static int file_of_data(void)
{
    static int file = -1;
    if (file < 0) {
        file = MUST(memfd_create("data", 0));
        MUST(write(file, data, DATA_BYTES));
    }
    return file;
}

/* With an offset that moves, and the position of the file stays; or the other way round. */
static size_t by_sendfile(int fd, size_t position, size_t length, shape *part)
{
    off_t offset = (off_t)position, end = offset + (off_t)length;
    off_t before = lseek(file_of_data(), offset, SEEK_SET);
    size_t sent = (size_t)sendfile(fd, file_of_data(), part == whole ? &offset : NULL, length);
    CHECK_EQ(offset, part == whole ? end : before);
    CHECK_EQ(lseek(file_of_data(), 0, SEEK_CUR), part == whole ? before : end);
    return sent;
}

static size_t by_sendfile64(int fd, size_t position, size_t length, shape *part)
{
    off64_t offset = (off64_t)position, end = offset + (off64_t)length;
    off64_t before = lseek64(file_of_data(), offset, SEEK_SET);
    size_t sent = (size_t)sendfile64(fd, file_of_data(), part == whole ? &offset : NULL, length);
    CHECK_EQ(offset, part == whole ? end : before);
    CHECK_EQ(lseek64(file_of_data(), 0, SEEK_CUR), part == whole ? before : end);
    return sent;
}

/* It may be short, but what it says must be true: the rest is still in the pipe. */
static size_t by_splice(int fd, size_t position, size_t length, shape *part)
{
    int ends[2];
    size_t done = 0;
    (void)part;
    MUST(pipe(ends));
    MUST(write(ends[1], data + position, length));
    while (done < length) {
        ssize_t sent = splice(ends[0], NULL, fd, NULL, length - done, 0);
        if (!CHECK(sent > 0))
            break;
        done += (size_t)sent;
    }
    close(ends[0]);
    close(ends[1]);
    return done;
}

/* A file that ends before the count does. */
static void end_of_file(void)
{
    struct sink sink;
    sink_start(&sink, tcp_pair());
    int file = MUST(memfd_create("short", 0));
    MUST(write(file, data, 40000));
    off_t offset = 0;
    double begin = now();
    CHECK_EQ(sendfile(sink.pair.near, file, &offset, 1000000), 40000);
    CHECK_TOOK(begin, (40000 - BURST) / 1e6, 0.5);
    CHECK_EQ(offset, 40000);
    CHECK_EQ(sendfile(sink.pair.near, file, &offset, 1000000), 0);
    sink_stop(&sink, 40000);
}

#define WAY(name, some_shapes)                                                                     \
    static void name##_(void)                                                                      \
    {                                                                                              \
        send_all(by_##name, some_shapes);                                                          \
    }

WAY(send, 2)
WAY(sendto, 2)
WAY(sendmsg, SHAPES)
WAY(sendmmsg, SHAPES)
WAY(write, 2)
WAY(writev, SHAPES)
WAY(pwritev2, SHAPES)
WAY(sendfile, 2)
WAY(sendfile64, 2)
WAY(splice, 2)

HOLD_MAIN({"send", send_}, {"sendto", sendto_}, {"sendmsg", sendmsg_}, {"sendmmsg", sendmmsg_},
          {"write", write_}, {"writev", writev_}, {"pwritev2", pwritev2_}, {"sendfile", sendfile_},
          {"sendfile64", sendfile64_}, {"splice", splice_}, BEHAVIOUR(end_of_file))
