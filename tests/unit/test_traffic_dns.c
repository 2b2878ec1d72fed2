/* test_traffic_dns.c - answers as name servers send them, cut off anywhere, and hostile ones. */
#include "cuts.h"
#include "dns.h"

static struct message {
    unsigned char bytes[1 << 13];
    size_t length;
} message;

static void put(const void *bytes, size_t length)
{
    memcpy(message.bytes + message.length, bytes, length);
    message.length += length;
}

static void put_number(unsigned value, unsigned bytes)
{
    while (bytes-- > 0)
        put(&(unsigned char){(unsigned char)(value >> 8 * bytes)}, 1);
}

enum { A = 1, CNAME = 5, MX = 15, AAAA = 28, OPT = 41 };
enum { ANSWERS = 0x8180, ASKED = 12 };
#define POINTER(at) 0xC000 | (at), 2

/* "www.example.com", or "" for the root; with `rest` 0, to its end, or else a pointer to there. */
static void put_name(const char *name, unsigned rest)
{
    while (*name) {
        size_t length = strcspn(name, ".");
        put_number((unsigned)length, 1);
        put(name, length);
        name += length + (name[length] == '.');
    }
    put_number(rest ? 0xC000 | rest : 0, rest ? 2 : 1);
}

static void put_question(unsigned flags, unsigned questions, unsigned answers, const char *name)
{
    message.length = 0;
    put_number(7, 2);
    put_number(flags, 2);
    put_number(questions, 2);
    put_number(answers, 2);
    put_number(0, 2);
    put_number(1, 2);
    put_name(name, 0);
    put_number(A, 2);
    put_number(1, 2);
}

/* What follows the name of a record. */
static void put_content(unsigned type, const void *content, size_t length)
{
    put_number(type, 2);
    put_number(1, 2);
    put_number(60, 4);
    put_number((unsigned)length, 2);
    put(content, length);
}

#define CONTENT(type, text) put_content(type, text, sizeof(text) - 1)

static void put_edns(void)
{
    put_name("", 0);
    put_content(OPT, "", 0);
}

/* name address address, name ...; of a copy, so that a sanitizer sees who reads past its end. */
static const char *told_of(const void *bytes, size_t length)
{
    struct dns dns;
    char name[DNS_NAME];
    unsigned char address[16];
    char *copy = malloc(length ? length : 1);
    memcpy(copy, bytes, length);
    told = (struct told){.length = 0};
    if (dns_begin(&dns, (struct span){copy, length}))
        while (dns_name(&dns, name)) {
            tell("%s%s", told.length ? ", " : "", name);
            while (dns_address(&dns, address)) {
                tell(" ");
                for (int i = memcmp(address, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12) ? 0 : 12; i < 16;
                     i++)
                    tell("%02x", address[i]);
            }
        }
    free(copy);
    return told.text;
}

static bool tells(const char *expected)
{
    const char *is = told_of(message.bytes, message.length);
    if (strcmp(is, expected) == 0)
        return true;
    fprintf(stderr, "told: %s\nexpected: %s\n", is, expected);
    return false;
}

/* As dnsmasq 2.90 answers, with EDNS for an alias, and without. */
static const char recorded_alias[] = "\x00\x07\x85\x80\x00\x01\x00\x02\x00\x00\x00\x01"
                                     "\x04shop\x07"
                                     "example\x03org\x00\x00\x01\x00\x01"
                                     "\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x00\x00\x11\x03www\x07"
                                     "example\x03"
                                     "com\x00"
                                     "\xc0.\x00\x01\x00\x01\x00\x00\x00\x00\x00\x04\xc0\x00\x02\x01"
                                     "\x00\x00)\x04\xd0\x00\x00\x00\x00\x00\x00";
static const char recorded_plain[] =
    "\x00\x07\x85\x80\x00\x01\x00\x01\x00\x00\x00\x00"
    "\x04"
    "edge\x07"
    "example\x03net\x00\x00\x01\x00\x01"
    "\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x00\x00\x04\xc0\x00\x02\x07";

