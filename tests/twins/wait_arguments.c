/* wait_arguments.c - what becomes of the arguments of poll and select, and which they take. */
#include <sys/resource.h>
#include <sys/time.h>

#include "loop.h"

static struct pollfd wanted[5];

static void ask(struct pair pair, short near, short far)
{
    struct pollfd fresh[] = {{pair.near, near, -1},
                             {pair.far, far, -1},
                             {-1, POLLIN | POLLOUT, -1},
                             {-pair.near, POLLOUT, -1},
                             {pair.near, 0, -1}};
    memcpy(wanted, fresh, sizeof wanted);
}

static void say_changes(const char *name, struct pair pair, short near, short far)
{
    bool fds = wanted[0].fd == pair.near && wanted[1].fd == pair.far && wanted[2].fd == -1 &&
               wanted[3].fd == -pair.near && wanted[4].fd == pair.near;
    bool events = wanted[0].events == near && wanted[1].events == far &&
                  wanted[2].events == (POLLIN | POLLOUT) && wanted[3].events == POLLOUT &&
                  wanted[4].events == 0;
    say("%s: as they were %d %d, events %#x %#x %#x %#x %#x", name, fds, events, wanted[0].revents,
        wanted[1].revents, wanted[2].revents, wanted[3].revents, wanted[4].revents);
}

static void ignore(int signal)
{
    (void)signal;
}

/* Of who waits for what goes, for what does not come, and in vain until a signal comes. */
static void descriptors_and_events(void)
{
    struct timeval each = {0, 20000};
    sigaction(SIGALRM, &(struct sigaction){.sa_handler = ignore}, NULL);
    WITH_ALL(FIRST_POLL, FIRST_SELECT, wait)
    {
        struct pair pair = busy_pair();
        ask(pair, POLLIN, POLLOUT);
        say("%d", wait->wait(wanted, 5, 5000, NULL));
        say_changes(wait->name, pair, POLLIN, POLLOUT);
        ask(pair, POLLIN | POLLPRI, POLLPRI | POLLRDHUP);
        say("%d", wait->wait(wanted, 5, 10, NULL));
        say_changes(wait->name, pair, POLLIN | POLLPRI, POLLPRI | POLLRDHUP);
        setitimer(ITIMER_REAL, &(struct itimerval){each, each}, NULL);
        ask(pair, POLLIN, POLLPRI);
        SAY(wait->wait(wanted, 5, 5000, NULL));
        setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
        say_changes(wait->name, pair, POLLIN, POLLPRI);
        close_pair(pair);
    }
}

static void no_number(void)
{
    struct pair pair = busy_pair();
    close(pair.near);
    WITH_ALL(FIRST_POLL, FIRST_SELECT, wait)
    {
        ask(pair, POLLIN | POLLOUT, POLLOUT);
        say("%d", wait->wait(wanted, 5, 5000, NULL));
        say_changes(wait->name, pair, POLLIN | POLLOUT, POLLOUT);
    }
    WITH_ALL(FIRST_SELECT, FIRST_EPOLL, wait)
    {
        ask(pair, POLLIN, POLLOUT);
        SAY(wait->wait(wanted, 2, 5000, NULL));
    }
}

/* Each name of the same thing, alone. */
static void synonyms(void)
{
    static const short names[] = {POLLIN,     POLLRDNORM, POLLRDBAND, POLLPRI, POLLOUT,
                                  POLLWRNORM, POLLWRBAND, POLLRDHUP,  0};
    struct pair pair = tcp_pair(), busy = busy_pair();
    MUST(send_all(pair.near, 10) == 10);
    await_bytes(pair.far, 10);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct pollfd both[] = {{pair.near, names[i], 0}, {pair.far, names[i], 0}};
        SAY(poll(both, 2, 0));
        say("%#x: %#x %#x", names[i], both[0].revents, both[1].revents);
        struct pollfd one = {busy.near, names[i], 0};
        bool goes = names[i] & (POLLOUT | POLLWRNORM);
        SAY(poll(&one, 1, goes ? 5000 : 20));
        say("%#x: %#x", names[i], one.revents);
    }
}

