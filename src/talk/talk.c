/* talk.c - reading on: see talk.h. */
#include <sys/syscall.h>
#include <time.h>

#include "addressee.h"
#include "decode.h"
#include "raw.h"
#include "readable.h"
#include "record.h"

uint16_t talk_limits;

void talk_start(void)
{
    for (unsigned i = 0; i < shim.config.count; i++)
        if (shim.config.limits[i].reads)
            talk_limits |= (uint16_t)(1u << i);
}

/* A protocol begins. */
static void begin(struct record *record, char first)
{
    enum { HANDSHAKE = 0x16 }; /* RFC 8446, 5.1 */
    if (first == HANDSHAKE) {
        record->hello = (struct hello){.step = 0};
        record->stage = HELLO;
    } else {
        record->begun = record->charged = record->answered = record->group_left = 0;
        traffic_begin(&record->traffic);
        record->traffic.coding = &decode;
        record->stage = SPOKEN;
    }
}

/* All that comes is TLS's from here on; the end of this piece as well. One that is said within
 * another, to a proxy, is yet to be sent, in a record of that (RFC 8446, 5.2). */
static void read_hello(struct record *record, int fd, struct span bytes)
{
    enum { HANDSHAKE = 512 }; /* what a client sends once it has said hello; or more */
    switch (hello_take(&record->hello, bytes)) {
    case HELLO_MORE:
        return;
    case HELLO_NONE:
        record->stage = UNREAD;
        return;
    case HELLO_COMPLETE:
        break;
    }
    const struct hello *hello = &record->hello;
    record->is_provider = endpoint_is_provider((struct span){hello->name, hello->name_length});
    memcpy(record->random, hello->random, HELLO_RANDOM);
    if (record->handshake < HANDSHAKE)
        record->handshake = HANDSHAKE;
    if (record->is_tls)
        record->handshake += (uint32_t)bytes.length; /* not more than a record */
    record->is_tls = true;
    record->is_told = false;
    record->plain_ahead = 0;
    record->stage = SECRET;
    record_join(fd, record);
}

/* Either way it may end as HTTP. */
static void follow(struct record *record, enum traffic_kind kind)
{
    if (kind == TRAFFIC_OPAQUE)
        record->stage = FRESH;
    if (kind == TRAFFIC_LOST)
        record_lose(record);
}

static void requested(struct record *record, const struct traffic_event *event)
{
    uint32_t number = record->traffic.http.asked - 1;
    switch (event->kind) {
    case TRAFFIC_BEGINS:
        record->begun++;
        return;
    case TRAFFIC_ASKED:
        charge_ask(record, event->exchange, number);
        return;
    default:
        follow(record, event->kind);
    }
}

static bool is_over(enum traffic_kind kind)
{
    return kind == TRAFFIC_MORE || kind == TRAFFIC_OPAQUE || kind == TRAFFIC_LOST;
}

static size_t read_request(struct record *record, struct span bytes)
{
    struct traffic_event event;
    size_t used = 0;
    do {
        used += traffic_sent(&record->traffic, span_cut(bytes, used), &event);
        requested(record, &event);
    } while (!is_over(event.kind));
    return used;
}

/* What is said before TLS to a SOCKS proxy is said in pieces of its own. */
static void read_sent(struct record *record, int fd, struct span bytes)
{
    while (bytes.length) {
        if (record->stage == FRESH && is_of_socks(*bytes.at))
            return;
        if (record->stage == FRESH || (record->stage == SECRET && record->is_told))
            begin(record, *bytes.at);
        if (record->stage != SPOKEN) {
            if (record->stage == HELLO)
                read_hello(record, fd, bytes);
            return;
        }
        bytes = span_cut(bytes, read_request(record, bytes));
    }
}

/* Those that were read before are not new. */
static struct span news(struct span bytes, uint64_t *skip)
{
    size_t known = *skip < bytes.length ? (size_t)*skip : bytes.length;
    *skip -= known;
    return span_cut(bytes, known);
}

static uint64_t more_of(uint64_t ahead, uint64_t offered)
{
    return ahead > offered ? ahead : offered;
}

void talk_offers(int fd, unsigned limits, const struct iovec *parts, size_t count)
{
    struct record *record = record_enter(fd);
    if (!record)
        return;
    uint64_t skip = record->ahead, offered = 0;
    record->limits = (uint16_t)limits;
    for (size_t i = 0; i < count; i++) {
        struct span bytes = {parts[i].iov_base, parts[i].iov_len}, fresh = news(bytes, &skip);
        bool is_plain = !record->is_tls && record->stage != UNREAD;
        if (is_plain && fresh.length && is_readable(fresh.at, fresh.length))
            read_sent(record, fd, fresh);
        if (!record->is_told && (record->is_tls ? !is_plain : record->stage == UNREAD))
            charge_unread(record, fresh.length);
        offered += bytes.length;
    }
    record->ahead = more_of(record->ahead, offered);
    charge_assess(record);
    record_leave(record);
}

