/*
 * openssl.c - SSL_write, SSL_read and their relatives: what is about to be encrypted, and what was
 * decrypted, is told to talk.h.
 *
 * What these functions do is what the library's own do. Nothing is remembered of a session: whose
 * plaintext it is, its random says, each time. A library that has no SSL_get_client_random (before
 * OpenSSL 1.1.0) is not read. Nor is what goes past these functions: SSL_sendfile, and
 * BIO_f_ssl(3), which has the library's own.
 */
#include "plaintext.h"

enum { RECEIVED_SHUTDOWN = 2 }; /* SSL_RECEIVED_SHUTDOWN */

static bool is_read(const struct tls_library *library, const void *caller)
{
    return plaintext_is_read(library, TLS_SSL_get_client_random, caller);
}

static int join(const struct tls_library *library, const SSL *ssl)
{
    unsigned char random[TALK_RANDOM] = {0};
    TLS_OF(library, SSL_get_client_random)(ssl, random, sizeof random);
    return plaintext_joins(random);
}

/* What a handshake sends is none of the program's plaintext. Whose it is, is known once the hello
 * was sent, and before, if the session itself has the descriptor. */
static void shakes_hands(const struct tls_library *library, const SSL *ssl, const void *caller)
{
    if (!is_read(library, caller))
        return;
    int fd = join(library, ssl);
    if (fd == NOBODY && TLS_OF(library, SSL_get_fd))
        fd = TLS_OF(library, SSL_get_fd)(ssl);
    if (fd >= 0)
        talk_shakes_hands(fd);
}

/*
 * Before the handshake is done nobody knows whose plaintext it is, and the same call that ends it
 * would send the plaintext. So that it is told before it departs, the handshake is made first, as
 * SSL_write would; false: it waits for something, or failed, as SSL_write would have.
 */
static bool begin_write(const struct tls_library *library, SSL *ssl, int *fd)
{
    *fd = join(library, ssl);
    if (*fd != NOBODY || !TLS_OF(library, SSL_in_init) || !TLS_OF(library, SSL_in_init)(ssl))
        return true;
    shakes_hands(library, ssl, NULL);
    if (TLS_OF(library, SSL_do_handshake)(ssl) <= 0)
        return false;
    *fd = join(library, ssl);
    return true;
}

int SSL_write(SSL *ssl, const void *bytes, int length)
{
    struct tls_library library;
    int fd;
    if (!tls_find(&library, TLS_SSL_write, ssl, TLS_CALLER))
        return -1;
    if (!is_read(&library, TLS_CALLER) || length <= 0)
        return TLS_OF(&library, SSL_write)(ssl, bytes, length);
    if (!begin_write(&library, ssl, &fd))
        return -1;
    plaintext_offered(fd, bytes, (size_t)length);
    int result = TLS_OF(&library, SSL_write)(ssl, bytes, length);
    plaintext_taken(fd, result > 0 ? (size_t)result : 0);
    return result;
}

int SSL_write_ex(SSL *ssl, const void *bytes, size_t length, size_t *written)
{
    struct tls_library library;
    int fd;
    if (!tls_find(&library, TLS_SSL_write_ex, ssl, TLS_CALLER))
        return 0;
    if (!is_read(&library, TLS_CALLER) || length == 0)
        return TLS_OF(&library, SSL_write_ex)(ssl, bytes, length, written);
    if (!begin_write(&library, ssl, &fd))
        return 0;
    plaintext_offered(fd, bytes, length);
    int result = TLS_OF(&library, SSL_write_ex)(ssl, bytes, length, written);
    plaintext_taken(fd, result > 0 ? *written : 0);
    return result;
}

int SSL_do_handshake(SSL *ssl)
{
    struct tls_library library;
    if (!tls_find(&library, TLS_SSL_do_handshake, ssl, TLS_CALLER))
        return -1;
    shakes_hands(&library, ssl, TLS_CALLER);
    return TLS_OF(&library, SSL_do_handshake)(ssl);
}

int SSL_connect(SSL *ssl)
{
    struct tls_library library;
    if (!tls_find(&library, TLS_SSL_connect, ssl, TLS_CALLER))
        return -1;
    shakes_hands(&library, ssl, TLS_CALLER);
    return TLS_OF(&library, SSL_connect)(ssl);
}

/* The first one makes the hello, and sends it with the bytes: of these is told afterwards. */
int SSL_write_early_data(SSL *ssl, const void *bytes, size_t length, size_t *written)
{
    struct tls_library library;
    if (!tls_find(&library, TLS_SSL_write_early_data, ssl, TLS_CALLER))
        return 0;
    if (!is_read(&library, TLS_CALLER))
        return TLS_OF(&library, SSL_write_early_data)(ssl, bytes, length, written);
    int before = join(&library, ssl), fd = before;
    plaintext_offered(before, bytes, length);
    int result = TLS_OF(&library, SSL_write_early_data)(ssl, bytes, length, written);
    if (before == NOBODY && result > 0) {
        fd = join(&library, ssl);
        plaintext_offered(fd, bytes, *written);
    }
    plaintext_taken(fd, result > 0 ? *written : 0);
    return result;
}

static void got(const struct tls_library *library, SSL *ssl, const void *bytes, size_t length)
{
    bool at_end = !length && (TLS_OF(library, SSL_get_shutdown)(ssl) & RECEIVED_SHUTDOWN);
    plaintext_got(length || at_end ? join(library, ssl) : NOBODY, bytes, length);
}

int SSL_read(SSL *ssl, void *bytes, int length)
{
    struct tls_library library;
    if (!tls_find(&library, TLS_SSL_read, ssl, TLS_CALLER))
        return -1;
    int result = TLS_OF(&library, SSL_read)(ssl, bytes, length);
    if (is_read(&library, TLS_CALLER))
        got(&library, ssl, bytes, result > 0 ? (size_t)result : 0);
    return result;
}

int SSL_read_ex(SSL *ssl, void *bytes, size_t length, size_t *read)
{
    struct tls_library library;
    if (!tls_find(&library, TLS_SSL_read_ex, ssl, TLS_CALLER))
        return 0;
    int result = TLS_OF(&library, SSL_read_ex)(ssl, bytes, length, read);
    if (is_read(&library, TLS_CALLER))
        got(&library, ssl, bytes, result > 0 ? *read : 0);
    return result;
}
