/*
 * coders.h - streams in each coding, by the libraries that read them, too.
 *
 * They are loaded as an interpreter's modules load them: for nobody else to see.
 */
#ifndef CODERS_H
#define CODERS_H

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "span.h"

/* As in zlib.h, for compressing. */
struct deflater {
    const char *next_in;
    unsigned avail_in;
    unsigned long total_in;
    char *next_out;
    unsigned avail_out;
    unsigned long total_out;
    const char *msg;
    void *state, *zalloc, *zfree, *opaque;
    int data_type;
    unsigned long adler, reserved;
};

enum { ZLIB = 15, GZIP = 15 + 16, RAW = -15 }; /* window bits */

static void *libz, *libbrotli, *libzstd;

/* Streams last until the end of the test. */
static void *rooms[256];
static unsigned rooms_used;

static inline char *make_room(size_t length)
{
    char *room = malloc(length ? length : 1);
    rooms[rooms_used++] = room;
    return room;
}

static inline void free_rooms(void)
{
    while (rooms_used)
        free(rooms[--rooms_used]);
}

static inline struct span zlib(struct span plain, int window_bits)
{
    enum { DEFLATED = 8, FASTEST = 1, MEMORY = 8, FINISH = 4, END = 1 };
    int (*init)(struct deflater *, int, int, int, int, int, const char *, int) =
        dlsym(libz, "deflateInit2_");
    int (*deflate)(struct deflater *, int) = dlsym(libz, "deflate");
    int (*end)(struct deflater *) = dlsym(libz, "deflateEnd");
    size_t room = plain.length + 1024;
    char *out = make_room(room);
    struct deflater is = {.next_in = plain.at,
                          .avail_in = (unsigned)plain.length,
                          .next_out = out,
                          .avail_out = (unsigned)room};
    CHECK(init(&is, FASTEST, DEFLATED, window_bits, MEMORY, 0, "1", sizeof is) == 0);
    CHECK(deflate(&is, FINISH) == END);
    end(&is);
    return (struct span){out, is.total_out};
}

static inline struct span brotli(struct span plain, int window_bits)
{
    enum { QUALITY = 2 };
    int (*compress)(int, int, int, size_t, const char *, size_t *, char *) =
        dlsym(libbrotli, "BrotliEncoderCompress");
    size_t length = plain.length + 1024;
    char *out = make_room(length);
    CHECK(compress(QUALITY, window_bits, 0, plain.length, plain.at, &length, out) == 1);
    return (struct span){out, length};
}

static inline struct span zstd(struct span plain, int window_bits)
{
    enum { WINDOW_LOG = 101 };
    void *(*create)(void) = dlsym(libzstd, "ZSTD_createCCtx");
    size_t (*set)(void *, int, int) = dlsym(libzstd, "ZSTD_CCtx_setParameter");
    size_t (*compress)(void *, char *, size_t, const char *, size_t) =
        dlsym(libzstd, "ZSTD_compress2");
    size_t (*leave)(void *) = dlsym(libzstd, "ZSTD_freeCCtx");
    size_t room = plain.length + 1024;
    char *out = make_room(room);
    void *context = create();
    CHECK(set(context, WINDOW_LOG, window_bits) == (size_t)window_bits);
    size_t length = compress(context, out, room, plain.at, plain.length);
    CHECK(length < room);
    leave(context);
    return (struct span){out, length};
}

static inline struct span both(struct span one, struct span other)
{
    char *out = make_room(one.length + other.length);
    memcpy(out, one.at, one.length);
    memcpy(out + one.length, other.at, other.length);
    return (struct span){out, one.length + other.length};
}

/* Of brotli both, or none. */
static inline void load_coders(void)
{
    libz = dlopen("libz.so.1", RTLD_NOW | RTLD_LOCAL);
    if (dlopen("libbrotlidec.so.1", RTLD_LAZY | RTLD_LOCAL))
        libbrotli = dlopen("libbrotlienc.so.1", RTLD_LAZY | RTLD_LOCAL);
    libzstd = dlopen("libzstd.so.1", RTLD_LAZY | RTLD_LOCAL);
}

#endif
