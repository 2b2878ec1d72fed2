/*
 * tls.h - the TLS libraries that are loaded, and their functions.
 *
 * Those of tls.def are intercepted, as those of calls.def are; but what stands behind them is in no
 * library that everybody has. There may be several, as an interpreter's own beside the system's, of
 * other versions, and RTLD_NEXT finds none that was loaded RTLD_LOCAL. The real function is that of
 * the library that made the session, which the session itself tells: one of its first words points
 * into the library, in OpenSSL, LibreSSL and BoringSSL always (the table of its methods), in GnuTLS
 * from the hello on (what it hashes with).
 *
 * These functions take locks and allocate, whoever's they are: none is for signal handlers. So this
 * may ask dl_iterate_phdr(3), which takes the loader's lock, each time; but it takes none of its
 * own, and allocates nothing.
 */
#ifndef TLS_H
#define TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "real.h"

/* ssl.h, of OpenSSL 1.1.0 and later. Its headers are not needed to build this. */
typedef struct ssl_st SSL;
typedef struct ssl_ctx_st SSL_CTX;
extern int SSL_write(SSL *ssl, const void *bytes, int length);
extern int SSL_write_ex(SSL *ssl, const void *bytes, size_t length, size_t *written);
extern int SSL_write_early_data(SSL *ssl, const void *bytes, size_t length, size_t *written);
extern int SSL_read(SSL *ssl, void *bytes, int length);
extern int SSL_read_ex(SSL *ssl, void *bytes, size_t length, size_t *got);
extern size_t SSL_get_client_random(const SSL *ssl, unsigned char *random, size_t length);
extern int SSL_in_init(const SSL *ssl);
extern int SSL_do_handshake(SSL *ssl);
extern int SSL_connect(SSL *ssl);
extern int SSL_get_fd(const SSL *ssl);
extern int SSL_get_shutdown(const SSL *ssl);
extern int SSL_set_alpn_protos(SSL *ssl, const unsigned char *list, unsigned length);
extern int SSL_CTX_set_alpn_protos(SSL_CTX *context, const unsigned char *list, unsigned length);

/* gnutls.h, of GnuTLS 3. */
typedef struct gnutls_session_int *gnutls_session_t;
typedef struct {
    unsigned char *data;
    unsigned size;
} gnutls_datum_t;
struct gnutls_range_st;
struct mbuffer_st;
extern int gnutls_handshake(gnutls_session_t session);
extern ssize_t gnutls_record_send(gnutls_session_t session, const void *bytes, size_t length);
extern ssize_t gnutls_record_send2(gnutls_session_t session, const void *bytes, size_t length,
                                   size_t padding, unsigned flags);
extern ssize_t gnutls_record_send_range(gnutls_session_t session, const void *bytes, size_t length,
                                        const struct gnutls_range_st *range);
extern ssize_t gnutls_record_recv(gnutls_session_t session, void *bytes, size_t length);
extern ssize_t gnutls_record_recv_seq(gnutls_session_t session, void *bytes, size_t length,
                                      unsigned char *sequence);
extern ssize_t gnutls_record_recv_packet(gnutls_session_t session, struct mbuffer_st **packet);
extern void gnutls_session_get_random(gnutls_session_t session, gnutls_datum_t *client,
                                      gnutls_datum_t *server);
extern void gnutls_packet_get(struct mbuffer_st *packet, gnutls_datum_t *bytes,
                              unsigned char *sequence);
extern int gnutls_alpn_set_protocols(gnutls_session_t session, const gnutls_datum_t *protocols,
                                     unsigned count, unsigned flags);
extern int gnutls_server_name_get(gnutls_session_t session, void *name, size_t *length,
                                  unsigned *type, unsigned index);

#define READ(name) EXPORT extern __typeof__(name) name;
#define ASKED(name)
#include "tls.def"
#undef READ
#undef ASKED

enum tls {
#define READ(name)  TLS_##name,
#define ASKED(name) TLS_##name,
#include "tls.def"
#undef READ
#undef ASKED
    TLS_FUNCTIONS
};

/* From where to where it is mapped, and what it has of the table; the rest is NULL. */
struct tls_library {
    uintptr_t begin, end;
    void *functions[TLS_FUNCTIONS];
};

/* TLS_OF(library, name)(arguments) calls it. */
#define TLS_OF(library, name) ((__typeof__(name) *)(library)->functions[TLS_##name])

/* In an intercepted function: who calls it. */
#define TLS_CALLER __builtin_return_address(0)

/*
 * tls_find - the library that made a session, or a context of sessions; of several that might have,
 * the one that who calls needs by name (DT_NEEDED), or else the one that was loaded first.
 * wanted: a function that it must have. made: what it made, of at least 4 words; or NULL. caller:
 * the address that the intercepted function returns to. False: none that is loaded has it. A
 * quarter of a KiB of stack; errno is left alone.
 */
bool tls_find(struct tls_library *library, enum tls wanted, const void *made, const void *caller);

/* tls_covers - whether an address lies in the library. */
static inline bool tls_covers(const struct tls_library *library, const void *address)
{
    return (uintptr_t)address - library->begin < library->end - library->begin;
}

/*
 * tls_is_inner - whether a call from there is part of another one, which was seen: from inside the
 * library, as some call their own functions by name, or from this one, to which they return if they
 * do so by a jump.
 */
bool tls_is_inner(const struct tls_library *library, const void *caller);

/* tls_is_read - whether that is the name of a function that is intercepted. */
bool tls_is_read(const char *name);

#endif
