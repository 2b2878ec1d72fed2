/* gates.c - closing and opening them, and when. See loop.h. */
#include "aliases.h"
#include "instants.h"
#include "sets.h"
#include "wait.h"
#include "waiting.h"
#include "watch.h"

uint64_t (*loop_ask)(int fd, enum gate_of gate, uint64_t until_ns, uint64_t now_ns);
void (*loop_connect)(int fd);

/* When each is to be looked at; and, of those who have no place in line yet, when they came. */
static struct instants looks = INSTANTS_NONE, latecomers = INSTANTS_NONE;

static uint64_t first_instant(const struct watch *watch)
{
    uint64_t first_ns = RL_FOREVER;
    for (enum gate_of gate = 0; gate < GATES; gate++) {
        uint64_t until_ns = watch_until(watch, gate);
        if (until_ns && until_ns < first_ns)
            first_ns = until_ns;
    }
    return first_ns;
}

/* When this number is to be looked at. Another thread may note it for another of its gates: the
 * last one to write looked at all of them after that. */
static void note_instant(int fd, const struct watch *watch)
{
    uint64_t first_ns;
    do {
        first_ns = first_instant(watch);
        instants_set(&looks, fd, first_ns);
    } while (first_ns != first_instant(watch));
}

static void count_gate(enum gate_of gate, int change)
{
    __atomic_fetch_add(&loop_closed_gates, (uint32_t)change, __ATOMIC_SEQ_CST);
    if (gate == GATE_CONNECT)
        __atomic_fetch_add(&loop_closed_connects, (uint32_t)change, __ATOMIC_SEQ_CST);
}

bool watch_set_until(int fd, struct watch *watch, enum gate_of gate, uint64_t until_ns)
{
    if (until_ns) /* counted before it is: one that goes away in between leaves too many */
        count_gate(gate, 1);
    uint64_t was_ns = __atomic_exchange_n(&watch->until_ns[gate], until_ns, __ATOMIC_SEQ_CST);
    note_instant(fd, watch);
    if (was_ns)
        count_gate(gate, -1);
    if (!was_ns == !until_ns)
        return false;
    __atomic_fetch_add(&watch->changes, 1, __ATOMIC_SEQ_CST);
    return true;
}

static void close_one(int fd, enum gate_of gate, uint64_t until_ns)
{
    struct watch *watch = watch_take(fd);
    if (watch && watch_set_until(fd, watch, gate, until_ns))
        sets_tell(fd, watch, 0);
}

/* In a set that another process waits for as well: nobody there would open it. */
static bool is_shared(const struct watch *watch)
{
    for (unsigned i = 0; i < REGISTRATIONS; i++) {
        uint32_t set = __atomic_load_n(&watch->in[i].set, __ATOMIC_ACQUIRE);
        if (set && aliases_heritage(set) == INHERITED_AND_USED)
            return true;
    }
    return false;
}

bool loop_close(int fd, enum gate_of gate, uint64_t until_ns)
{
    struct watch *watch = watch_take(fd);
    if (!watch || watch->is_crowded || is_shared(watch) || !instants_can(&looks, fd))
        return false;
    watch->was_closed = true;
    if (until_ns == 0)
        until_ns = 1;
    close_one(fd, gate, until_ns);
    int numbers[1 + ALIASES_NUMBERS];
    unsigned count = watch_numbers(fd, numbers);
    for (unsigned i = 1; i < count; i++)
        if (!loop_is_closed(numbers[i], gate))
            close_one(numbers[i], gate, WATCH_FOLLOWS_NS);
    return true;
}

static void open_one(int fd, enum gate_of gate)
{
    static const unsigned events[GATES] = {HIDDEN_IN, HIDDEN_OUT, HIDDEN_ALL};
    struct watch *watch = watch_find(fd);
    if (watch && watch_set_until(fd, watch, gate, 0))
        sets_tell(fd, watch, events[gate]);
}

void loop_open(int fd, enum gate_of gate)
{
    if (!loop_is_closed(fd, gate))
        return;
    int numbers[1 + ALIASES_NUMBERS];
    unsigned count = watch_numbers(fd, numbers);
    for (unsigned i = 0; i < count; i++)
        open_one(numbers[i], gate);
}