static void put_aliases(void)
{
    put_question(ANSWERS, 1, 4, "WWW.example.com");
    put_number(POINTER(ASKED));
    size_t first = message.length + 10;
    put_content(CNAME,
                "\x04"
                "edge\xC0\x10",
                7); /* .example.com, in the question */
    put_number(POINTER((unsigned)first));
    size_t second = message.length + 10;
    put_content(CNAME,
                "\x01"
                "a\x03"
                "cdn\x07"
                "example\x00",
                15);
    put_number(POINTER((unsigned)second));
    CONTENT(A, "\xC0\x00\x02\x01");
    put_name("A.cdn.EXAMPLE", 0);
    CONTENT(AAAA, "\x20\x01\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\x01");
    put_edns();
}

#define BOTH " c0000201 20010db8000000000000000000000001"

static void what_it_says(void)
{
    CHECK(strcmp(told_of(recorded_alias, sizeof recorded_alias - 1),
                 "shop.example.org c0000201, www.example.com c0000201") == 0);
    CHECK(strcmp(told_of(recorded_plain, sizeof recorded_plain - 1), "edge.example.net c0000207") ==
          0);
    put_aliases();
    CHECK(tells("www.example.com" BOTH ", edge.example.com" BOTH ", a.cdn.example" BOTH));
}

static void records_in_another_order(void)
{
    put_question(ANSWERS, 1, 3, "a.example");
    put_name("b.example", 0);
    CONTENT(A, "\x7F\0\0\x01");
    put_number(POINTER(ASKED));
    put_content(CNAME,
                "\x01"
                "b\xC0\x0E",
                4);
    put_name("b.example", 0);
    CONTENT(A, "\x7F\0\0\x02");
    CHECK(tells("a.example 7f000001 7f000002, b.example 7f000001 7f000002"));
}

static void what_was_not_asked_for(void)
{
    put_question(ANSWERS, 1, 5, "a.example");
    put_name("bank.example", 0);
    CONTENT(A, "\x7F\0\0\x01");
    put_number(POINTER(ASKED));
    CONTENT(MX, "\x7F\0\0\x02");
    put_number(POINTER(ASKED));
    CONTENT(A, "\x7F\0\0");
    put_number(POINTER(ASKED));
    put_number(A, 2); /* of another class */
    put_number(3, 2);
    put_number(60, 4);
    put_number(4, 2);
    put("\x7F\0\0\x03", 4);
    put_number(POINTER(ASKED));
    CONTENT(A, "\x7F\0\0\x04");
    CHECK(tells("a.example 7f000004"));
}

static void no_answers(void)
{
    static const struct {
        unsigned flags, questions;
    } rows[] = {{0x0100, 1}, {0x8183, 1}, {0x9180, 1}, {ANSWERS, 0}, {ANSWERS, 2}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        put_question(rows[i].flags, rows[i].questions, 1, "a.example");
        put_number(POINTER(ASKED));
        CONTENT(A, "\x7F\0\0\x01");
        CHECK(tells(""));
    }
}

/* Only what is whole is told; and of what is behind the answers nothing is missing. */
static void cut_off_anywhere(void)
{
    put_aliases();
    size_t whole = message.length - 11;
    char all[1 << 10], one[1 << 10];
    snprintf(all, sizeof all, "%s", told_of(message.bytes, message.length));
    for (size_t length = 0; length <= message.length; length++) {
        snprintf(one, sizeof one, "%s", told_of(message.bytes, length));
        CHECK(length < whole ? strcmp(one, all) != 0 : strcmp(one, all) == 0);
        CHECK(!strstr(one, "20010db8") || length >= whole);
    }
}

static void pointers_that_lead_nowhere(void)
{
    static const unsigned char to[] = {ASKED + 25, ASKED + 26, ASKED + 27, 0xFF, 0};
    for (size_t i = 0; i < sizeof to; i++) {
        put_question(ANSWERS, 1, 1, "a.example");
        put_number(0xC000u | to[i], 2);
        CONTENT(A, "\x7F\0\0\x01");
        CHECK(tells("a.example"));
    }
    /* The question itself: to itself, and to a label before it that leads here again. */
    static const char *const questions[] = {"\xC0\x0C", "\x01"
                                                        "a\xC0\x0C"};
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        put_question(ANSWERS, 1, 0, "");
        message.length = ASKED;
        put(questions[i], strlen(questions[i]));
        put_number(A, 2);
        put_number(1, 2);
        CHECK(tells(""));
    }
}

