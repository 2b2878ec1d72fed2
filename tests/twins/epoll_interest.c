/* epoll_interest.c - what a set holds: events, data, and whether they are armed; and for how long.
 */
#include <limits.h>

#include "set.h"

/* Disarmed is disarmed, until the program arms it again: for what is there already, too. */
static void one_shot(void)
{
    for (int edges = 0; edges < 2; edges++) {
        uint32_t trigger = EPOLLONESHOT | (edges ? EPOLLET : 0);
        struct pair pair = busy_pair();
        struct progress sent = {.by = by_send, .total = 20000};
        struct progress got = {.by = by_plain_recv, .manner = ONCE};
        set = MUST(epoll_create1(0));
        ctl(EPOLL_CTL_ADD, pair.near, EPOLLOUT | trigger, 1);
        say_event("to send");
        say_nothing_comes("disarmed");
        push(pair.near, &sent);
        say_nothing_comes("disarmed, and more was sent");
        ctl(EPOLL_CTL_MOD, pair.near, EPOLLOUT | trigger, 2);
        say_event("armed");
        ctl(EPOLL_CTL_ADD, pair.far, EPOLLIN | trigger, 3);
        say_event("to receive");
        pull(pair.far, &got, false);
        say_nothing_comes("disarmed, and some was received");
        ctl(EPOLL_CTL_MOD, pair.far, EPOLLIN | trigger, 4);
        say_event("armed");
        shutdown(pair.near, SHUT_WR);
        say_nothing_comes("disarmed, and the end came");
        close(set);
        close_pair(pair);
    }
}

/* What else means the same, alone. */
static void synonyms(void)
{
    static const short ins[] = {EPOLLRDNORM, EPOLLIN | EPOLLRDNORM, EPOLLIN},
                       outs[] = {EPOLLWRNORM, EPOLLOUT | EPOLLWRNORM, EPOLLWRNORM | EPOLLWRBAND};
    for (int i = 0; i < 6; i++) {
        moves.in = ins[i % 3];
        moves.out = outs[i % 3];
        kept.trigger = i < 3 ? 0 : EPOLLET;
        send_by(&waits[FIRST_EPOLL], STOPS_AT_A_SHORT_COUNT, 60000);
        receive_by(&waits[FIRST_EPOLL], GOES_ON_TO_EAGAIN, 40000);
        struct pair pair = busy_pair();
        set = MUST(epoll_create1(0));
        ctl(EPOLL_CTL_ADD, pair.near, (uint16_t)moves.out | kept.trigger, 1);
        say_event("out");
        ctl(EPOLL_CTL_MOD, pair.near, EPOLLRDBAND | EPOLLPRI | EPOLLMSG | EPOLLRDHUP, 2);
        say_nothing_comes("nothing of that kind");
        ctl(EPOLL_CTL_DEL, pair.near, 0, 0);
        ctl(EPOLL_CTL_ADD, pair.far, (uint16_t)moves.in | kept.trigger, 3);
        say_event("in");
        close(set);
        close_pair(pair);
    }
}

/* Whatever it is, it comes back as it is. */
static void data_of_events(void)
{
    static const uint64_t names[] = {0, 1, UINT64_MAX, 0x7fffffffffffffff, 0xdeadbeef00000000};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct pair pair = busy_pair();
        set = MUST(epoll_create1(0));
        ctl(EPOLL_CTL_ADD, pair.near, EPOLLOUT, names[i]);
        say_event("out");
        ctl(EPOLL_CTL_MOD, pair.near, EPOLLOUT, ~names[i]);
        say_event("changed");
        ctl(EPOLL_CTL_ADD, pair.far, EPOLLIN, ~names[i]);
        ctl(EPOLL_CTL_DEL, pair.near, 0, 0);
        say_event("of another");
        close(set);
        close_pair(pair);
    }
}