/* But for what the kernel does not let be changed. */
static bool is_told_once(const struct watch *watch)
{
    bool is = false;
    for (unsigned i = 0; i < REGISTRATIONS; i++) {
        if (!__atomic_load_n(&watch->in[i].set, __ATOMIC_ACQUIRE))
            continue;
        if (watch->in[i].events & EPOLLEXCLUSIVE)
            return false;
        is |= (watch->in[i].events & EPOLLET) != 0;
    }
    return is;
}

static void tell_one_again(int fd)
{
    struct watch *watch = watch_find(fd);
    if (watch && is_told_once(watch))
        sets_tell(fd, watch, HIDDEN_IN);
}

void loop_tell_again(int fd)
{
    int numbers[1 + ALIASES_NUMBERS];
    unsigned count = watch_numbers(fd, numbers);
    for (unsigned i = 0; i < count; i++)
        tell_one_again(numbers[i]);
}

/* One thread asks at a time; should it go away meanwhile, another one does soon. */
static bool claim(struct watch *watch, enum gate_of gate, uint64_t until_ns, uint64_t now_ns)
{
    enum { WHILE_NS = 2000000 };
    return __atomic_compare_exchange_n(&watch->until_ns[gate], &until_ns, now_ns + WHILE_NS, false,
                                       __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

/* At its gates that are to be looked at by then. */
static void look(int fd, uint64_t now_ns, uint64_t by_ns)
{
    struct watch *watch = watch_find(fd);
    for (enum gate_of gate = GATES; watch && gate-- > 0;) {
        uint64_t until_ns = watch_until(watch, gate);
        if (until_ns == 0 || until_ns > by_ns || !claim(watch, gate, until_ns, now_ns))
            continue;
        uint64_t again_ns = loop_ask(fd, gate, until_ns, now_ns);
        if (!again_ns && gate == GATE_CONNECT)
            loop_connect(fd);
        if (!again_ns || !loop_close(fd, gate, again_ns > now_ns ? again_ns : now_ns + 1))
            loop_open(fd, gate);
    }
    note_instant(fd, watch); /* should it say more than there is */
}

static bool hurried;

void loop_hurry(void)
{
    __atomic_store_n(&hurried, true, __ATOMIC_RELAXED);
}

/* Who is next is asked; if it is his turn, who comes then. */
static void look_at_first(uint64_t now_ns)
{
    int fd;
    uint32_t closed;
    do {
        closed = __atomic_load_n(&loop_closed_gates, __ATOMIC_SEQ_CST);
        if (!closed || instants_first(&looks, &fd) == RL_FOREVER)
            break;
        look(fd, now_ns, RL_FOREVER - 1);
    } while (__atomic_load_n(&loop_closed_gates, __ATOMIC_SEQ_CST) < closed);
}

void loop_comes_late(int fd, uint64_t since_ns)
{
    if (instants_can(&latecomers, fd))
        instants_set(&latecomers, fd, since_ns);
}

/* Where somebody left a place, who came first of them may have it; he comes late again, if not. */
static void look_at_latecomers(uint64_t now_ns)
{
    int fd, last = -1;
    for (int times = 64; times > 0 && instants_first(&latecomers, &fd) != RL_FOREVER; times--) {
        if (fd == last)
            break;
        last = fd;
        instants_set(&latecomers, fd, RL_FOREVER);
        look(fd, now_ns, RL_FOREVER - 1);
    }
}

void loop_pass_time(uint64_t now_ns)
{
    int fd;
    while (instants_next(&looks) <= now_ns && instants_first(&looks, &fd) <= now_ns)
        look(fd, now_ns, now_ns);
    if (__atomic_exchange_n(&hurried, false, __ATOMIC_RELAXED)) {
        look_at_first(now_ns);
        look_at_latecomers(now_ns);
    }
}

uint64_t loop_next(void)
{
    return loop_any_closed() ? instants_next(&looks) : RL_FOREVER;
}

void loop_catch_up(void)
{
    loop_note_asked();
    if (instants_next(&looks) <= rl_recently())
        loop_pass_time(rl_now());
}

void loop_open_all(bool connects_too)
{
    for (int fd = 0; loop_any_closed() && fd <= watch_highest; fd++)
        for (enum gate_of gate = 0; gate < GATES; gate++)
            if (gate != GATE_CONNECT || connects_too)
                loop_open(fd, gate);
}
