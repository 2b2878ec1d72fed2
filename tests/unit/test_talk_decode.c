/*
 * test_talk_decode.c - what was compressed with zlib, brotli and zstd is read as it was, however it
 * is cut; what is broken, or swells, is given up; and the memory comes back.
 */
#include <pthread.h>
#include <unistd.h>

#include "coders.h"
#include "cuts.h"
#include "decode.h"

/* A scanner, which tells what it reads. */

static enum coded coded;
static void *decoder;
static bool failed;

static void tell_plain(void *to, struct span plain)
{
    CHECK(to == &decoder && plain.length);
    tell_piece(plain);
}

static void begin(void)
{
    decoder = decode.begin(coded);
    failed = !CHECK(decoder);
}

static void take(struct span piece)
{
    if (!failed && !decode.take(decoder, piece, tell_plain, &decoder)) {
        failed = true;
        tell(" failed");
    }
}

static void end(void)
{
    if (decoder)
        decode.end(decoder);
}

static const struct scanner reader = {begin, take, end};

static bool reads(enum coded as, struct span stream, const char *expected)
{
    coded = as;
    return told_however_cut(&reader, stream, expected);
}

static char text[3000];

static struct span fill(void)
{
    size_t length = 0;
    for (unsigned i = 0; length < sizeof text - 50; i++)
        length += (size_t)snprintf(text + length, sizeof text - length,
                                   "{\"a\":%u,\"usage\":{\"tokens\":%u}}\n", i, i * i * 7919);
    return (struct span){text, length};
}

static void none_is_loaded(void)
{
    CHECK(!decode.begin(CODED_ZLIB));
    CHECK(!decode.begin(CODED_BROTLI));
    CHECK(!decode.begin(CODED_ZSTD));
    CHECK(!decode.begin(CODED_UNKNOWN));
}

static void each_coding_however_cut(void)
{
    struct span plain = fill();
    CHECK(reads(CODED_ZLIB, zlib(plain, GZIP), text));
    CHECK(reads(CODED_ZLIB, zlib(plain, ZLIB), text));
    CHECK(reads(CODED_ZLIB, zlib(plain, RAW), text));
    CHECK(reads(CODED_ZLIB, zlib(text_span(""), GZIP), ""));
    if (libbrotli)
        CHECK(reads(CODED_BROTLI, brotli(plain, 22), text));
    if (libzstd)
        CHECK(reads(CODED_ZSTD, zstd(plain, 20), text));
}

static void one_behind_the_other(void)
{
    struct span a = text_span("one, "), b = text_span("two"), more = text_span("and no stream");
    CHECK(reads(CODED_ZLIB, both(zlib(a, GZIP), zlib(b, GZIP)), "one, two"));
    CHECK(reads(CODED_ZLIB, both(zlib(a, GZIP), more), "one, "));
    CHECK(reads(CODED_ZLIB, both(zlib(a, RAW), zlib(b, RAW)), "one, "));
    if (libbrotli)
        CHECK(reads(CODED_BROTLI, both(brotli(a, 22), brotli(b, 22)), "one, "));
    if (!libzstd)
        return;
    struct span skipped = {"\x5A\x2A\x4D\x18\3\0\0\0abc", 11};
    CHECK(reads(CODED_ZSTD, both(zstd(a, 20), zstd(b, 20)), "one, two"));
    CHECK(reads(CODED_ZSTD, both(skipped, both(zstd(a, 20), both(skipped, zstd(b, 20)))),
                "one, two"));
    CHECK(reads(CODED_ZSTD, both(zstd(a, 20), more), "one, "));
}

/* As many as would not fit beside each other. */
static void very_many_of_them(void)
{
    enum { TIMES = 100 };
    struct span one = zlib(text_span("+"), GZIP), all = one;
    char expected[TIMES + 1] = "+";
    for (unsigned i = 1; i < TIMES; i++) {
        all = both(all, one);
        expected[i] = '+';
    }
    CHECK(reads(CODED_ZLIB, all, expected));
}

