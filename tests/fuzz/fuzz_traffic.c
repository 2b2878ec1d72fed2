/*
 * fuzz_traffic.c - any bytes at all as what a connection sends and receives: the scanners come to
 * an end, read nothing else, keep to their bounds, and tell the same however the bytes are cut.
 *
 * The first byte says which scanner is meant, so that none must be guessed through others; the
 * second, how to cut. Of a connection, what comes before the first 0xFF is sent, what comes after
 * it received.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "addressee.h"
#include "dns.h"
#include "hello.h"
#include "random.h"
#include "traffic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition) ((condition) ? (void)0 : abort())

/* All that was told, in one number. */
static uint64_t digest;

static void tell(uint64_t number)
{
    digest = span_hash(digest, (struct span){(const char *)&number, sizeof number});
}

static void tell_prompt(const struct prompt *prompt)
{
    tell(prompt->text);
    tell(prompt->media);
    tell(prompt->tokens);
    tell(prompt->bound);
    tell(prompt->answers);
    tell(prompt->model);
    tell(prompt->has_bound << 3 | prompt->stream << 2 | prompt->include_usage << 1 | prompt->lost);
    MUST(prompt->answers > 0);
}

static void tell_answer(const struct answer *answer)
{
    struct tokens tokens = usage_tokens(&answer->usage);
    tell(answer->status);
    tell(answer->bytes);
    tell(answer_wait_ns(answer));
    tell(answer->usage.text);
    tell(tokens.input);
    tell(tokens.cached);
    tell(tokens.output);
    tell(tokens.total);
    tell(tokens.known << 2 | answer->usage.error << 1 | answer->lost);
    for (unsigned i = 0; i < QUOTAS; i++) {
        tell(answer->retry.quotas[i].limit);
        tell(answer->retry.quotas[i].remaining);
        tell(answer->retry.quotas[i].reset_ns);
    }
    MUST(answer->usage.text <= answer->bytes);
}

static struct hello hello;
static struct addressee addressee;
static struct prompt_reader prompt_reader;
static struct prompt prompt;
static struct answer_reader answer_reader;
static struct answer answer;
static struct traffic traffic;
static const uint64_t now_ns = UINT64_C(1728717600000000000);

static void take_hello(struct span piece)
{
    hello_take(&hello, piece);
}

static void take_addressee(struct span piece)
{
    struct addressee_name name;
    size_t names = 0;
    while (piece.length) {
        size_t used = addressee_take(&addressee, piece, &name);
        MUST(used <= piece.length && names++ <= piece.length);
        piece = span_cut(piece, used);
        if (!name.host.length)
            continue;
        digest = span_hash(digest, name.host);
        tell(name.port);
        tell(name.by_proxy << 1 | name.also);
    }
}

static void take_prompt(struct span piece)
{
    prompt_take(&prompt_reader, &prompt, piece);
}

static void take_answer(struct span piece)
{
    answer_take(&answer_reader, &answer, piece);
}

static void tell_event(const struct traffic_event *event)
{
    tell(event->kind);
    if (event->kind >= TRAFFIC_ASKS && event->kind <= TRAFFIC_CUT) {
        const struct exchange *exchange = event->exchange;
        tell(exchange->api);
        tell(exchange->host);
        tell(exchange->length);
        tell(exchange->body);
        tell_prompt(&exchange->prompt);
        MUST(exchange->prompt.text <= exchange->body && exchange->prompt.media <= exchange->body);
    }
    if (event->kind >= TRAFFIC_ANSWERS && event->kind <= TRAFFIC_CUT && event->answer)
        tell_answer(event->answer);
    MUST(traffic.host_length <= TRAFFIC_HOST);
}

static void take_traffic(bool sent, struct span piece)
{
    struct traffic_event event;
    size_t events = 0, most = 4 * piece.length + 4;
    do {
        size_t used = sent ? traffic_sent(&traffic, piece, &event)
                           : traffic_received(&traffic, piece, now_ns, &event);
        MUST(used <= piece.length && events++ < most);
        piece = span_cut(piece, used);
        if (event.kind != TRAFFIC_MORE && event.kind < TRAFFIC_OPAQUE)
            tell_event(&event);
    } while (event.kind != TRAFFIC_MORE && event.kind < TRAFFIC_OPAQUE);
    MUST(event.kind != TRAFFIC_MORE || piece.length == 0);
}

static void take_sent(struct span piece)
{
    take_traffic(true, piece);
}

static void take_received(struct span piece)
{
    take_traffic(false, piece);
}

/* Each piece in memory of its own. No cuts: NULL. */
static void in_pieces(void (*take)(struct span piece), struct span bytes, struct random *cuts)
{
    while (bytes.length) {
        size_t length = cuts ? random_size(cuts, bytes.length) : bytes.length;
        char *copy = malloc(length);
        MUST(copy);
        memcpy(copy, bytes.at, length);
        take((struct span){copy, length});
        free(copy);
        bytes = span_cut(bytes, length);
    }
}

