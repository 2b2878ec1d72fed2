/*
 * crowd.c - many threads, or processes, that do the same again and again, each on a socket of its
 * own, until the time is over.
 *
 * Two groups, should some do it in another way. Their record (record.h) says who belongs to which
 * and from when to when it counts: all are ready before the first begins. What is held at the end
 * is left as it is. Printed is how often threads slept meanwhile.
 */
#include <getopt.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "record.h"
#include "tool.h"

static const char usage[] =
    "crowd [OPTION]... WHAT [PORT]\n"
    "  -f          processes, not threads;  -x  that are programs of their own, as well\n"
    "  -q          kill those of the second group, processes, one after the other\n"
    "  -n MEMBERS  of the first group (1);  -N of the second (0)\n"
    "  -k BYTES    a call of the first (1000);  -K of the second\n"
    "  -P SECONDS  from one call of the second to the next (0); their waits are printed\n"
    "  -d SECONDS  how long (1)\n"
    "WHAT: connect, send, datagram, receive (of what a server sends), accept, both (send to "
    "itself,\n"
    "and receive that); the last two not with -x\n";

enum { MOST_MEMBERS = 2048, MOST_WAITS = 4096, MOST_BYTES = 1 << 20 };

struct group {
    int members;
    size_t bytes;
    double every; /* seconds */
};

static struct group groups[2] = {{1, 1000, 0}, {0, 1000, 0}};
static struct sockaddr_in server = {.sin_family = AF_INET};
static int listener;
static char bytes[MOST_BYTES];
static pid_t processes[MOST_MEMBERS];

/* With all processes. A program finds it by its descriptor, in the environment as CROWD, with the
 * number of the member that it is. */
static struct shared {
    uint32_t begun; /* a futex: so many that look again and again would have all of the processor */
    int ready;
    bool complained;
    unsigned waits_count;
    double waits[MOST_WAITS];
} * shared;
static int shared_fd;

/* What a member has; what it does once: false at the end of the stream. */
struct place {
    int fd, far;
    size_t bytes;
};
typedef bool deed(struct place *);

static int open_connection(int type)
{
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&server, sizeof server) < 0)
        die("connect");
    return fd;
}

/* Reset rather than closed, as connector.c does. */
static bool connect_once(struct place *place)
{
    place->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(place->fd, SOL_SOCKET, SO_LINGER, &(struct linger){.l_onoff = 1},
               sizeof(struct linger));
    connect(place->fd, (struct sockaddr *)&server, sizeof server);
    close(place->fd);
    return true;
}

static bool send_once(struct place *place)
{
    return send(place->fd, bytes, place->bytes, 0) > 0;
}

/* Returns how much; 0 at the end. */
static size_t receive(int fd, size_t most)
{
    char received[65536];
    ssize_t got = recv(fd, received, most < sizeof received ? most : sizeof received, 0);
    if (got > 0)
        record_add(RECEIVED, (uint64_t)got, now_ns());
    return got > 0 ? (size_t)got : 0;
}

static bool receive_once(struct place *place)
{
    return receive(place->fd, place->bytes) > 0;
}

static bool accept_once(struct place *place)
{
    place->fd = accept(listener, NULL, NULL);
    record_add(ACCEPTED, 1, now_ns());
    close(place->fd);
    return place->fd >= 0;
}

static bool send_and_receive(struct place *place)
{
    size_t left = send_once(place) ? place->bytes : 0;
    for (size_t got; left > 0; left -= got)
        if ((got = receive(place->far, left)) == 0)
            return false;
    return true;
}

static const struct {
    const char *name;
    deed *deed;
} deeds[] = {
    {"connect", connect_once}, {"send", send_once},        {"receive", receive_once},
    {"accept", accept_once},   {"both", send_and_receive}, {"datagram", send_once},
};
static deed *chosen;
static bool by_datagrams;

static void open_listener(void)
{
    listener = open_port(SOCK_STREAM, "0");
    getsockname(listener, (struct sockaddr *)&server, &(socklen_t){sizeof server});
    if (listen(listener, 4096) < 0)
        die("listen");
}

/* As many as can wait: they are there before anyone accepts. */
static void fill_backlog(void)
{
    enum { CONNECTIONS = 1000 };
    struct rlimit limit = {4 * CONNECTIONS, 4 * CONNECTIONS};
    setrlimit(RLIMIT_NOFILE, &limit);
    for (int i = 0; i < CONNECTIONS; i++)
        open_connection(SOCK_STREAM);
}

static void nap_until(uint64_t ns)
{
    struct timespec until = {(time_t)(ns / NS_PER_SECOND), (long)(ns % NS_PER_SECOND)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        ;
}

static void note_wait(double wait)
{
    unsigned index = __atomic_fetch_add(&shared->waits_count, 1, __ATOMIC_RELAXED);
    if (index < MOST_WAITS)
        shared->waits[index] = wait;
}

/* argument: its number. */
static void *belong(void *argument)
{
    intptr_t number = (intptr_t)argument;
    const struct group *group = &groups[number >= groups[0].members];
    struct place place = {.bytes = group->bytes};
    if (chosen == send_once || chosen == receive_once || chosen == send_and_receive)
        place.fd = open_connection(by_datagrams ? SOCK_DGRAM : SOCK_STREAM);
    if (chosen == send_and_receive && (place.far = accept(listener, NULL, NULL)) < 0)
        die("accept");
    record_add(MEMBER, (uint64_t)(group - groups), now_ns());
    __atomic_add_fetch(&shared->ready, 1, __ATOMIC_RELEASE);
    while (!__atomic_load_n(&shared->begun, __ATOMIC_ACQUIRE))
        syscall(SYS_futex, &shared->begun, FUTEX_WAIT, 0, NULL);

    bool goes_on = true;
    for (uint64_t due = now_ns(); goes_on; due += (uint64_t)(group->every * 1e9)) {
        nap_until(due);
        uint64_t before = now_ns();
        goes_on = chosen(&place);
        if (group->every > 0)
            note_wait(seconds(now_ns() - before));
    }
    if (!__atomic_exchange_n(&shared->complained, true, __ATOMIC_RELAXED))
        fputs("crowd: a member cannot go on\n", stderr);
    return NULL;
}

static void share(void)
{
    shared_fd = memfd_create("crowd", 0);
    if (shared_fd < 0 || ftruncate(shared_fd, sizeof *shared) < 0)
        die("make memory to share");
}

static void map_shared(void)
{
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, shared_fd, 0);
    if (shared == MAP_FAILED)
        die("share memory");
}