static void what_is_something_else(void)
{
    struct span none = {"", 0};
    CHECK(reads(CODED_ZLIB, both(text_span("\xFF no block"), none), " failed"));
    if (libbrotli)
        CHECK(reads(CODED_BROTLI, both(text_span("\x91 large window"), none), " failed"));
    if (libzstd) {
        CHECK(reads(CODED_ZSTD, both(text_span("{\"usage\":1}"), none), " failed"));
        /* A format of before the first version, which the library may still know. */
        CHECK(reads(CODED_ZSTD, both(text_span("\x27\xB5\x2F\xFD"), none), " failed"));
    }
}

/* What came is told, and nothing else. */
static void truncated(enum coded as, struct span stream)
{
    coded = as;
    for (size_t length = 0; length < stream.length; length++) {
        const char *is = told_in_pieces(&reader, (struct span){stream.at, length}, 7, NULL);
        CHECK(!failed && strncmp(is, text, strlen(is)) == 0);
    }
}

static void broken(enum coded as, struct span stream)
{
    char *bytes = (char *)stream.at;
    unsigned failures = 0;
    coded = as;
    for (size_t i = 0; i < stream.length; i++)
        for (int bit = 0; bit < 8; bit++) {
            bytes[i] = (char)(bytes[i] ^ 1 << bit);
            told_in_pieces(&reader, stream, stream.length, NULL);
            failures += failed;
            bytes[i] = (char)(bytes[i] ^ 1 << bit);
        }
    CHECK(failures > stream.length);
}

static void streams_that_are_not_whole(void)
{
    struct span plain = fill();
    truncated(CODED_ZLIB, zlib(plain, GZIP));
    broken(CODED_ZLIB, zlib(plain, GZIP));
    broken(CODED_ZLIB, zlib(plain, RAW));
    if (libbrotli)
        truncated(CODED_BROTLI, brotli(plain, 22)), broken(CODED_BROTLI, brotli(plain, 22));
    if (libzstd)
        truncated(CODED_ZSTD, zstd(plain, 20)), broken(CODED_ZSTD, zstd(plain, 20));
}

/* A pattern of so many bytes, over and over: each is as it was one period before. */
struct counted {
    const char *plain;
    size_t length;
};

static void count(void *to, struct span plain)
{
    struct counted *counted = to;
    CHECK(memcmp(counted->plain + counted->length, plain.at, plain.length) == 0);
    counted->length += plain.length;
}

/* How much of it is read, and whether all. */
static size_t read_long(enum coded as, struct span stream, struct span plain, bool *good)
{
    struct counted counted = {plain.at, 0};
    void *at = decode.begin(as);
    if (!CHECK(at))
        return 0;
    *good = true;
    for (struct span rest = stream; rest.length && *good;) {
        size_t piece = rest.length < 5000 ? rest.length : 5000;
        *good = decode.take(at, (struct span){rest.at, piece}, count, &counted);
        rest = span_cut(rest, piece);
    }
    decode.end(at);
    return counted.length;
}

enum { MIB = 1 << 20, LONG = 40 * MIB };

static void swells(enum coded as, struct span stream, struct span plain)
{
    size_t least = 16 * MIB, most = least + 64 * stream.length + 4096;
    bool good;
    size_t length = read_long(as, stream, plain, &good);
    CHECK(most < plain.length && !good && length >= least && length <= most);
}

static void what_swells_is_given_up(void)
{
    struct span zeroes = {memset(make_room(LONG), 0, LONG), LONG};
    bool good;
    swells(CODED_ZLIB, zlib(zeroes, GZIP), zeroes);
    if (libbrotli)
        swells(CODED_BROTLI, brotli(zeroes, 24), zeroes);
    if (libzstd) {
        swells(CODED_ZSTD, zstd(zeroes, 20), zeroes);
        /* A window that is too large. */
        CHECK(read_long(CODED_ZSTD, zstd(zeroes, 24), zeroes, &good) == 0 && !good);
    }
}

