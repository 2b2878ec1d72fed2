/* stream.c - see stream.h. No headers of those libraries are needed to build this one. */
#include <limits.h>

#include "next.h"
#include "stream.h"

enum { CREATE, DECODE, IS_ERROR };

#define MIB ((size_t)1 << 20)

size_t stream_arena(enum coded coded)
{
    switch (coded) {
    case CODED_BROTLI: /* a window of 16 MiB, which doubles as it fills; and tables */
        return 40 * MIB;
    case CODED_ZSTD: /* 8 MiB, as in HTTP there must not be more (RFC 9659): it would not fit */
        return 12 * MIB;
    default: /* a window of 32 KiB, and some have twice as much */
        return MIB / 4;
    }
}

size_t stream_head(enum coded coded)
{
    return coded == CODED_ZLIB ? 2 : coded == CODED_ZSTD ? 4 : 0;
}

bool stream_find(struct stream *stream)
{
    switch (stream->coded) {
    case CODED_ZLIB:
        return next_together("inflateInit2_\0inflate", stream->functions, 2);
    case CODED_BROTLI:
        return next_together("BrotliDecoderCreateInstance\0BrotliDecoderDecompressStream",
                             stream->functions, 2);
    case CODED_ZSTD:
        return next_together("ZSTD_createDCtx_advanced\0ZSTD_decompressStream\0"
                             "ZSTD_isError",
                             stream->functions, 3);
    default:
        return false;
    }
}

static void *take(void *arena, size_t bytes)
{
    return arena_take(arena, bytes);
}

static void leave(void *arena, void *block)
{
    (void)arena;
    arena_leave(block);
}

/* zlib: RFC 1950 to 1952. */

static void *take_items(void *arena, unsigned count, unsigned size)
{
    return arena_take(arena, (size_t)count * size);
}

typedef int inflate_init(struct zlib_stream *zlib, int window_bits, const char *version, int size);
typedef int inflate_more(struct zlib_stream *zlib, int flush);

static bool is_gzip(const unsigned char *head)
{
    return head[0] == 0x1F && head[1] == 0x8B;
}

/* RFC 1950, 2.2. What is called deflate should begin so, and does not from some servers. */
static bool is_zlib(const unsigned char *head)
{
    return (head[0] & 0x0F) == 8 && (head[0] << 8 | head[1]) % 31 == 0;
}

static bool zlib_begin(struct stream *stream, const unsigned char *head)
{
    enum { WINDOW = 15, EITHER = 32 };
    inflate_init *init = (inflate_init *)stream->functions[CREATE];
    stream->zlib =
        (struct zlib_stream){.zalloc = take_items, .zfree = leave, .opaque = &stream->arena};
    return init(&stream->zlib, is_gzip(head) || is_zlib(head) ? WINDOW + EITHER : -WINDOW, "1",
                sizeof stream->zlib) == 0;
}

static enum stream_state zlib_read(struct stream *stream, struct span *in, char *out, size_t *room)
{
    enum { SYNC_FLUSH = 2, OK = 0, END = 1, NO_PROGRESS = -5 };
    inflate_more *inflate = (inflate_more *)stream->functions[DECODE];
    struct zlib_stream *zlib = &stream->zlib;
    unsigned offered = in->length < UINT_MAX ? (unsigned)in->length : UINT_MAX;
    zlib->next_in = in->at;
    zlib->avail_in = offered;
    zlib->next_out = out;
    zlib->avail_out = (unsigned)*room;
    int result = inflate(zlib, SYNC_FLUSH);
    *in = span_cut(*in, offered - zlib->avail_in);
    *room -= zlib->avail_out;
    return result == END                           ? STREAM_ENDS
           : result == OK || result == NO_PROGRESS ? STREAM_GOES_ON
                                                   : STREAM_FAILS;
}

/* Brotli: RFC 7932. Larger windows than its 16 MiB are refused, unless asked for. */

typedef void *brotli_create(void *(*take)(void *arena, size_t bytes),
                            void (*leave)(void *arena, void *block), void *arena);
typedef int brotli_more(void *state, size_t *in_length, const char **in, size_t *room, char **out,
                        size_t *total);

static bool brotli_begin(struct stream *stream)
{
    brotli_create *create = (brotli_create *)stream->functions[CREATE];
    stream->state = create(take, leave, &stream->arena);
    return stream->state != NULL;
}

static enum stream_state brotli_read(struct stream *stream, struct span *in, char *out,
                                     size_t *room)
{
    enum { ERROR, SUCCESS };
    brotli_more *more = (brotli_more *)stream->functions[DECODE];
    size_t left = *room;
    int result = more(stream->state, &in->length, &in->at, &left, &out, NULL);
    *room -= left;
    return result == SUCCESS ? STREAM_ENDS : result == ERROR ? STREAM_FAILS : STREAM_GOES_ON;
}

/* Zstandard: RFC 8878. */

struct zstd_memory {
    void *(*take)(void *arena, size_t bytes);
    void (*leave)(void *arena, void *block);
    void *arena;
};

struct zstd_buffer {
    const char *at;
    size_t length, used;
};

typedef void *zstd_create(struct zstd_memory memory);
typedef unsigned zstd_is_error(size_t result);
typedef size_t zstd_more(void *state, struct zstd_buffer *out, struct zstd_buffer *in);

/* A frame, or one that is to be skipped. The library may know older formats than the RFC's, which
 * it reads with memory of malloc's. */
static bool is_zstd(const unsigned char *head)
{
    bool skipped =
        (head[0] & 0xF0) == 0x50 && head[1] == 0x2A && head[2] == 0x4D && head[3] == 0x18;
    return skipped || (head[0] == 0x28 && head[1] == 0xB5 && head[2] == 0x2F && head[3] == 0xFD);
}

static bool zstd_begin(struct stream *stream, const unsigned char *head)
{
    zstd_create *create = (zstd_create *)stream->functions[CREATE];
    if (!is_zstd(head))
        return false;
    stream->state = create((struct zstd_memory){take, leave, &stream->arena});
    return stream->state != NULL;
}

static enum stream_state zstd_read(struct stream *stream, struct span *in, char *out, size_t *room)
{
    zstd_more *more = (zstd_more *)stream->functions[DECODE];
    zstd_is_error *is_error = (zstd_is_error *)stream->functions[IS_ERROR];
    struct zstd_buffer from = {in->at, in->length, 0}, to = {out, *room, 0};
    size_t result = more(stream->state, &to, &from);
    *in = span_cut(*in, from.used);
    *room = to.used;
    return result == 0 ? STREAM_ENDS : is_error(result) ? STREAM_FAILS : STREAM_GOES_ON;
}

bool stream_begin(struct stream *stream, const unsigned char head[STREAM_HEAD], bool again)
{
    switch (stream->coded) {
    case CODED_ZLIB:
        return (!again || is_gzip(head)) && zlib_begin(stream, head);
    case CODED_BROTLI:
        return !again && brotli_begin(stream);
    default:
        return zstd_begin(stream, head);
    }
}

enum stream_state stream_read(struct stream *stream, struct span *in, char *out, size_t *room)
{
    switch (stream->coded) {
    case CODED_ZLIB:
        return zlib_read(stream, in, out, room);
    case CODED_BROTLI:
        return brotli_read(stream, in, out, room);
    default:
        return zstd_read(stream, in, out, room);
    }
}