void talk_offers_unseen(int fd, unsigned limits, size_t length)
{
    struct record *record = record_enter(fd);
    if (!record)
        return;
    record->limits = (uint16_t)limits;
    record_lose(record);
    if (length > record->ahead)
        charge_unread(record, length - record->ahead);
    record->ahead = more_of(record->ahead, length);
    record_leave(record);
}

uint64_t talk_due(int fd, unsigned limit)
{
    const struct record *record = record_look(fd);
    return record ? __atomic_load_n(&record->due[limit], __ATOMIC_RELAXED) : 0;
}

void talk_held(int fd, uint64_t now_ns)
{
    struct record *record = record_enter_if_any(fd);
    if (!record)
        return;
    if (!record->held_since_ns || !now_ns)
        __atomic_store_n(&record->held_since_ns, now_ns, __ATOMIC_RELAXED);
    record_leave(record);
}

uint64_t talk_held_since(int fd)
{
    const struct record *record = record_look(fd);
    uint64_t since_ns = record ? __atomic_load_n(&record->held_since_ns, __ATOMIC_RELAXED) : 0;
    return since_ns ? since_ns : RL_FOREVER;
}

void talk_departed(int fd, size_t length, const struct rl_claim *claims, unsigned count)
{
    struct record *record = record_enter_if_any(fd);
    if (!record)
        return;
    record->ahead -= length < record->ahead ? length : record->ahead;
    charge_take(record, claims, count);
    record_leave(record);
}

static uint64_t wall_clock_ns(void)
{
    struct timespec now = {0};
    raw_call(SYS_clock_gettime, CLOCK_REALTIME, (long)&now, 0, 0, 0);
    return (uint64_t)now.tv_sec * RL_SECOND + (uint64_t)now.tv_nsec;
}

static void answered(struct record *record, const struct traffic_event *event)
{
    uint32_t number = record->traffic.http.answered - 1;
    switch (event->kind) {
    case TRAFFIC_ANSWERS:
        charge_head(record, event->exchange, event->answer);
        return;
    case TRAFFIC_ANSWERED:
    case TRAFFIC_CUT:
        charge_settle(record, event->exchange, number, event->answer, event->kind == TRAFFIC_CUT);
        return;
    default:
        follow(record, event->kind);
    }
}

static void read_received(struct record *record, struct span bytes)
{
    struct traffic_event event;
    if (record->stage != SPOKEN)
        return;
    uint64_t now_ns = wall_clock_ns();
    do {
        bytes = span_cut(bytes, traffic_received(&record->traffic, bytes, now_ns, &event));
        answered(record, &event);
    } while (!is_over(event.kind));
}

static void end(struct record *record)
{
    struct traffic_event event;
    if (record->stage != SPOKEN)
        return;
    do {
        traffic_closed(&record->traffic, &event);
        answered(record, &event);
    } while (!is_over(event.kind));
}

void talk_heard(int fd, const void *bytes, size_t length)
{
    struct record *record = record_enter_if_any(fd);
    if (!record)
        return;
    record->is_counted = false;
    if (!record->is_tls)
        read_received(record, (struct span){bytes, length});
    record_leave(record);
}

void talk_ended(int fd)
{
    struct record *record = record_enter_if_any(fd);
    if (!record)
        return;
    end(record);
    record_leave(record);
}

void talk_closing(int fd)
{
    struct record *record = record_enter_if_any(fd);
    if (!record)
        return;
    end(record);
    __atomic_store_n(&record->generation, 0, __ATOMIC_RELEASE);
    record_leave(record);
}

void talk_writes(int fd, const void *bytes, size_t length)
{
    struct record *record = record_enter_if_any(fd);
    if (!record)
        return;
    uint64_t skip = record->plain_ahead;
    struct span fresh = news((struct span){bytes, length}, &skip);
    record->is_told = true;
    record->handshake = 0;
    if (record->stage != UNREAD && fresh.length && is_readable(fresh.at, fresh.length))
        read_sent(record, fd, fresh);
    if (record->stage == UNREAD)
        charge_unread(record, fresh.length);
    record->plain_ahead = more_of(record->plain_ahead, length);
    charge_assess(record);
    record_leave(record);
}

void talk_wrote(int fd, size_t length)
{
    struct record *record = record_enter_if_any(fd);
    if (!record)
        return;
    record->plain_ahead -= length < record->plain_ahead ? length : record->plain_ahead;
    record_leave(record);
}

void talk_reads(int fd, const void *bytes, size_t length)
{
    struct record *record = record_enter_if_any(fd);
    if (!record)
        return;
    record->is_told = true;
    if (length)
        read_received(record, (struct span){bytes, length});
    else
        end(record);
    record_leave(record);
}
