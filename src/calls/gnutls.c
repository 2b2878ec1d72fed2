/*
 * gnutls.c - gnutls_record_send, gnutls_record_recv and their relatives: see openssl.c.
 *
 * GnuTLS sends nothing of the program's before the handshake is done. What it corks was told when
 * it was taken. It is not told what it is given for early data, before there is a hello to know its
 * connection by (gnutls_record_send_early_data), nor what gnutls_record_send_file reads.
 */
#include "plaintext.h"

enum { INTERNAL_ERROR = -59 }; /* GNUTLS_E_INTERNAL_ERROR */

static int join(const struct tls_library *library, gnutls_session_t session, const void *caller)
{
    gnutls_datum_t random = {0}, servers;
    if (!plaintext_is_read(library, TLS_gnutls_session_get_random, caller))
        return NOBODY;
    TLS_OF(library, gnutls_session_get_random)(session, &random, &servers);
    return random.size == TALK_RANDOM ? plaintext_joins(random.data) : NOBODY;
}

/* What it sends is none of the program's plaintext; that it is this session which does, is known
 * once the hello was sent. */
int gnutls_handshake(gnutls_session_t session)
{
    struct tls_library library;
    if (!tls_find(&library, TLS_gnutls_handshake, session, TLS_CALLER))
        return INTERNAL_ERROR;
    int fd = join(&library, session, TLS_CALLER);
    if (fd != NOBODY)
        talk_shakes_hands(fd);
    return TLS_OF(&library, gnutls_handshake)(session);
}

/* Without bytes it goes on with those that it has not taken yet. */
static int offered(const struct tls_library *library, gnutls_session_t session, const void *bytes,
                   size_t length, const void *caller)
{
    int fd = join(library, session, caller);
    plaintext_offered(fd, bytes, length);
    return fd;
}

static ssize_t taken(int fd, ssize_t result)
{
    plaintext_taken(fd, result > 0 ? (size_t)result : 0);
    return result;
}

ssize_t gnutls_record_send(gnutls_session_t session, const void *bytes, size_t length)
{
    struct tls_library library;
    if (!tls_find(&library, TLS_gnutls_record_send, session, TLS_CALLER))
        return INTERNAL_ERROR;
    int fd = offered(&library, session, bytes, length, TLS_CALLER);
    return taken(fd, TLS_OF(&library, gnutls_record_send)(session, bytes, length));
}

ssize_t gnutls_record_send2(gnutls_session_t session, const void *bytes, size_t length,
                            size_t padding, unsigned flags)
{
    struct tls_library library;
    if (!tls_find(&library, TLS_gnutls_record_send2, session, TLS_CALLER))
        return INTERNAL_ERROR;
    int fd = offered(&library, session, bytes, length, TLS_CALLER);
    return taken(fd, TLS_OF(&library, gnutls_record_send2)(session, bytes, length, padding, flags));
}

ssize_t gnutls_record_send_range(gnutls_session_t session, const void *bytes, size_t length,
                                 const struct gnutls_range_st *range)
{
    struct tls_library library;
    if (!tls_find(&library, TLS_gnutls_record_send_range, session, TLS_CALLER))
        return INTERNAL_ERROR;
    int fd = offered(&library, session, bytes, length, TLS_CALLER);
    return taken(fd, TLS_OF(&library, gnutls_record_send_range)(session, bytes, length, range));
}

/* What was decrypted, or, if that is nothing, that the peer has closed. */
static ssize_t got(const struct tls_library *library, gnutls_session_t session, const void *bytes,
                   ssize_t result, const void *caller)
{
    if (result >= 0)
        plaintext_got(join(library, session, caller), bytes, (size_t)result);
    return result;
}

ssize_t gnutls_record_recv(gnutls_session_t session, void *bytes, size_t length)
{
    struct tls_library library;
    if (!tls_find(&library, TLS_gnutls_record_recv, session, TLS_CALLER))
        return INTERNAL_ERROR;
    ssize_t result = TLS_OF(&library, gnutls_record_recv)(session, bytes, length);
    return got(&library, session, bytes, result, TLS_CALLER);
}

ssize_t gnutls_record_recv_seq(gnutls_session_t session, void *bytes, size_t length,
                               unsigned char *sequence)
{
    struct tls_library library;
    if (!tls_find(&library, TLS_gnutls_record_recv_seq, session, TLS_CALLER))
        return INTERNAL_ERROR;
    ssize_t result = TLS_OF(&library, gnutls_record_recv_seq)(session, bytes, length, sequence);
    return got(&library, session, bytes, result, TLS_CALLER);
}

ssize_t gnutls_record_recv_packet(gnutls_session_t session, struct mbuffer_st **packet)
{
    struct tls_library library;
    gnutls_datum_t bytes = {0};
    if (!tls_find(&library, TLS_gnutls_record_recv_packet, session, TLS_CALLER))
        return INTERNAL_ERROR;
    ssize_t result = TLS_OF(&library, gnutls_record_recv_packet)(session, packet);
    if (result > 0)
        TLS_OF(&library, gnutls_packet_get)(*packet, &bytes, NULL);
    return got(&library, session, bytes.data, result, TLS_CALLER);
}
