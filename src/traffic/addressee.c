/* addressee.c - see addressee.h. */
#include "addressee.h"
#include "endpoint.h"

enum state { BEGINS, IN_HELLO, IN_HTTP };

enum { HANDSHAKE = 22, HTTP_PORT = 80, HTTPS_PORT = 443 };

/* HOST, HOST:PORT, USER@HOST:PORT (RFC 3986, 3.2). An IPv6 address is no name. */
static void split(struct span authority, uint16_t port, struct addressee_name *name)
{
    uint64_t number;
    struct span user = span_to(authority, '@');
    if (user.length < authority.length)
        authority = span_cut(authority, user.length + 1);
    if (authority.length && *authority.at == '[')
        return;
    struct span host = span_to(authority, ':'), rest = span_cut(authority, host.length);
    name->host = host;
    name->port = port;
    if (span_skip(&rest, ":") && span_number(&rest, &number) && number <= UINT16_MAX)
        name->port = (uint16_t)number;
}

static void end(struct addressee *addressee)
{
    addressee->ended = true;
}

/* The name is told as soon as it is there: what follows it of a hello that is cut is held then. */
static size_t take_hello(struct addressee *addressee, struct span bytes,
                         struct addressee_name *name)
{
    struct hello *hello = &addressee->hello;
    if (hello_take(hello, bytes) == HELLO_MORE && !hello->name_length)
        return bytes.length;
    *name = (struct addressee_name){
        .host = {hello->name, hello->name_length},
        .port = addressee->tunnel_port,
        .by_proxy = addressee->tunnel,
        .also = addressee->tunnel,
    };
    end(addressee);
    return bytes.length;
}

/* The line of a request. */
static void take_target(struct addressee *addressee, const struct http_event *event,
                        struct addressee_name *name)
{
    struct span host = endpoint_host(event->value);
    addressee->connects = span_is(event->name, "CONNECT");
    addressee->absolute = host.length > 0;
    name->by_proxy = true;
    name->also = addressee->tunnel;
    if (addressee->connects) {
        split(event->value, HTTPS_PORT, name);
        addressee->tunnel_port = name->port;
    } else if (addressee->absolute)
        split(host, HTTP_PORT, name);
}

static void take_field(const struct addressee *addressee, const struct http_event *event,
                       struct addressee_name *name)
{
    if (addressee->connects || addressee->absolute || event->cut || !span_is(event->name, "host"))
        return;
    split(event->value, 0, name);
    name->port = addressee->tunnel_port;
    name->by_proxy = name->also = addressee->tunnel;
}

static void begin_with(struct addressee *addressee, char first)
{
    if (first == HANDSHAKE)
        addressee->hello = (struct hello){.name_length = 0};
    else
        http_begin(&addressee->http);
    addressee->state = first == HANDSHAKE ? IN_HELLO : IN_HTTP;
}

static size_t take_http(struct addressee *addressee, struct span bytes, struct addressee_name *name)
{
    struct http_event event;
    size_t used = http_sent(&addressee->http, bytes, &event);
    switch (event.kind) {
    case HTTP_START:
        take_target(addressee, &event, name);
        break;
    case HTTP_FIELD:
        take_field(addressee, &event, name);
        break;
    case HTTP_HEAD:
        http_unanswered(&addressee->http);
        if (addressee->connects) {
            addressee->tunnel = true;
            addressee->state = BEGINS;
        }
        break;
    case HTTP_OPAQUE:
    case HTTP_LOST:
        end(addressee);
        break;
    default:
        break;
    }
    return used;
}

/* Through a proxy of HTTP nobody asks another one. */
static bool asks_socks(const struct addressee *addressee, char first)
{
    return is_of_socks(first) && (!addressee->tunnel || addressee->socks);
}

/* To begin with, a client says three things at most to a SOCKS proxy, each in a call of its own,
 * since it waits for the answer: its methods, who it is (RFC 1929), and whom it means. */
static void take_socks(struct addressee *addressee, struct span bytes, struct addressee_name *name)
{
    enum { MOST = 3, CONNECT = 1, BY_NAME = 3, NAME = 5, PORT = 2 };
    const unsigned char *at = (const unsigned char *)bytes.at;
    addressee->tunnel = true;
    addressee->ended = ++addressee->socks > MOST;
    if (at[0] != 5 || bytes.length <= NAME || at[1] != CONNECT || at[3] != BY_NAME ||
        bytes.length != (size_t)NAME + at[NAME - 1] + PORT)
        return;
    name->host = (struct span){bytes.at + NAME, at[NAME - 1]};
    name->port = (uint16_t)(at[bytes.length - 2] << 8 | at[bytes.length - 1]);
    name->by_proxy = true;
    addressee->tunnel_port = name->port;
}

void addressee_begin(struct addressee *addressee)
{
    addressee->tunnel_port = 0;
    addressee->socks = 0;
    addressee->state = BEGINS;
    addressee->tunnel = addressee->absolute = addressee->connects = addressee->ended = false;
}

size_t addressee_take(struct addressee *addressee, struct span bytes, struct addressee_name *name)
{
    size_t used = 0;
    *name = (struct addressee_name){.host = {NULL, 0}};
    while (used < bytes.length && !addressee->ended && !name->host.length) {
        struct span rest = span_cut(bytes, used);
        if (addressee->state == BEGINS && asks_socks(addressee, *rest.at)) {
            take_socks(addressee, rest, name);
            return bytes.length;
        }
        if (addressee->state == BEGINS)
            begin_with(addressee, *rest.at);
        used += addressee->state == IN_HELLO ? take_hello(addressee, rest, name)
                                             : take_http(addressee, rest, name);
    }
    return addressee->ended && !name->host.length ? bytes.length : used;
}
