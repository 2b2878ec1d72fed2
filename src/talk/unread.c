/*
 * unread.c - what cannot be read: it is charged by its size, where a limit is sure to be meant, and
 * told; or refused.
 */
#include "messages.h"
#include "record.h"

/* A limit on some hosts, if this is one, counts whatever it is; one on requests counts those of
 * TLS; one on models what goes to a provider by its name. */
static bool counts_unread(const struct record *record, const struct limit *limit)
{
    if (limit->rules || record->is_provider)
        return true;
    return limit->unit == UNIT_REQUESTS && !limit->only_models && record->is_tls;
}

/* The server by its name, where that is known. */
static void warn(bool *said, const struct record *record, const char *consequence)
{
    struct span name = {NULL, 0};
    if (record->stage == SECRET)
        name = (struct span){record->hello.name, record->hello.name_length};
    messages_warn_of(said,
                     name.length ? "what is said in TLS to " : "what is said in TLS to a host",
                     name, consequence);
}

#define UNREADABLE                                                                                 \
    " cannot be read, since its library is not one that is known, or it is no HTTP/1.1: "

static void tell(const struct record *record, bool is_counted)
{
    static bool said_counted, said_free;
    if (!record->is_tls || shim.config.escape == ESCAPE_ALLOW)
        return;
    if (record->is_refused)
        warn(&said_counted, record, UNREADABLE "it is refused (RL_ESCAPE=refuse)");
    else if (is_counted)
        warn(&said_counted, record, UNREADABLE "it is counted by its size");
    else
        warn(&said_free, record,
             UNREADABLE "it is not counted; to count it by its size, name the host: to=HOST");
}

void charge_unread(struct record *record, uint64_t bytes)
{
    uint64_t free = record->handshake < bytes ? record->handshake : bytes;
    record->handshake -= (uint32_t)free;
    bytes -= free;
    for (unsigned rest = record->limits; rest && bytes; rest &= rest - 1) {
        unsigned i = (unsigned)__builtin_ctz(rest);
        const struct limit *limit = &shim.config.limits[i];
        bool is_counted = counts_unread(record, limit);
        record->is_refused |= is_counted && record->is_tls && shim.config.escape == ESCAPE_REFUSE;
        tell(record, is_counted);
        if (!is_counted)
            continue;
        uint64_t of_token = shim.config.bytes_per_token;
        uint64_t tokens = bytes / of_token + (bytes % of_token != 0);
        charge_due(record, i, limit->unit == UNIT_REQUESTS ? !record->is_counted : tokens);
        record->estimated |= (uint16_t)(1u << i);
    }
    record->is_counted |= bytes > 0;
}

bool talk_is_refused(int fd)
{
    const struct record *record = record_look(fd);
    return record && __atomic_load_n(&record->is_refused, __ATOMIC_RELAXED);
}

void talk_shakes_hands(int fd)
{
    enum { LONG = 1 << 14 }; /* with the certificates of a client (RFC 8446, 4.4.2) */
    struct record *record = record_enter(fd);
    if (!record)
        return;
    if (!record->is_told)
        record->handshake = LONG;
    record_leave(record);
}
