/* record.c - records of connections, by number, and by the random of their TLS. */
#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>

#include "fd.h"
#include "numbers.h"
#include "raw.h"
#include "record.h"
#include "sandbox.h"

_Static_assert(sizeof(struct record) <= 4096, "the bound of a connection");

static struct numbers records = {.size = sizeof(struct record)};

uint32_t record_forks;

void talk_forks(void)
{
    __atomic_fetch_add(&record_forks, 1, __ATOMIC_RELAXED);
}

static uint32_t generation_of(int fd)
{
    return fd_generation(fd_entry_of(fd)) + 1;
}

const struct record *record_look(int fd)
{
    const struct record *record = numbers_find(&records, fd);
    bool is_its =
        record && __atomic_load_n(&record->generation, __ATOMIC_ACQUIRE) == generation_of(fd);
    return is_its ? record : NULL;
}

/* Another thread may have been sent away by the scheduler, or read a large answer: so it is waited
 * for as long as none of that lasts. False: it was taken from somebody, be it the caller. */
static bool take(struct record *record)
{
    const uint64_t own = (uintptr_t)pthread_self() | 1;
    uint64_t is = 0, until_ns = 0;
    while (!__atomic_compare_exchange_n(&record->thread, &is, own, false, __ATOMIC_ACQUIRE,
                                        __ATOMIC_RELAXED)) {
        if (!until_ns)
            until_ns = rl_now() + RL_SECOND;
        if (is == own || rl_now() > until_ns)
            return false;
        raw_call(SYS_sched_yield, 0, 0, 0, 0, 0);
        is = 0;
    }
    return true;
}

/* What reads a coded answer has memory of its own. */
static void stop_reading(struct record *record)
{
    if (record->stage == SPOKEN)
        answer_end(&record->traffic.answering);
}

void record_lose(struct record *record)
{
    stop_reading(record);
    record->stage = UNREAD;
}

/* What the number meant before has gone, unseen: nothing more is heard of its answers. */
static void begin(struct record *record, uint32_t generation, bool alone)
{
    if (alone)
        stop_reading(record);
    memset(&record->limits, 0, sizeof *record - offsetof(struct record, limits));
    __atomic_store_n(&record->generation, generation, __ATOMIC_RELEASE);
}

/* In a sandbox no system call may be made, as there are where two are at it, and where an answer is
 * learnt from; and such limits do not apply there (said.h). */
static struct record *enter(struct record *record, int fd)
{
    if (in_sandbox())
        return NULL;
    bool alone = take(record);
    if (record->generation != generation_of(fd))
        begin(record, generation_of(fd), alone);
    if (!alone)
        record->stage = UNREAD;
    return record;
}

struct record *record_enter(int fd)
{
    struct record *record = numbers_take(&records, fd);
    return record ? enter(record, fd) : NULL;
}

struct record *record_enter_if_any(int fd)
{
    return record_look(fd) ? enter(numbers_find(&records, fd), fd) : NULL;
}

void record_leave(struct record *record)
{
    __atomic_store_n(&record->thread, 0, __ATOMIC_RELEASE);
}

/*
 * The numbers of connections, plus 1, by their randoms: in one of a few places from where the
 * random says. One that means another connection by now, or that has another random, is free.
 */
enum { JOINS = 1 << 16, PROBES = 32 };
SPARSE int32_t talk_joins[JOINS];

static unsigned first_place(const unsigned char random[HELLO_RANDOM])
{
    uint32_t some;
    memcpy(&some, &random[HELLO_RANDOM - sizeof some], sizeof some);
    return some;
}

static bool is_of(int fd, const unsigned char random[HELLO_RANDOM])
{
    const struct record *record = record_look(fd);
    return record && record->is_tls && memcmp(record->random, random, HELLO_RANDOM) == 0;
}

static int joined(unsigned place)
{
    return __atomic_load_n(&talk_joins[place % JOINS], __ATOMIC_ACQUIRE) - 1;
}

void record_join(int fd, const struct record *record)
{
    unsigned first = first_place(record->random), place = first;
    for (unsigned i = 0; i < PROBES; i++) {
        const struct record *other = record_look(joined(first + i));
        if (other && other->is_tls && other != record)
            continue;
        place = first + i;
        break;
    }
    __atomic_store_n(&talk_joins[place % JOINS], fd + 1, __ATOMIC_RELEASE);
}

int talk_of_tls(const unsigned char random[TALK_RANDOM])
{
    unsigned first = first_place(random);
    for (unsigned i = 0; i < PROBES; i++) {
        int fd = joined(first + i);
        if (fd >= 0 && is_of(fd, random))
            return fd;
    }
    return -1;
}