/* The same program with the same arguments. */
static void become_program(int number, char **argv)
{
    char numbers[40];
    snprintf(numbers, sizeof numbers, "%d %d", shared_fd, number);
    setenv("CROWD", numbers, 1);
    execv("/proc/self/exe", argv);
    die("run another of this program");
}

static void start_process(int number, char **program)
{
    pid_t parent = getpid(), child = fork();
    if (child < 0)
        die("fork");
    processes[number] = child;
    if (child > 0)
        return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == parent && program)
        become_program(number, program);
    if (getppid() == parent)
        belong((void *)(intptr_t)number);
    _exit(0);
}

static void start_thread(int number)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, belong, (void *)(intptr_t)number) != 0)
        die("start a member");
}

/* Of the second group; in so many nanoseconds, at random moments. */
static void kill_members(uint64_t duration_ns)
{
    uint64_t begin_ns = now_ns(), each_ns = duration_ns / (uint64_t)groups[1].members;
    for (int i = 0; i < groups[1].members; i++) {
        nap_until(begin_ns + (uint64_t)i * each_ns + (uint64_t)(drand48() * (double)each_ns));
        kill(processes[groups[0].members + i], SIGKILL);
    }
}

static int by_size(const void *a, const void *b)
{
    const double *one = a, *other = b;
    return (*one > *other) - (*one < *other);
}

/* How often a thread of this process went to sleep. */
static long sleeps(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return used.ru_nvcsw;
}

static void print_waits(void)
{
    unsigned count = shared->waits_count < MOST_WAITS ? shared->waits_count : MOST_WAITS;
    if (count == 0)
        return;
    qsort(shared->waits, count, sizeof *shared->waits, by_size);
    printf("waits=%u median=%.6f p99=%.6f longest=%.6f\n", count, shared->waits[count / 2],
           shared->waits[(count - 1) * 99 / 100], shared->waits[count - 1]);
}

int main(int argc, char **argv)
{
    bool as_processes = false, as_programs = false, killed = false;
    double duration = 1;
    for (int option; (option = getopt(argc, argv, "fxqn:N:k:K:P:d:")) != -1;)
        switch (option) {
        case 'x':
            as_programs = true;
            /* fall through */
        case 'f':
            as_processes = true;
            break;
        case 'q':
            killed = true;
            break;
        case 'n':
            groups[0].members = atoi(optarg);
            break;
        case 'N':
            groups[1].members = atoi(optarg);
            break;
        case 'k':
            groups[0].bytes = strtoul(optarg, NULL, 10);
            break;
        case 'K':
            groups[1].bytes = strtoul(optarg, NULL, 10);
            break;
        case 'P':
            groups[1].every = strtod(optarg, NULL);
            break;
        case 'd':
            duration = strtod(optarg, NULL);
            break;
        default:
            fputs(usage, stderr);
            return 2;
        }
    int all = groups[0].members + groups[1].members;
    for (size_t i = 0; optind < argc && i < sizeof deeds / sizeof *deeds; i++)
        if (strcmp(argv[optind], deeds[i].name) == 0)
            chosen = deeds[i].deed;
    by_datagrams = chosen && strcmp(argv[optind], "datagram") == 0;
    if (!chosen || all < 1 || all > MOST_MEMBERS || groups[0].bytes > MOST_BYTES ||
        groups[1].bytes > MOST_BYTES) {
        fputs(usage, stderr);
        return 2;
    }
    server.sin_port = htons((uint16_t)atoi(argv[optind + 1] ? argv[optind + 1] : "0"));
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    signal(SIGPIPE, SIG_IGN);
    record_open();
    int number;
    if (as_programs && getenv("CROWD") &&
        sscanf(getenv("CROWD"), "%d %d", &shared_fd, &number) == 2) {
        map_shared();
        belong((void *)(intptr_t)number);
        return 0;
    }
    share();
    map_shared();
    if (chosen == accept_once || chosen == send_and_receive)
        open_listener();
    if (chosen == accept_once)
        fill_backlog();

    for (int i = 0; i < all; i++)
        if (as_processes)
            start_process(i, as_programs ? argv : NULL);
        else
            start_thread(i);
    while (__atomic_load_n(&shared->ready, __ATOMIC_ACQUIRE) < all)
        nap_until(now_ns() + NS_PER_SECOND / 1000);
    uint64_t duration_ns = (uint64_t)(duration * 1e9), end_ns = now_ns() + duration_ns;
    long slept = sleeps();
    record_mark(BEGIN);
    __atomic_store_n(&shared->begun, 1, __ATOMIC_RELEASE);
    syscall(SYS_futex, &shared->begun, FUTEX_WAKE, INT_MAX);
    if (killed && as_processes && groups[1].members)
        kill_members(duration_ns);
    nap_until(end_ns);
    record_mark(END);
    printf("sleeps=%ld\n", sleeps() - slept);
    print_waits();
    fflush(stdout);
    _exit(0); /* without those that are held; the kernel ends the processes */
}
