/*
 * alpn.c - what a client offers to speak over TLS, by ALPN (RFC 7301): no HTTP/2 while a limit
 * reads what is said, unless that is allowed (RL_HTTP2). A peer then takes HTTP/1.1, which nearly
 * all clients and all providers speak. A server is not touched.
 */
#include <string.h>

#include "shim.h"
#include "talk.h"
#include "tls.h"

static const char h2[] = "h2", http1[] = "http/1.1";
enum { H2_LENGTH = sizeof h2 - 1, HTTP1_LENGTH = sizeof http1 - 1 };

static bool keeps_h2(void)
{
    return !talk_limits || shim.config.http2_allowed;
}

static bool is_h2(const unsigned char *name, size_t length)
{
    return length == H2_LENGTH && memcmp(name, h2, length) == 0;
}

static bool is_http1(const unsigned char *name, size_t length)
{
    return length == HTTP1_LENGTH && memcmp(name, http1, length) == 0;
}

/* As SSL_set_alpn_protos(3) has it: names, each behind a byte that says how long it is. */
enum { LONGEST = 256 };
struct list {
    const unsigned char *names;
    unsigned length;
    unsigned char room[LONGEST + 1 + HTTP1_LENGTH];
};

static void append(struct list *list, const void *name, unsigned length)
{
    list->room[list->length++] = (unsigned char)length;
    memcpy(list->room + list->length, name, length);
    list->length += length;
}

/* One that is malformed stays as it is: the library will not have it. Of one that is longer than
 * any that is known, HTTP/1.1 is all that is offered. */
static void without_h2(const unsigned char *names, unsigned length, struct list *list)
{
    bool has_h2 = false, has_http1 = false, fits = length <= LONGEST;
    unsigned at = 0;
    list->length = 0;
    while (names && at < length && names[at] > 0 && names[at] < length - at) {
        const unsigned char *name = names + at + 1;
        unsigned name_length = names[at];
        bool is = is_h2(name, name_length);
        has_h2 |= is;
        has_http1 |= fits && is_http1(name, name_length);
        if (fits && !is)
            append(list, name, name_length);
        at += 1 + name_length;
    }
    if (!has_http1)
        append(list, http1, HTTP1_LENGTH);
    list->names = list->room;
    if (!has_h2 || at != length || keeps_h2()) {
        list->names = names;
        list->length = length;
    }
}

int SSL_set_alpn_protos(SSL *ssl, const unsigned char *names, unsigned length)
{
    struct tls_library library;
    struct list list;
    if (!tls_find(&library, TLS_SSL_set_alpn_protos, ssl, TLS_CALLER))
        return 1;
    without_h2(names, length, &list);
    return TLS_OF(&library, SSL_set_alpn_protos)(ssl, list.names, list.length);
}

int SSL_CTX_set_alpn_protos(SSL_CTX *context, const unsigned char *names, unsigned length)
{
    struct tls_library library;
    struct list list;
    if (!tls_find(&library, TLS_SSL_CTX_set_alpn_protos, context, TLS_CALLER))
        return 1;
    without_h2(names, length, &list);
    return TLS_OF(&library, SSL_CTX_set_alpn_protos)(context, list.names, list.length);
}

/* gnutls.h: GnuTLS takes no more than so many names; it does not say what side a session is, but
 * that a client has no use for the name of a server. */
enum { MOST_NAMES = 8, INTERNAL_ERROR = -59, INVALID_REQUEST = -50 };

static bool is_client(const struct tls_library *library, gnutls_session_t session)
{
    char name[1];
    size_t length = sizeof name;
    unsigned type;
    return TLS_OF(library, gnutls_server_name_get) &&
           TLS_OF(library, gnutls_server_name_get)(session, name, &length, &type, 0) ==
               INVALID_REQUEST;
}

int gnutls_alpn_set_protocols(gnutls_session_t session, const gnutls_datum_t *names, unsigned count,
                              unsigned flags)
{
    struct tls_library library;
    gnutls_datum_t kept[MOST_NAMES];
    unsigned kept_count = 0;
    bool has_h2 = false, has_http1 = false;
    if (!tls_find(&library, TLS_gnutls_alpn_set_protocols, session, TLS_CALLER))
        return INTERNAL_ERROR;
    for (unsigned i = 0; i < count && i < MOST_NAMES; i++) {
        has_http1 |= is_http1(names[i].data, names[i].size);
        if (is_h2(names[i].data, names[i].size))
            has_h2 = true;
        else
            kept[kept_count++] = names[i];
    }
    if (!has_h2 || keeps_h2() || !is_client(&library, session))
        return TLS_OF(&library, gnutls_alpn_set_protocols)(session, names, count, flags);
    if (!has_http1) /* there is room: one was left out */
        kept[kept_count++] = (gnutls_datum_t){(unsigned char *)http1, HTTP1_LENGTH};
    return TLS_OF(&library, gnutls_alpn_set_protocols)(session, kept, kept_count, flags);
}