/* Those of several sockets, by one name or by many: as many as there are. */
static void several(bool one_name)
{
    enum { SEVERAL = 6 };
    struct pair pairs[SEVERAL];
    struct writer writers[SEVERAL];
    struct progress got[SEVERAL];
    int open = SEVERAL;
    set = MUST(epoll_create1(0));
    for (int i = 0; i < SEVERAL; i++) {
        pairs[i] = tcp_pair();
        got[i] = (struct progress){.by = by_plain_recv, .manner = STOPS_AT_A_SHORT_COUNT};
        without_waiting(pairs[i].far);
        ctl(EPOLL_CTL_ADD, pairs[i].far, EPOLLIN | EPOLLRDHUP, one_name ? 0 : (uint64_t)i << 32);
        writer_start(&writers[i], pairs[i].near, 12000, 5000);
    }
    while (open > 0) {
        struct epoll_event events[SEVERAL];
        int count = epoll_wait(set, events, SEVERAL, patience);
        if (count <= 0) {
            say("nothing happens any more");
            break;
        }
        for (int i = 0; i < SEVERAL; i++) {
            bool told = one_name;
            for (int k = 0; k < count && !told; k++)
                told = events[k].data.u64 == (uint64_t)i << 32;
            if (!told || got[i].over)
                continue;
            pull(pairs[i].far, &got[i], false);
            if (got[i].over) {
                ctl(EPOLL_CTL_DEL, pairs[i].far, 0, 0);
                open--;
            }
        }
    }
    for (int i = 0; i < SEVERAL; i++) {
        pthread_join(writers[i].thread, NULL);
        say_matches(got[i].stream, 12000);
        close_pair(pairs[i]);
    }
    close(set);
}

static void of_many_names(void)
{
    several(false);
}

static void of_one_name(void)
{
    several(true);
}

/* One event at a time: nobody is forgotten who always has something. */
static void turns(void)
{
    enum { SEVERAL = 5, BYTES = 8000 };
    struct pair pairs[SEVERAL];
    struct stream streams[SEVERAL] = {{0}};
    int first[SEVERAL] = {0}, left = SEVERAL;
    set = MUST(epoll_create1(0));
    for (int i = 0; i < SEVERAL; i++) {
        pairs[i] = tcp_pair();
        without_waiting(pairs[i].far);
        MUST(send_all(pairs[i].near, BYTES) == BYTES ? 0 : -1);
        await_bytes(pairs[i].far, BYTES);
        ctl(EPOLL_CTL_ADD, pairs[i].far, EPOLLIN, (uint64_t)i);
    }
    for (int events = 0; left > 0; events++) {
        struct epoll_event event;
        if (!next_event(&event))
            break;
        int i = (int)event.data.u64;
        if (events < SEVERAL)
            first[i]++;
        ssize_t got = recv(pairs[i].far, room, 1000, 0);
        if (got > 0)
            stream_add(&streams[i], room, (size_t)got);
        left -= got > 0 && streams[i].bytes == BYTES;
    }
    for (int i = 0; i < SEVERAL; i++) {
        say("among the first %d", first[i]);
        say_matches(streams[i], BYTES);
    }
}

static int by_number_wait(struct epoll_event *events, int most)
{
    return (int)syscall(SYS_epoll_pwait, set, events, most, 0, NULL, (size_t)MASK_BYTES);
}

