/* addressed.c - see addressed.h. */
#include "addressed.h"
#include "addressee.h"
#include "fd.h"
#include "numbers.h"
#include "readable.h"
#include "sandbox.h"

/* One thread at a time has it: who finds it busy does not look. Two that send on one stream at once
 * say nothing that could be understood. */
struct connection {
    bool busy;
    bool said; /* a host was named */
    bool by_proxy;
    uint32_t generation; /* of the number (fd.h) */
    size_t ahead;        /* bytes that were looked at, and not taken */
    struct host_rules rules;
    struct addressee_name name; /* that was found last */
    struct addressee addressee;
};

static struct numbers connections = {.size = sizeof(struct connection)};

static bool take_up(struct connection *own)
{
    return !__atomic_exchange_n(&own->busy, true, __ATOMIC_ACQUIRE);
}

static void put_down(struct connection *own)
{
    __atomic_store_n(&own->busy, false, __ATOMIC_RELEASE);
}

static void begin(struct connection *own, uint32_t generation)
{
    own->said = own->by_proxy = false;
    own->ahead = 0;
    addressee_begin(&own->addressee);
    own->generation = generation;
}

/* The record of a number, if it is of what that means now. */
static struct connection *find(int fd)
{
    struct connection *own = numbers_find(&connections, fd);
    return own && own->generation == fd_generation(fd_entry_of(fd)) ? own : NULL;
}

/* The peer is that host. TCP Fast Open has none yet, and names it. */
__attribute__((noinline)) static void learn(const struct passage *passage, struct span host)
{
    struct peer peer;
    bool is_named = passage->connects && passage->to_length >= sizeof(sa_family_t) &&
                    is_readable(passage->to, passage->to_length);
    if (peer_of(passage->fd, &peer) ||
        (is_named && peer_read(passage->to, passage->to_length, &peer)))
        hosts_learn(host, &peer);
}

__attribute__((noinline)) static void note(struct connection *own, const struct passage *passage)
{
    const struct addressee_name *name = &own->name;
    own->said = true;
    if (!name->by_proxy) {
        learn(passage, name->host);
    } else {
        if (!name->also)
            own->rules = (struct host_rules){{0}};
        hosts_rules(name->host, name->port, &own->rules);
        own->by_proxy = true;
    }
    fd_forget_peer(passage->fd);
}

/* Up to the next name, of one part. What is not readable is not looked at: a piece at a time. */
static void take(struct connection *own, struct span bytes)
{
    enum { PIECE = 4096 };
    do {
        size_t length = bytes.length < PIECE ? bytes.length : PIECE;
        if (!is_readable(bytes.at, length)) {
            own->addressee.ended = true;
            return;
        }
        length = addressee_take(&own->addressee, (struct span){bytes.at, length}, &own->name);
        bytes = span_cut(bytes, length);
        own->ahead += length;
    } while (bytes.length && !own->addressee.ended && !own->name.host.length);
}

/* The next name in what was not looked at yet. False: there is none. */
__attribute__((noinline)) static bool look(struct connection *own, const struct passage *passage)
{
    own->name.host.length = 0;
    while (own->ahead < passage->length && !own->addressee.ended && !own->name.host.length)
        take(own, passage_part(passage, own->ahead));
    return own->name.host.length;
}

bool addressed_offers(const struct passage *passage)
{
    if (!(passage->family & (CALL_SEND | CALL_WRITE)) || !passage->go || !passage->length ||
        in_sandbox())
        return false;
    fd_entry entry = fd_look(passage->fd);
    struct connection *own =
        fd_class(entry) == FD_STREAM ? numbers_take(&connections, passage->fd) : NULL;
    bool is_new = own && own->generation != fd_generation(entry);
    if (!own || (own->addressee.ended && !is_new) || !take_up(own))
        return false;
    if (is_new)
        begin(own, fd_generation(entry));
    own->addressee.ended |= !passage_is_seen(passage);
    while (look(own, passage)) /* by itself, to be off the stack then */
        note(own, passage);
    bool goes_on = !own->addressee.ended;
    if (!goes_on && !own->said) /* which may be to be told: see peer.c */
        fd_forget_peer(passage->fd);
    put_down(own);
    return goes_on;
}

void addressed_took(int fd, size_t bytes)
{
    struct connection *own = find(fd);
    if (own)
        own->ahead -= bytes < own->ahead ? bytes : own->ahead;
}

void addressed_begin(int fd)
{
    struct connection *own = find(fd);
    if (own && take_up(own)) {
        begin(own, own->generation);
        put_down(own);
    }
}

const struct host_rules *addressed_rules(int fd)
{
    const struct connection *own = find(fd);
    return own && own->by_proxy ? &own->rules : NULL;
}

bool addressed_may_tell(int fd)
{
    const struct connection *own = find(fd);
    return fd_class(fd_entry_of(fd)) == FD_STREAM && !in_sandbox() &&
           (!own || own->said || !own->addressee.ended);
}
