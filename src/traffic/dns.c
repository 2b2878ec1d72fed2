/* dns.c - names are compared where they stand: they are never copied but to be told. */
#include "dns.h"

enum { HEADER = 12, QUESTION = 4, RECORD = 10, MOST_IN_NAME = 255 };
enum { A = 1, CNAME = 5, AAAA = 28, INTERNET = 1 };
/* Of the second two bytes: it answers; what kind of question; how that went. */
enum { IS_ANSWER = 0x8000, OPCODE = 0x7800, RCODE = 0xf };

struct record {
    size_t owner, content, length;
    unsigned type, class;
};

static unsigned byte_at(struct span message, size_t at)
{
    return (unsigned char)message.at[at];
}

static unsigned number_at(struct span message, size_t at)
{
    return byte_at(message, at) << 8 | byte_at(message, at + 1);
}

static bool is_within(struct span message, size_t at, size_t length)
{
    return at <= message.length && length <= message.length - at;
}

/* A name, as it is walked along. */
struct walk {
    size_t at, begin; /* begin: of the part that `at` is in */
    size_t length;    /* so far, as the message has it */
    unsigned pointers;
};

static struct walk walk_from(size_t at)
{
    return (struct walk){.at = at, .begin = at};
}

/*
 * The next label, empty at the end. False: this is no name. A pointer leads only to before the part
 * that it ends (RFC 1035, 4.1.4: "a prior occurrence"), so that all come to an end; and soon, since
 * no name has more of them than it may have labels.
 */
static bool next_label(struct span message, struct walk *walk, struct span *label)
{
    enum { KIND = 0xc0, POINTER = 0xc0, OFFSET = 0x3fff, MOST_POINTERS = 127 };
    while (is_within(message, walk->at, 2) && (byte_at(message, walk->at) & KIND) == POINTER) {
        size_t to = number_at(message, walk->at) & OFFSET;
        if (to >= walk->begin || ++walk->pointers > MOST_POINTERS)
            return false;
        walk->at = walk->begin = to;
    }
    if (!is_within(message, walk->at, 1))
        return false;
    size_t length = byte_at(message, walk->at);
    if ((length & KIND) || !is_within(message, walk->at + 1, length))
        return false;
    *label = (struct span){message.at + walk->at + 1, length};
    walk->at += 1 + length;
    walk->length += 1 + length;
    return walk->length <= MOST_IN_NAME;
}

static bool same_label(struct span a, struct span b)
{
    size_t i = 0;
    while (i < a.length && i < b.length && lower_case(a.at[i]) == lower_case(b.at[i]))
        i++;
    return i == a.length && i == b.length;
}

static bool same_name(struct span message, size_t a, size_t b)
{
    struct walk along_a = walk_from(a), along_b = walk_from(b);
    struct span label_a, label_b;
    do {
        if (!next_label(message, &along_a, &label_a) || !next_label(message, &along_b, &label_b) ||
            !same_label(label_a, label_b))
            return false;
    } while (label_a.length);
    return true;
}

/* Past a name, not along its pointer. */
static bool skip_name(struct span message, size_t *at)
{
    struct walk walk = walk_from(*at);
    struct span label;
    do {
        if (!is_within(message, walk.at, 1))
            return false;
        if (byte_at(message, walk.at) & 0xc0) {
            *at = walk.at + 2;
            return is_within(message, walk.at, 2);
        }
        if (!next_label(message, &walk, &label))
            return false;
    } while (label.length);
    *at = walk.at;
    return true;
}

static void rewind_answers(struct dns *dns)
{
    dns->at = dns->answers;
    dns->left = dns->count;
}

/* The next answer; after the last, or where the message ends, false. */
static bool next_record(struct dns *dns, struct record *record)
{
    struct span message = dns->message;
    size_t at = record->owner = dns->at;
    if (!dns->left || !skip_name(message, &at) || !is_within(message, at, RECORD))
        return false;
    record->type = number_at(message, at);
    record->class = number_at(message, at + 2);
    record->length = number_at(message, at + 8);
    record->content = at + RECORD;
    dns->at = record->content + record->length;
    dns->left--;
    return is_within(message, record->content, record->length);
}

/* What a name is an alias of; 0: of nothing. */
static size_t alias_of(struct dns *dns, size_t name)
{
    struct record record;
    rewind_answers(dns);
    while (next_record(dns, &record))
        if (record.type == CNAME && record.class == INTERNET &&
            same_name(dns->message, record.owner, name))
            return record.content;
    return 0;
}

bool dns_begin(struct dns *dns, struct span message)
{
    size_t at = HEADER, next;
    if (message.length < HEADER)
        return false;
    if (message.length > DNS_MOST)
        message.length = DNS_MOST;
    unsigned flags = number_at(message, 2);
    bool answers = (flags & (IS_ANSWER | OPCODE | RCODE)) == IS_ANSWER;
    if (!answers || number_at(message, 4) != 1 || !skip_name(message, &at) ||
        !is_within(message, at, QUESTION) || number_at(message, at + 2) != INTERNET)
        return false;
    *dns = (struct dns){
        .message = message,
        .answers = at + QUESTION,
        .canonical = HEADER,
        .alias = HEADER,
        .count = (uint16_t)number_at(message, 6),
    };
    for (int i = 0; i < DNS_ALIASES && (next = alias_of(dns, dns->canonical)); i++)
        dns->canonical = next;
    rewind_answers(dns);
    return true;
}

bool dns_name(struct dns *dns, char name[DNS_NAME])
{
    struct walk walk = walk_from(dns->alias);
    struct span label;
    size_t used = 0;
    if (!dns->alias)
        return false;
    dns->alias = dns->alias == dns->canonical ? 0 : alias_of(dns, dns->alias);
    rewind_answers(dns);
    for (;;) {
        if (!next_label(dns->message, &walk, &label))
            return false;
        if (!label.length)
            break;
        if (used)
            name[used++] = '.';
        for (size_t i = 0; i < label.length; i++) {
            if (!label.at[i] || label.at[i] == '.')
                return false;
            name[used++] = lower_case(label.at[i]);
        }
    }
    name[used] = '\0';
    return used > 0;
}

bool dns_address(struct dns *dns, unsigned char address[16])
{
    struct record record;
    while (next_record(dns, &record)) {
        size_t length = record.type == A ? 4 : record.type == AAAA ? 16 : 0;
        if (!length || record.length != length || record.class != INTERNET ||
            !same_name(dns->message, record.owner, dns->canonical))
            continue;
        memset(address, 0, 10);
        memset(address + 10, 0xff, 2);
        memcpy(address + 16 - length, dns->message.at + record.content, length);
        return true;
    }
    rewind_answers(dns);
    return false;
}