/* Of many, most of which are quiet, and some busy. */
static void many(void)
{
    enum { MANY = 150 };
    static struct pollfd all[2 * MANY];
    static struct pair pairs[MANY];
    for (int i = 0; i < MANY; i++) {
        pairs[i] = udp_pair();
        all[2 * i] = (struct pollfd){pairs[i].near, POLLIN, 0};
        all[2 * i + 1] = (struct pollfd){pairs[i].far, POLLIN, 0};
    }
    WITH_ALL(FIRST_POLL, FIRST_EPOLL, wait)
    {
        int seen = 0, wrong = 0;
        SAY(wait->wait(all, 2ul * MANY, 0, NULL));
        for (int i = 7; i < MANY; i += 29) {
            MUST(send(pairs[i].near, data, 10, 0));
            MUST(await_events(pairs[i].far, POLLIN));
        }
        SAY(wait->wait(all, 2ul * MANY, 5000, NULL));
        for (int i = 0; i < 2 * MANY; i++) {
            bool sent = i % 2 && (i / 2 - 7) % 29 == 0;
            seen += all[i].revents == POLLIN;
            wrong += all[i].revents != (sent ? POLLIN : 0) || all[i].events != POLLIN;
            if (sent)
                MUST(recv(all[i].fd, room, 100, 0));
        }
        say("%s: seen %d, wrong %d", wait->name, seen, wrong);
    }
}

/* Numbers beyond FD_SETSIZE, in sets of the program's own. */
static void beyond_the_usual_sets(void)
{
    struct rlimit most;
    MUST(getrlimit(RLIMIT_NOFILE, &most));
    if (most.rlim_cur < WIDE) {
        most.rlim_cur = WIDE;
        if (most.rlim_max < WIDE || setrlimit(RLIMIT_NOFILE, &most) != 0)
            skip("not enough descriptors");
    }
    WITH_ALL(FIRST_SELECT, FIRST_EPOLL, wait)
    {
        struct pair pair = narrow_pair();
        struct pair high = {MUST(fcntl(pair.near, F_DUPFD, 1500)),
                            MUST(fcntl(pair.far, F_DUPFD, 3000))};
        struct progress sent = {.by = by_send, .total = 60000};
        struct progress got = {.by = by_plain_recv};
        close_pair(pair);
        without_waiting(high.near);
        without_waiting(high.far);
        while (!got.over) {
            struct pollfd both[] = {{high.near, sent.over ? 0 : POLLOUT, 0}, {high.far, POLLIN, 0}};
            if (!came_to_pass(wait, both, 2))
                break;
            if (both[0].revents) {
                push(high.near, &sent);
                if (sent.over)
                    shutdown(high.near, SHUT_WR);
            }
            if (both[1].revents)
                pull(high.far, &got, false);
        }
        say("%s of %d", wait->name, high.far >= FD_SETSIZE);
        say_matches(got.stream, sent.total);
        close_pair(high);
    }
}

/* What is left of the time: less than there was, and nothing if nothing came. */
static void say_time_left(const char *when, long seconds, long fraction, int result)
{
    say("%s: %d, %s", when, result,
        seconds < 0 || fraction < 0      ? "less than nothing"
        : seconds == 0 && fraction == 0  ? "nothing left"
        : seconds == 20 && fraction == 0 ? "as it was"
        : seconds < 20                   ? "less is left"
                                         : "more is left");
}