static void wrong_ones(void)
{
    struct pair pair = busy_pair(), other = tcp_pair();
    struct epoll_event event = {.events = EPOLLOUT}, one;
    int file = MUST(memfd_create("file", 0));
    set = MUST(epoll_create1(0));
    SAY(epoll_ctl(set, EPOLL_CTL_MOD, pair.near, &event));
    SAY(epoll_ctl(set, EPOLL_CTL_DEL, pair.near, &event));
    SAY(epoll_ctl(set, EPOLL_CTL_ADD, pair.near, &event));
    SAY(epoll_ctl(set, EPOLL_CTL_ADD, pair.near, &event));
    SAY(epoll_ctl(set, EPOLL_CTL_MOD, pair.near, &event));
    SAY(epoll_ctl(set, 7, pair.near, &event));
    SAY(epoll_ctl(set, EPOLL_CTL_MOD, pair.near, NULL));
    SAY(epoll_ctl(set, EPOLL_CTL_MOD, pair.near, (struct epoll_event *)guard_page()));
    SAY(epoll_ctl(set, EPOLL_CTL_ADD, set, &event));
    SAY(epoll_ctl(set, EPOLL_CTL_ADD, file, &event));
    SAY(epoll_ctl(set, EPOLL_CTL_ADD, 999, &event));
    SAY(epoll_ctl(-1, EPOLL_CTL_ADD, pair.near, &event));
    SAY(epoll_ctl(pair.far, EPOLL_CTL_ADD, pair.near, &event));
    event.events = EPOLLOUT | EPOLLEXCLUSIVE;
    SAY(epoll_ctl(set, EPOLL_CTL_MOD, pair.near, &event));
    SAY(epoll_ctl(set, EPOLL_CTL_ADD, other.near, &event));
    event.events = EPOLLOUT;
    SAY(epoll_ctl(set, EPOLL_CTL_MOD, other.near, &event));
    SAY(syscall(SYS_epoll_ctl, set, EPOLL_CTL_DEL, other.near, &event));
    SAY(syscall(SYS_epoll_ctl, set, EPOLL_CTL_DEL, other.near, &event));
    SAY(syscall(SYS_epoll_ctl, set, EPOLL_CTL_ADD, other.near, &event));
    SAY(epoll_ctl(set, EPOLL_CTL_DEL, other.near, NULL));
    SAY(epoll_wait(set, &one, 0, 0));
    SAY(by_number_wait(&one, -1));
    SAY(by_number_wait(&one, INT_MIN));
    SAY(epoll_wait(set, (struct epoll_event *)guard_page(), 1, 5000));
    SAY(epoll_wait(pair.near, &one, 1, 0));
    SAY(epoll_wait(999, &one, 1, 0));
    SAY(epoll_create(0));
    SAY(epoll_create1(77));
    SAY(syscall(SYS_epoll_create1, 77));
#ifdef SYS_epoll_create
    say("%d", syscall(SYS_epoll_create, 1) > 0);
#endif
    say("%#x", fcntl(MUST(syscall(SYS_epoll_create1, EPOLL_CLOEXEC)), F_GETFD));
    close(pair.near);
    SAY(epoll_ctl(set, EPOLL_CTL_ADD, pair.near, &event));
    SAY(epoll_ctl(set, EPOLL_CTL_MOD, pair.near, &event));
    SAY(epoll_ctl(set, EPOLL_CTL_DEL, pair.near, &event));
}

/* All at once in one set, both ends of each, in whatever order they are told of. */
static void many(void)
{
    enum { MANY = 60, BYTES = 4000 };
    static struct progress sent[MANY], got[MANY];
    static struct pair pairs[MANY];
    int left = MANY, wrong = 0;
    set = MUST(epoll_create1(0));
    for (int i = 0; i < MANY; i++) {
        pairs[i] = tcp_pair();
        without_waiting(pairs[i].near);
        without_waiting(pairs[i].far);
        sent[i] = (struct progress){.by = by_send, .total = BYTES};
        got[i] = (struct progress){.by = by_plain_recv};
        ctl(EPOLL_CTL_ADD, pairs[i].near, EPOLLOUT | EPOLLET, (uint64_t)i);
        ctl(EPOLL_CTL_ADD, pairs[i].far, EPOLLIN | EPOLLRDHUP | EPOLLET, MANY + (uint64_t)i);
    }
    while (left > 0) {
        struct epoll_event events[16];
        int count = epoll_wait(set, events, 16, patience);
        if (count <= 0) {
            say("nothing happens any more");
            break;
        }
        for (int k = 0; k < count; k++) {
            int i = (int)(events[k].data.u64 % MANY);
            bool sends = events[k].data.u64 < MANY;
            struct progress *progress = sends ? &sent[i] : &got[i];
            bool before = progress->over;
            if (sends)
                push(pairs[i].near, progress);
            else
                pull(pairs[i].far, progress, true);
            if (sends && progress->over && !before)
                shutdown(pairs[i].near, SHUT_WR);
            left -= !sends && progress->over && !before;
        }
    }
    for (int i = 0; i < MANY; i++)
        wrong += got[i].stream.bytes != BYTES || got[i].stream.wrong;
    say("wrong %d", wrong);
}

TWINS(TWIN(one_shot), TWIN(synonyms), TWIN(data_of_events), TWIN(of_many_names), TWIN(of_one_name),
      TWIN(turns), TWIN(wrong_ones), TWIN(many))