static void run_hello(struct span bytes, struct random *cuts)
{
    hello = (struct hello){.name_length = 0};
    in_pieces(take_hello, bytes, cuts);
    tell(hello_take(&hello, (struct span){NULL, 0}));
    tell(hello.offers_h2 << 1 | hello.has_random);
    digest = span_hash(digest, (struct span){(const char *)hello.random, HELLO_RANDOM});
    MUST(hello.name_length <= HELLO_NAME);
    digest = span_hash(digest, (struct span){hello.name, hello.name_length});
}

/* What is said to a SOCKS proxy, which is told by the first byte, comes as it was sent. */
static void run_addressee(struct span bytes, struct random *cuts)
{
    bool is_of_socks = bytes.length && strchr("\1\4\5", *bytes.at) && *bytes.at;
    addressee_begin(&addressee);
    in_pieces(take_addressee, bytes, is_of_socks ? NULL : cuts);
    tell(addressee.ended);
}

/* Messages are not cut. */
static void run_dns(struct span bytes)
{
    struct dns dns;
    char name[DNS_NAME], *copy = malloc(bytes.length ? bytes.length : 1);
    unsigned char address[16];
    unsigned names = 0;
    MUST(copy);
    memcpy(copy, bytes.at, bytes.length);
    if (dns_begin(&dns, (struct span){copy, bytes.length}))
        while (dns_name(&dns, name)) {
            size_t addresses = 0;
            MUST(*name && strlen(name) < DNS_NAME - 2 && names++ <= DNS_ALIASES);
            digest = span_hash(digest, (struct span){name, strlen(name)});
            while (dns_address(&dns, address)) {
                digest = span_hash(digest, (struct span){(char *)address, sizeof address});
                MUST(addresses++ < DNS_MOST / 16);
            }
        }
    free(copy);
}

static void run_prompt(struct span bytes, struct random *cuts)
{
    prompt_begin(&prompt_reader, &prompt, 0);
    in_pieces(take_prompt, bytes, cuts);
    tell_prompt(&prompt);
    MUST(prompt.text <= bytes.length && prompt.tokens <= bytes.length);
}

static void run_answer(struct span bytes, struct random *cuts, bool is_stream)
{
    static const struct span type = {"content-type", 12}, stream = {"text/event-stream", 17},
                             json = {"application/json", 16};
    answer_begin(&answer_reader, &answer, 200, NULL);
    answer_field(&answer_reader, &answer, type, is_stream ? stream : json, now_ns);
    in_pieces(take_answer, bytes, cuts);
    tell_answer(&answer);
    MUST(answer.bytes == bytes.length);
}

/* Fields are not cut. */
static void run_field(struct span bytes)
{
    char *copy = malloc(bytes.length + 1);
    MUST(copy);
    memcpy(copy, bytes.at, bytes.length);
    struct span all = {copy, bytes.length}, name = span_to(all, ':');
    struct span value = span_cut(all, name.length + (name.length < all.length));
    answer_begin(&answer_reader, &answer, 429, NULL);
    answer_field(&answer_reader, &answer, name, value, now_ns);
    answer_field(&answer_reader, &answer, (struct span){"retry-after", 11}, value, now_ns);
    endpoint_of((struct span){"POST", 4}, value, false);
    endpoint_model(value);
    endpoint_host(value);
    tell_answer(&answer);
    free(copy);
}

static void run_connection(struct span bytes, struct random *cuts)
{
    struct traffic_event event;
    struct span sent = span_to(bytes, (char)0xFF);
    struct span received = span_cut(bytes, sent.length + (sent.length < bytes.length));
    unsigned left = HTTP_OUTSTANDING + 2;
    traffic_begin(&traffic);
    in_pieces(take_sent, sent, cuts);
    in_pieces(take_received, received, cuts);
    do {
        traffic_closed(&traffic, &event);
        tell_event(&event);
        MUST(left-- > 0);
    } while (event.kind != TRAFFIC_MORE);
}

static uint64_t run(unsigned scanner, struct span bytes, struct random *cuts)
{
    digest = 0;
    switch (scanner % 10) {
    case 0:
        run_hello(bytes, cuts);
        break;
    case 1:
        run_prompt(bytes, cuts);
        break;
    case 2:
    case 3:
        run_answer(bytes, cuts, scanner & 1);
        break;
    case 4:
        run_field(bytes);
        break;
    case 8:
        run_addressee(bytes, cuts);
        break;
    case 9:
        run_dns(bytes);
        break;
    default:
        run_connection(bytes, cuts);
    }
    return digest;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { TIMES = 3 };
    if (size < 2)
        return 0;
    struct random cuts = {data[1]};
    struct span bytes = {(const char *)data + 2, size - 2};
    uint64_t whole = run(*data, bytes, NULL);
    for (int i = 0; i < TIMES; i++)
        MUST(run(*data, bytes, &cuts) == whole);
    return 0;
}
