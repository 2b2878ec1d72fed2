/*
 * high.c - descriptors of whatever number: that in the environment as NUMBER.
 *
 * Limits: as each behaviour says. Skipped if RLIMIT_NOFILE does not allow that number.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "hold.h"

static int number;

static void choose_number(void)
{
    const char *chosen = getenv("NUMBER");
    struct rlimit limit;
    number = chosen ? atoi(chosen) : 100;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_max <= (rlim_t)number + 2)
        hold_skip("RLIMIT_NOFILE is too low");
}

/* The descriptor gets that number, and has it alone. */
static void move_to(int fd, int to)
{
    MUST(dup2(fd, to));
    MUST(close(fd));
}

static int file(void)
{
    return MUST(memfd_create("file", 0));
}

#define CHECK_PASSES(fd) CHECK_EQ(write(fd, data, 50000), 50000)
#define CHECK_HELD(fd)   CHECK_FAILS(write(fd, data, 10), ETIMEDOUT)

/* write 1/h timeout=1ms: what a number is now is what counts, whatever it was. */
static void reused(void)
{
    choose_number();
    struct pair pair = tcp_pair();
    CHECK_EQ(write(pair.near, data, 10), 10);
    for (int i = 0; i < 2; i++) {
        move_to(file(), number);
        CHECK_PASSES(number);
        MUST(dup2(pair.near, number));
        CHECK_HELD(number);
        MUST(close(number));
        CHECK_FAILS(write(number, data, 10), EBADF);
        CHECK_EQ(fcntl(file(), F_DUPFD, number), number);
        CHECK_PASSES(number);
        MUST(close_range((unsigned)number, ~0u, 0));
        CHECK_EQ(fcntl(pair.near, F_DUPFD_CLOEXEC, number), number);
        CHECK_HELD(number);
        closefrom(number);
        MUST(dup3(file(), number, O_CLOEXEC));
        CHECK_PASSES(number);
        MUST(close_range((unsigned)number - 1, (unsigned)number + 1, 0));
        MUST(dup2(pair.near, number));
        MUST(dup2(file(), number + 1));
        CHECK_HELD(number);
        CHECK_PASSES(number + 1);
    }
}

/* connect 1/h burst=2 timeout=1ms: a third attempt on a socket that was made fresh again is one. */
static struct sockaddr_in server;

static int connect_it(int fd)
{
    return connect(fd, (struct sockaddr *)&server, sizeof server);
}

static void serve_and_choose(void)
{
    tcp_listen(&server, 10);
    choose_number();
    move_to(MUST(socket(AF_INET, SOCK_STREAM, 0)), number);
}

static void dissolve(int fd)
{
    MUST(connect(fd, &(struct sockaddr){.sa_family = AF_UNSPEC}, sizeof(struct sockaddr)));
}

static void dissolved(void)
{
    serve_and_choose();
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(connect_it(number), 0);
        CHECK_FAILS(connect_it(number), EISCONN);
        dissolve(number);
    }
    CHECK_FAILS(connect_it(number), ETIMEDOUT);
    CHECK_FAILS(connect_it(number), ETIMEDOUT);
}

static void dissolved_by_duplicate(void)
{
    serve_and_choose();
    int other = MUST(dup(number));
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(connect_it(number), 0);
        dissolve(other);
    }
    CHECK_FAILS(connect_it(number), ETIMEDOUT);
}

static void dissolved_by_child(void)
{
    serve_and_choose();
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(connect_it(number), 0);
        pid_t child = MUST(i ? vfork() : fork());
        if (child == 0) {
            dissolve(number);
            _exit(0);
        }
        CHECK_EQ(waitpid(child, NULL, 0), child);
    }
    CHECK_FAILS(connect_it(number), ETIMEDOUT);
}

/* One that notes nothing. */
static void dissolved_in_vfork(void)
{
    int status;
    serve_and_choose();
    MUST(close(number));
    pid_t child = vfork();
    if (child == 0) {
        dup2(socket(AF_INET, SOCK_STREAM, 0), number);
        bool right = true;
        for (int i = 0; i < 2; i++) {
            right &= connect_it(number) == 0;
            dissolve(number);
        }
        right &= connect_it(number) == -1 && errno == ETIMEDOUT;
        _exit(!right);
    }
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
}

/* write 1/h timeout=1ms: numbers that a child is the first to use. */
static struct pair pair;

static void use_both(void)
{
    MUST(dup2(pair.near, number));
    MUST(dup2(file(), number + 1));
    CHECK_HELD(number);
    CHECK_PASSES(number + 1);
}

static void expect_success(pid_t child)
{
    int status;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
}

static void children(void)
{
    choose_number();
    pair = tcp_pair();
    CHECK_EQ(write(pair.near, data, 10), 10);
    pid_t child = vfork();
    if (child == 0) {
        use_both();
        _exit(check_status());
    }
    expect_success(child);
    child = MUST(fork());
    if (child == 0) {
        use_both();
        _exit(check_status());
    }
    expect_success(child);
    CHECK_FAILS(write(number, data, 10), EBADF);
    move_to(file(), number);
    CHECK_PASSES(number);
    use_both();
}

/* write 1/h timeout=1ms: numbers that all threads are the first to use. */
static void *write_both(void *start)
{
    pthread_barrier_wait(start);
    for (int i = 0; i < 50; i++) {
        CHECK_HELD(number);
        CHECK_EQ(write(number + 1, data, 100), 100);
    }
    return NULL;
}

static void threads(void)
{
    enum { THREADS = 6 };
    pthread_t all[THREADS];
    pthread_barrier_t start;
    choose_number();
    pair = tcp_pair();
    CHECK_EQ(write(pair.near, data, 10), 10);
    move_to(pair.near, number);
    move_to(file(), number + 1);
    pthread_barrier_init(&start, NULL, THREADS);
    for (int i = 0; i < THREADS; i++)
        all[i] = thread_start(write_both, &start);
    for (int i = 0; i < THREADS; i++)
        pthread_join(all[i], NULL);
}

/* A limit that never holds: 1000 calls each, for others to count what calls that makes. */
static void traffic(void)
{
    int ends[2];
    char bytes[100];
    choose_number();
    pair = tcp_pair();
    MUST(pipe(ends));
    int kinds[][2] = {{ends[1], ends[0]}, {pair.near, pair.far}};
    for (int kind = 0; kind < 2; kind++)
        for (int i = 0; i < 1000; i++) {
            if (i == 0) {
                move_to(kinds[kind][0], number);
                move_to(kinds[kind][1], number + 1);
            }
            CHECK_EQ(write(number, data, 100), 100);
            CHECK_EQ(read(number + 1, bytes, 100), 100);
        }
    move_to(file(), number);
    for (int i = 0; i < 1000; i++)
        CHECK_EQ(write(number, data, 100), 100);
}

HOLD_MAIN(BEHAVIOUR(reused), BEHAVIOUR(dissolved), BEHAVIOUR(dissolved_by_duplicate),
          BEHAVIOUR(dissolved_by_child), BEHAVIOUR(dissolved_in_vfork), BEHAVIOUR(children),
          BEHAVIOUR(threads), BEHAVIOUR(traffic))