static void times_left(void)
{
    struct pair pair = busy_pair();
    for (int in_vain = 0; in_vain < 2; in_vain++) {
        struct timespec time = {in_vain ? 0 : 20, in_vain ? 20000000 : 0};
        struct timeval short_time = {time.tv_sec, time.tv_nsec / 1000};
        struct pollfd one = {in_vain ? pair.near : pair.far, in_vain ? POLLIN : POLLOUT, 0};
        struct selection sets;
        int result;
#define WITH_SETS(call) (selection_of(&sets, &one, 1, 0), selected_of(&sets, &one, 1, (int)(call)))
        result = (int)syscall(SYS_ppoll, &one, 1, &time, NULL, (size_t)MASK_BYTES);
        say_time_left("ppoll by number", time.tv_sec, time.tv_nsec, result);
        time = (struct timespec){in_vain ? 0 : 20, in_vain ? 20000000 : 0};
        result = WITH_SETS(
            select(one.fd + 1, wide_set(&sets.in), wide_set(&sets.out), NULL, &short_time));
        say_time_left("select", short_time.tv_sec, short_time.tv_usec, result);
        result = WITH_SETS(syscall(SYS_pselect6, one.fd + 1, wide_set(&sets.in),
                                   wide_set(&sets.out), NULL, &time, NULL));
        say_time_left("pselect6 by number", time.tv_sec, time.tv_nsec, result);
        const struct timespec constant = {in_vain ? 0 : 20, in_vain ? 20000000 : 0};
        result = ppoll(&one, 1, &constant, NULL);
        say("ppoll: %d, %ld %ld", result, (long)constant.tv_sec, constant.tv_nsec);
        result = WITH_SETS(
            pselect(one.fd + 1, wide_set(&sets.in), wide_set(&sets.out), NULL, &constant, NULL));
        say("pselect: %d, %ld %ld", result, (long)constant.tv_sec, constant.tv_nsec);
    }
}

/* Sets are filled with what is so, all of them, when time is up; when a signal comes, not at all.
 */
static void sets(void)
{
    struct pair pair = busy_pair(), quiet = tcp_pair();
    struct pollfd three[] = {
        {pair.near, POLLIN | POLLPRI, 0}, {pair.far, POLLPRI, 0}, {quiet.near, POLLIN, 0}};
    struct timeval each = {0, 20000};
    sigaction(SIGALRM, &(struct sigaction){.sa_handler = ignore}, NULL);
    for (int by_signal = 0; by_signal < 2; by_signal++) {
        struct selection asked, got;
        if (by_signal)
            setitimer(ITIMER_REAL, &(struct itimerval){each, each}, NULL);
        selection_of(&asked, three, 3, by_signal ? 5000 : 10);
        got = asked;
        SAY(select(got.beyond, wide_set(&got.in), wide_set(&got.out), wide_set(&got.except),
                   &got.time));
        say("as they were: %d %d %d, near %d %d", !memcmp(&got.in, &asked.in, sizeof got.in),
            !memcmp(&got.out, &asked.out, sizeof got.out),
            !memcmp(&got.except, &asked.except, sizeof got.except), wide_has(&got.in, pair.near),
            wide_has(&got.except, pair.near));
    }
}

static void wrong_ones(void)
{
    struct pair pair = busy_pair();
    struct pollfd one = {pair.near, POLLIN, 0};
    fd_set in;
    SAY(poll((struct pollfd *)guard_page(), 1, 0));
    SAY(ppoll(&one, 1, &(struct timespec){-1, 0}, NULL));
    SAY(ppoll(&one, 1, &(struct timespec){0, 1000000000}, NULL));
    FD_ZERO(&in);
    SAY(select(-1, &in, NULL, NULL, NULL));
    SAY(select(1, (fd_set *)guard_page(), NULL, NULL, NULL));
    SAY(select(0, NULL, NULL, NULL, &(struct timeval){-1, 0}));
    SAY(pselect(0, NULL, NULL, NULL, &(struct timespec){0, -1}, NULL));
}

TWINS(TWIN(descriptors_and_events), TWIN(no_number), TWIN(synonyms), TWIN(many),
      TWIN(beyond_the_usual_sets), TWIN(times_left), TWIN(sets), TWIN(wrong_ones))