/* Digits, of which each takes half a byte; and they come again, from as far as a window reaches. */
static void long_answers_with_large_windows(void)
{
    char *digits = make_room(LONG);
    struct random random = {1};
    bool good;
    for (size_t i = 0; i < LONG; i++)
        digits[i] = i < 15 * MIB ? (char)('0' + random_size(&random, 9)) : digits[i - 15 * MIB];
    struct span plain = {digits, LONG};
    if (libbrotli)
        CHECK(read_long(CODED_BROTLI, brotli(plain, 24), plain, &good) == LONG && good);
    if (libzstd)
        CHECK(read_long(CODED_ZSTD, zstd(plain, 23), plain, &good) == LONG && good);
}

static size_t mapped(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file && fscanf(file, "%lu", &pages) == 1);
    fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void memory_comes_back(void)
{
    enum { TIMES = 200 };
    static const enum coded all[] = {CODED_ZLIB, CODED_BROTLI, CODED_ZSTD};
    size_t before = mapped();
    for (unsigned i = 0; i < TIMES; i++) {
        coded = all[i % 3];
        if ((coded == CODED_BROTLI && !libbrotli) || (coded == CODED_ZSTD && !libzstd))
            continue;
        decoder = decode.begin(coded);
        decode.take(decoder, text_span("\x1F\x8B\x08"), tell_plain, &decoder);
        decode.end(decoder);
    }
    CHECK_EQ(mapped(), before);
}

static void add_up(void *to, struct span plain)
{
    *(size_t *)to += plain.length;
}

static void *read_many(void *stream)
{
    enum { TIMES = 300 };
    const struct span *is = stream;
    size_t length = 0;
    for (unsigned i = 0; i < TIMES; i++) {
        void *at = decode.begin(CODED_ZLIB);
        if (!CHECK(at))
            break;
        for (size_t byte = 0; byte < is->length; byte += 10)
            CHECK(decode.take(
                at, (struct span){is->at + byte, is->length - byte < 10 ? is->length - byte : 10},
                add_up, &length));
        decode.end(at);
    }
    CHECK_EQ(length, TIMES * strlen(text));
    return NULL;
}

static void threads_do_not_wait_for_each_other(void)
{
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    struct span stream = zlib(fill(), GZIP);
    for (unsigned i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, read_many, &stream) == 0);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

/* With musl it never is. */
static void a_library_that_is_unloaded(void)
{
    struct span stream = zlib(fill(), GZIP);
    coded = CODED_ZLIB;
    begin();
    take((struct span){stream.at, 100});
    CHECK(!failed);
    dlclose(libz);
    if (!dlopen("libz.so.1", RTLD_NOW | RTLD_NOLOAD)) {
        CHECK(!decode.take(decoder, (struct span){stream.at + 100, 100}, tell_plain, &decoder));
        CHECK(!decode.begin(CODED_ZLIB));
    }
    end();
    libz = dlopen("libz.so.1", RTLD_NOW | RTLD_LOCAL);
    CHECK(reads(CODED_ZLIB, stream, text));
}

#define RUN_AND_FREE(test) (RUN(test), free_rooms())

int main(void)
{
    RUN(none_is_loaded);
    load_coders();
    if (!libz)
        return SKIPPED;
    RUN_AND_FREE(each_coding_however_cut);
    RUN_AND_FREE(one_behind_the_other);
    RUN_AND_FREE(very_many_of_them);
    RUN_AND_FREE(what_is_something_else);
    RUN_AND_FREE(streams_that_are_not_whole);
    RUN_AND_FREE(what_swells_is_given_up);
    RUN_AND_FREE(long_answers_with_large_windows);
    RUN_AND_FREE(memory_comes_back);
    RUN_AND_FREE(threads_do_not_wait_for_each_other);
    RUN_AND_FREE(a_library_that_is_unloaded);
    return check_status();
}
