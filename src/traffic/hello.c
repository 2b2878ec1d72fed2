/* hello.c - element by element: each claims its bytes of what is around it, and says what comes. */
#include "hello.h"

enum { HANDSHAKE = 22, CLIENT_HELLO = 1, SERVER_NAME = 0, HOST_NAME = 0, ALPN = 16 };
enum { RECORD_HEADER = 5, MOST_IN_RECORD = 1 << 14 };

enum step {
    NOTHING,
    TYPE,
    LENGTH,
    VERSION,
    RANDOM,
    SESSION_LENGTH,
    SESSION,
    CIPHERS_LENGTH,
    CIPHERS,
    COMPRESSIONS_LENGTH,
    COMPRESSIONS,
    EXTENSIONS_LENGTH,
    EXTENSION_TYPE,
    EXTENSION_LENGTH,
    EXTENSION, /* what is left of it */
    NAMES_LENGTH,
    NAME_TYPE,
    NAME_LENGTH,
    NAME,
    PROTOCOLS_LENGTH,
    PROTOCOL_LENGTH,
    PROTOCOL,
};

static void want(struct hello *hello, enum step step, uint32_t bytes, uint32_t *left)
{
    if (*left < bytes)
        hello->verdict = HELLO_NONE;
    *left -= bytes;
    hello->step = (unsigned char)step;
    hello->wanted = bytes;
    hello->value = 0;
    hello->kept = 0;
}

/* What follows what is complete in the head of the message. */
static void in_head(struct hello *hello, uint32_t value)
{
    uint32_t *left = &hello->message_left;
    switch ((enum step)hello->step) {
    case NOTHING:
        hello->message_left = 1 + 3;
        want(hello, TYPE, 1, left);
        return;
    case TYPE:
        hello->verdict = value == CLIENT_HELLO ? HELLO_MORE : HELLO_NONE;
        want(hello, LENGTH, 3, left);
        return;
    case LENGTH:
        hello->message_left = value;
        want(hello, VERSION, 2, left);
        return;
    case VERSION:
        want(hello, RANDOM, HELLO_RANDOM, left);
        hello->verdict = value >> 8 == 3 ? hello->verdict : HELLO_NONE;
        return;
    case RANDOM:
        hello->has_random = true;
        want(hello, SESSION_LENGTH, 1, left);
        return;
    case SESSION:
        want(hello, CIPHERS_LENGTH, 2, left);
        return;
    case CIPHERS:
        want(hello, COMPRESSIONS_LENGTH, 1, left);
        return;
    case COMPRESSIONS:
        if (hello->message_left)
            want(hello, EXTENSIONS_LENGTH, 2, left);
        else
            hello->verdict = HELLO_COMPLETE;
        return;
    default: /* the lengths of the three before */
        want(hello, (enum step)(hello->step + 1), value, left);
    }
}

static void begin_extension(struct hello *hello)
{
    if (hello->extensions_left)
        want(hello, EXTENSION_TYPE, 2, &hello->extensions_left);
    else
        hello->verdict = HELLO_COMPLETE;
}

/* The same among the extensions. */
static void in_extensions(struct hello *hello, uint32_t value)
{
    uint32_t *left = &hello->extension_left;
    switch ((enum step)hello->step) {
    case EXTENSIONS_LENGTH:
        hello->extensions_left = hello->message_left;
        if (value == hello->message_left)
            begin_extension(hello);
        else
            hello->verdict = HELLO_NONE;
        return;
    case EXTENSION:
        begin_extension(hello);
        return;
    case EXTENSION_TYPE:
        hello->extension = (uint16_t)value;
        want(hello, EXTENSION_LENGTH, 2, &hello->extensions_left);
        return;
    case EXTENSION_LENGTH:
        want(hello, EXTENSION, value, &hello->extensions_left);
        hello->extension_left = value;
        if (value && hello->extension == SERVER_NAME)
            want(hello, NAMES_LENGTH, 2, left);
        else if (value && hello->extension == ALPN)
            want(hello, PROTOCOLS_LENGTH, 2, left);
        return;
    case NAMES_LENGTH:
        want(hello, NAME_TYPE, 1, left);
        return;
    case NAME_TYPE:
        hello->extension = (uint16_t)value;
        want(hello, NAME_LENGTH, 2, left);
        return;
    case NAME_LENGTH:
        if (hello->extension == HOST_NAME)
            want(hello, NAME, value, left);
        else
            want(hello, EXTENSION, hello->extension_left, left);
        return;
    case NAME:
        hello->name_length = hello->kept;
        want(hello, EXTENSION, hello->extension_left, left);
        return;
    case PROTOCOL_LENGTH:
        hello->length = (unsigned char)value;
        want(hello, PROTOCOL, value, left);
        return;
    case PROTOCOL:
        hello->offers_h2 |= hello->length == 2 && value == ('h' << 8 | '2');
        /* fallthrough */
    default:
        want(hello, hello->extension_left ? PROTOCOL_LENGTH : EXTENSION, hello->extension_left > 0,
             left);
    }
}

static void take_byte(struct hello *hello, unsigned char byte)
{
    if (hello->step == RANDOM)
        hello->random[hello->kept++] = byte;
    else if (hello->step != NAME)
        hello->value = hello->value << 8 | byte;
    else if (hello->kept < HELLO_NAME)
        hello->name[hello->kept++] = (char)byte;
    hello->wanted--;
}

static void take_header(struct hello *hello, unsigned char byte)
{
    static const unsigned char begin[] = {HANDSHAKE, 3};
    unsigned at = hello->header++;
    if (at < sizeof begin && byte != begin[at])
        hello->verdict = HELLO_NONE;
    if (at > 2)
        hello->record_left = hello->record_left << 8 | byte;
    if (hello->header == RECORD_HEADER) {
        hello->header = 0;
        if (!hello->record_left || hello->record_left > MOST_IN_RECORD)
            hello->verdict = HELLO_NONE;
    }
}

enum hello_verdict hello_take(struct hello *hello, struct span bytes)
{
    for (; bytes.length && hello->verdict == HELLO_MORE; bytes = span_cut(bytes, 1)) {
        if (hello->header || !hello->record_left) {
            take_header(hello, (unsigned char)*bytes.at);
        } else {
            hello->record_left--;
            take_byte(hello, (unsigned char)*bytes.at);
        }
        while (!hello->header && !hello->wanted && hello->verdict == HELLO_MORE)
            if (hello->step < EXTENSIONS_LENGTH)
                in_head(hello, hello->value);
            else
                in_extensions(hello, hello->value);
    }
    return hello->verdict;
}
