/* test_traffic_hello.c - ClientHellos as TLS libraries send them, however they are cut. */
#include "cuts.h"
#include "hello.h"

static struct hello hello;

static void begin(void)
{
    hello = (struct hello){.name_length = 0};
}

static void take(struct span piece)
{
    hello_take(&hello, piece);
}

static void end(void)
{
    static const char *const verdicts[] = {"more", "complete", "none"};
    enum hello_verdict verdict = hello_take(&hello, (struct span){"", 0});
    tell("%s", verdicts[verdict]);
    if (hello.has_random)
        for (size_t i = 0; i < HELLO_RANDOM; i++)
            tell("%s%02x", i ? "" : " ", hello.random[i]);
    tell(" %.*s%s", hello.name_length, hello.name, hello.offers_h2 ? " h2" : "");
}

static const struct scanner scanner = {begin, take, end};

/* A hello is put together from what a test wants to be different. */
static struct message {
    char bytes[1 << 12];
    size_t length;
} message;

static void put(const void *bytes, size_t length)
{
    memcpy(message.bytes + message.length, bytes, length);
    message.length += length;
}

static void put_number(size_t value, unsigned bytes)
{
    while (bytes-- > 0)
        put(&(char){(char)(value >> 8 * bytes)}, 1);
}

static void put_extension(unsigned type, const void *bytes, size_t length)
{
    put_number(type, 2);
    put_number(length, 2);
    put(bytes, length);
}

#define EXTENSION(type, text) put_extension(type, text, sizeof(text) - 1)

/* What every hello has before its extensions, with 32 bytes of session and 3 ciphers, one GREASE.
 */
static void put_head(void)
{
    message.length = 0;
    put_number(0x0303, 2);
    for (size_t i = 0; i < HELLO_RANDOM; i++)
        put_number(0xA0 + i, 1);
    put_number(32, 1);
    for (size_t i = 0; i < 32; i++)
        put_number(i, 1);
    put_number(6, 2);
    put("\x1A\x1A\x13\x01\x13\x02", 6);
    put("\x01\x00", 2);
}

#define RANDOM " a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf "

/* Around it: the length of the extensions, the message's head, and records of that size each. */
static struct span in_records(size_t head, size_t size)
{
    static char text[1 << 14];
    size_t length = 0;
    struct message inner = message;
    message.length = 0;
    put_number(1, 1);
    put_number(inner.length + (head < inner.length ? 2 : 0), 3);
    put(inner.bytes, head);
    if (head < inner.length)
        put_number(inner.length - head, 2);
    put(inner.bytes + head, inner.length - head);
    for (size_t at = 0; at < message.length; at += size) {
        size_t piece = message.length - at < size ? message.length - at : size;
        memcpy(text + length, "\x16\x03\x01", 3);
        text[length + 3] = (char)(piece >> 8);
        text[length + 4] = (char)piece;
        memcpy(text + length + 5, message.bytes + at, piece);
        length += 5 + piece;
    }
    return (struct span){text, length};
}

enum { HEAD = 2 + HELLO_RANDOM + 33 + 8 + 2, ONE_RECORD = 1 << 14 };

static void put_modern(void)
{
    put_head();
    EXTENSION(0x2A2A, "");
    EXTENSION(0, "\x00\x11\x00\x00\x0E"
                 "api.openai.com");
    EXTENSION(23, "");
    EXTENSION(16, "\x00\x0C\x02h2\x08http/1.1");
    EXTENSION(51, "\x00\x03\x3A\x3A\x00");
    EXTENSION(0x4A4A, "\x00");
}

static void what_it_says(void)
{
    put_modern();
    struct span text = in_records(HEAD, ONE_RECORD);
    CHECK(told_however_cut(&scanner, text, "complete" RANDOM "api.openai.com h2"));
    /* The random is bytes 11 to 42 of the record. */
    CHECK(memcmp(text.at + 11, hello.random, HELLO_RANDOM) == 0);
    begin();
    hello_take(&hello, (struct span){text.at, 42});
    CHECK(!hello.has_random);
    hello_take(&hello, (struct span){text.at + 42, 1});
    CHECK(hello.has_random);
}

static void in_several_records(void)
{
    static const size_t sizes[] = {1, 2, 7, 43, 100};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        put_modern();
        CHECK(told_however_cut(&scanner, in_records(HEAD, sizes[i]),
                               "complete" RANDOM "api.openai.com h2"));
    }
}

static void extensions_need_not_be_there(void)
{
    put_head();
    CHECK(told_however_cut(&scanner, in_records(HEAD, ONE_RECORD), "complete" RANDOM));
    put_head();
    EXTENSION(16, "\x00\x09\x08http/1.1");
    EXTENSION(0, "");
    CHECK(told_however_cut(&scanner, in_records(HEAD, ONE_RECORD), "complete" RANDOM));
    put_head();
    EXTENSION(0, "\x00\x04\x07\x00\x01x");
    EXTENSION(16, "\x00\x05\x02h3\x01h");
    CHECK(told_however_cut(&scanner, in_records(HEAD, ONE_RECORD), "complete" RANDOM));
}

static void more_may_follow_it(void)
{
    put_modern();
    struct span text = in_records(HEAD, ONE_RECORD);
    memcpy((char *)text.at + text.length, "\x14\x03\x03\x00\x01\x01", 6);
    text.length += 6;
    CHECK(told_however_cut(&scanner, text, "complete" RANDOM "api.openai.com h2"));
}

static void what_is_none(void)
{
    CHECK(told_however_cut(&scanner, text_span("GET / HTTP/1.1\r\n"), "none "));
    CHECK(told_however_cut(&scanner, text_span("\x16\x04"), "none "));
    CHECK(told_however_cut(&scanner, text_span("\x15\x03\x03"), "none "));
    CHECK(told_however_cut(&scanner, (struct span){"\x16\x03\x03\x00\x00", 5}, "none "));
    CHECK(told_however_cut(&scanner, (struct span){"\x16\x03\x03\x00\x10\x02", 6}, "none "));
    CHECK(told_however_cut(&scanner, (struct span){"", 0}, "more "));
    /* A list, or a name, that is longer than what is around it. */
    put_head();
    EXTENSION(0, "\x00\x11\x00\x00\xFE"
                 "x");
    CHECK(told_however_cut(&scanner, in_records(HEAD, ONE_RECORD), "none" RANDOM));
    put_head();
    EXTENSION(16, "\x00\x11\x0Fx");
    CHECK(told_however_cut(&scanner, in_records(HEAD, ONE_RECORD), "none" RANDOM));
    put_head();
    put_number(0x1234, 3);
    CHECK(told_however_cut(&scanner, in_records(HEAD, ONE_RECORD), "none" RANDOM));
}

static void a_name_that_is_too_long_is_cut(void)
{
    char name[HELLO_NAME + 100];
    memset(name, 'x', sizeof name);
    name[2] = 0;
    name[3] = (char)((sizeof name - 5) >> 8);
    name[4] = (char)(sizeof name - 5);
    put_head();
    put_extension(0, name, sizeof name);
    told_in_pieces(&scanner, in_records(HEAD, ONE_RECORD), 1, NULL);
    CHECK(hello.verdict == HELLO_COMPLETE && hello.name_length == HELLO_NAME);
}

int main(void)
{
    RUN(what_it_says);
    RUN(in_several_records);
    RUN(extensions_need_not_be_there);
    RUN(more_may_follow_it);
    RUN(what_is_none);
    RUN(a_name_that_is_too_long_is_cut);
    return check_status();
}
