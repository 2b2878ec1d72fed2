/* plaintext.h - what a TLS library is given, and gives, told to talk.h: for openssl.c, gnutls.c. */
#ifndef PLAINTEXT_H
#define PLAINTEXT_H

#include <string.h>

#include "talk.h"
#include "tls.h"

enum { NOBODY = -1 };

/* Whether a call from there is to be told. `asked` is the function that gives the random. */
static inline bool plaintext_is_read(const struct tls_library *library, enum tls asked,
                                     const void *caller)
{
    return talk_limits && library->functions[asked] && !tls_is_inner(library, caller);
}

/* The descriptor that a session with this random talks on. Before its hello it is zeroes. */
static inline int plaintext_joins(const unsigned char random[TALK_RANDOM])
{
    static const unsigned char none[TALK_RANDOM];
    return memcmp(random, none, sizeof none) == 0 ? NOBODY : talk_of_tls(random);
}

static inline void plaintext_offered(int fd, const void *bytes, size_t length)
{
    if (fd != NOBODY)
        talk_writes(fd, bytes, length);
}

static inline void plaintext_taken(int fd, size_t length)
{
    if (fd != NOBODY)
        talk_wrote(fd, length);
}

static inline void plaintext_got(int fd, const void *bytes, size_t length)
{
    if (fd != NOBODY)
        talk_reads(fd, bytes, length);
}

#endif