static void aliases_in_a_ring(void)
{
    put_question(ANSWERS, 1, 2, "a.example");
    put_number(POINTER(ASKED));
    put_content(CNAME, "\xC0\x0C", 2);
    put_number(POINTER(ASKED));
    CONTENT(A, "\x7F\0\0\x01");
    CHECK(tells("a.example 7f000001, a.example 7f000001"));
    put_question(ANSWERS, 1, 3, "a.example");
    put_number(POINTER(ASKED));
    put_content(CNAME,
                "\x01"
                "b\xC0\x0E",
                4);
    put_name("b.example", 0);
    put_content(CNAME, "\xC0\x0C", 2);
    put_number(POINTER(ASKED));
    CONTENT(A, "\x7F\0\0\x01");
    CHECK(strlen(told_of(message.bytes, message.length)) < 1000);
}

static void names_that_are_no_text(void)
{
    put_question(ANSWERS, 1, 1, "a.example");
    message.bytes[ASKED + 3 + 2] = '.';
    put_number(POINTER(ASKED));
    CONTENT(A, "\x7F\0\0\x01");
    CHECK(tells(""));
    message.bytes[ASKED + 3 + 2] = '\0';
    CHECK(tells(""));
    put_question(ANSWERS, 1, 1, "");
    put_number(POINTER(ASKED));
    CONTENT(A, "\x7F\0\0\x01");
    CHECK(tells(""));
}

static void the_longest_name(void)
{
    char name[300] = "";
    for (int i = 0; i < 3; i++)
        strcat(name, "123456789012345678901234567890123456789012345678901234567890123.");
    strcat(name, "1234567890123456789012345678901234567890123456789012345678901");
    for (int longer = 0; longer < 2; longer++) {
        put_question(ANSWERS, 1, 1, name);
        put_number(POINTER(ASKED));
        CONTENT(A, "\x7F\0\0\x01");
        const char *is = told_of(message.bytes, message.length);
        CHECK_EQ(strlen(is), longer ? 0 : 253 + strlen(" 7f000001"));
        strcat(name, "x");
    }
}

/* The address belongs to what so many pointers lead to, one after the other. */
static size_t told_over(unsigned pointers)
{
    put_question(ANSWERS, 1, 2, "a.example");
    put_name("", 0);
    unsigned to = ASKED;
    put_number(MX, 2);
    put_number(1, 2);
    put_number(60, 4);
    put_number(2 * pointers, 2);
    for (unsigned i = 0; i < pointers; i++) {
        unsigned at = (unsigned)message.length;
        put_number(POINTER(to));
        to = at;
    }
    put_number(POINTER(to));
    CONTENT(A, "\x7F\0\0\x01");
    return strlen(told_of(message.bytes, message.length));
}

static void a_chain_of_pointers(void)
{
    CHECK_EQ(told_over(0), strlen("a.example 7f000001"));
    CHECK_EQ(told_over(126), strlen("a.example 7f000001"));
    CHECK_EQ(told_over(127), strlen("a.example"));
    CHECK_EQ(told_over(1500), strlen("a.example"));
}

static void more_than_is_looked_at(void)
{
    put_question(ANSWERS, 1, 0xFFFF, "a.example");
    while (message.length + 16 < sizeof message.bytes) {
        put_number(POINTER(ASKED));
        CONTENT(A, "\x7F\0\0\x01");
    }
    CHECK_EQ(strlen(told_of(message.bytes, message.length)),
             strlen("a.example") + (DNS_MOST - 12 - 15) / 16 * strlen(" 7f000001"));
}

int main(void)
{
    RUN(what_it_says);
    RUN(records_in_another_order);
    RUN(what_was_not_asked_for);
    RUN(no_answers);
    RUN(cut_off_anywhere);
    RUN(pointers_that_lead_nowhere);
    RUN(aliases_in_a_ring);
    RUN(names_that_are_no_text);
    RUN(the_longest_name);
    RUN(a_chain_of_pointers);
    RUN(more_than_is_looked_at);
    return check_status();
}
