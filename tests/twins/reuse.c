/* reuse.c - a number that was a socket becomes a file, and the other way round, by every way to
 * close: nothing of the one is done to the other. */
#include <sys/mman.h>
#include <sys/syscall.h>

#include "twin.h"

static void say_file(int fd)
{
    char bytes[64] = "";
    say("file of %ld bytes: %.*s", (long)lseek(fd, 0, SEEK_END),
        (int)pread(fd, bytes, sizeof bytes, 0), bytes);
}

static void write_to_file(int fd)
{
    SAY(write(fd, "one ", 4));
    SAY(writev(fd, &(struct iovec){(char *)"two ", 4}, 1));
    SAY(send(fd, "no ", 3, 0));
    SAY(write(fd, "three", 5));
    say_file(fd);
}

static void send_to_socket(int fd)
{
    SAY(write(fd, data, 5000));
    SAY(send(fd, data + 5000, 5000, 0));
    SAY(write(fd, data + 10000, 10));
}

/* `way` ends the meaning of a number, which is the lowest that is free then. */
static void reuse(void (*way)(int fd))
{
    struct pair pair = tcp_pair();
    int number = pair.near;
    MUST(dup(pair.far)); /* takes the number that was the listener's */
    send_to_socket(number);
    way(number);
    say_result("afterwards: write", (errno = 0, write(number, data, 1)));
    say("the file has the same number: %d", memfd_create("twin", 0) == number);
    write_to_file(number);
    way(number);
    say("the socket has the same number: %d", socket(AF_INET, SOCK_DGRAM, 0) == number);
    SAY(write(number, data, 10));
    way(number);
    int original = MUST(open("/dev/null", O_RDONLY));
    struct pair other = tcp_pair();
    say("now it is a copy: %d", dup2(other.near, original) == number);
    close(other.near);
    send_to_socket(number);
    shutdown(number, SHUT_WR);
    say_stream("peer", drain(other.far));
}

static void by_close(int fd)
{
    SAY(close(fd));
}

static void by_close_range(int fd)
{
    SAY(close_range((unsigned)fd, (unsigned)fd, 0));
}

static void by_unsharing_close_range(int fd)
{
    SAY(close_range((unsigned)fd, (unsigned)fd, CLOSE_RANGE_UNSHARE));
}

static void by_syscall(int fd)
{
    SAY(syscall(SYS_close, fd));
}

static void by_fclose(int fd)
{
    FILE *stream = fdopen(fd, "r+");
    SAY(fclose(stream));
}

static void by_freopen(int fd)
{
    FILE *stream = fdopen(fd, "w");
    stream = freopen("/dev/null", "w", stream);
    SAY(fclose(stream));
}

static void by_dup2_and_close(int fd)
{
    int other = open("/dev/null", O_WRONLY);
    say("dup2: %d", dup2(other, fd) == fd);
    SAY(write(fd, data, 5000));
    close(other);
    SAY(close(fd));
}

static void by_dup3_and_close(int fd)
{
    int other = open("/dev/null", O_WRONLY);
    say("dup3: %d", dup3(other, fd, O_CLOEXEC) == fd);
    SAY(write(fd, data, 5000));
    close(other);
    SAY(close(fd));
}

#define REUSE(way)                                                                                 \
    static void way(void)                                                                          \
    {                                                                                              \
        reuse(by_##way);                                                                           \
    }
/* Not the names of the functions themselves. */
#define by_closed              by_close
#define by_ranged              by_close_range
#define by_ranged_and_unshared by_unsharing_close_range
#define by_called_by_number    by_syscall
#define by_stream_closed       by_fclose
#define by_stream_reopened     by_freopen
#define by_duplicated_over     by_dup2_and_close
#define by_duplicated_with     by_dup3_and_close
REUSE(closed)
REUSE(ranged)
REUSE(ranged_and_unshared)
REUSE(called_by_number)
REUSE(stream_closed)
REUSE(stream_reopened)
REUSE(duplicated_over)
REUSE(duplicated_with)

static void all_from(void)
{
    struct pair pair = tcp_pair();
    fcntl(REPORT_FD, F_DUPFD, 2);
    dup2(REPORT_FD, 2);
    report_fd = 2;
    send_to_socket(pair.near);
    closefrom(3);
    SAY(write(pair.near, data, 1));
    SAY(memfd_create("twin", 0));
    write_to_file(3);
    closefrom(3);
    pair = tcp_pair();
    say("numbers %d %d", pair.near, pair.far);
    send_to_socket(pair.near);
    say_received(pair);
}

static void closed_on_exec_only(void)
{
    struct pair pair = tcp_pair();
    SAY(close_range((unsigned)pair.near, (unsigned)pair.near, CLOSE_RANGE_CLOEXEC));
    SAY(fcntl(pair.near, F_GETFD));
    send_to_socket(pair.near);
    SAY(close_range(5, 4, 0));
    SAY(close_range(5, 5, 0x1000));
    say_received(pair);
}

/* A socket with two numbers lives until both are closed. */
static void duplicates(void)
{
    struct pair pair = tcp_pair();
    int second = dup(pair.near), third = fcntl(pair.near, F_DUPFD_CLOEXEC, 40), fourth = -1;
    SAY(send(pair.near, data, 1000, 0));
    SAY(write(second, data + 1000, 1000));
    SAY(close(pair.near));
    SAY(send(second, data + 2000, 1000, 0));
    SAY(send(pair.near, data, 1000, 0));
    say("dup3: %d", (fourth = dup3(third, 60, O_CLOEXEC)));
    SAY(close(second));
    SAY(send(third, data + 3000, 1000, 0));
    SAY(close(third));
    SAY(send(fourth, data + 4000, 1000, 0));
    SAY(close(fourth));
    SAY(close(fourth));
    say_stream("peer", drain(pair.far));
}

TWINS(TWIN(closed), TWIN(ranged), TWIN(ranged_and_unshared), TWIN(called_by_number),
      TWIN(stream_closed), TWIN(stream_reopened), TWIN(duplicated_over), TWIN(duplicated_with),
      TWIN(all_from), TWIN(closed_on_exec_only), TWIN(duplicates))
