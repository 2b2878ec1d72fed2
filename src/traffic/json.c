/* json.c - a machine that takes JSON byte by byte, and strings by the run. */
#include "json.h"

enum state {
    BEFORE_VALUE,
    BEFORE_KEY,
    BEFORE_COLON,
    AFTER_VALUE,
    IN_STRING,
    IN_ESCAPE,
    IN_CODE, /* \uXXXX */
    IN_INTEGER,
    IN_FRACTION,
    IN_EXPONENT,
    IN_LITERAL,
    BEYOND, /* deeper than is followed */
    LOST,
};

enum string { OF_VALUE, OF_KEY, OF_NOBODY };

static const char literals[][6] = {"true", "false", "null"};

static bool in_array(const struct json *json)
{
    return json->depth && json->arrays >> (json->depth - 1) & 1;
}

static void value_ended(struct json *json)
{
    json->state = json->depth ? AFTER_VALUE : BEFORE_VALUE;
}

static void enter(struct json *json, bool array)
{
    if (json->depth == JSON_DEPTH) {
        json->beyond = 1;
        json->state = BEYOND;
        return;
    }
    uint32_t bit = UINT32_C(1) << json->depth;
    json->arrays = array ? json->arrays | bit : json->arrays & ~bit;
    json->path[json->depth++] = array ? WORD_ELEMENT : WORD_OTHER;
    json->state = array ? BEFORE_VALUE : BEFORE_KEY;
}

static void leave(struct json *json, struct json_event *event)
{
    json->depth--;
    value_ended(json);
    event->token = JSON_CLOSE;
}

static void begin_string(struct json *json, enum string string)
{
    json->string = string;
    json->key_length = 0;
    json->state = IN_STRING;
}

/* Returns whether a value can begin so. */
static bool begin_scalar(struct json *json, char c)
{
    json->digits = 0;
    json->scale = 0;
    json->exponent = 0;
    json->sign = c == '-';
    json->count = 0;
    for (unsigned char i = 0; i < 3; i++)
        if (c == *literals[i]) {
            json->literal = i;
            json->count = 1;
            json->state = IN_LITERAL;
            return true;
        }
    if (is_digit(c))
        json->digits = (uint64_t)(c - '0');
    json->state = IN_INTEGER;
    return is_digit(c) || c == '-';
}

/* Returns whether this byte may stand here, between values. */
static bool between(struct json *json, char c, struct json_event *event)
{
    bool value = json->state == BEFORE_VALUE, key = json->state == BEFORE_KEY,
         after = json->state == AFTER_VALUE, top = !json->depth;
    switch (c) {
    case ' ':
    case '\t':
    case '\r':
    case '\n':
        return true;
    case ',':
        if (after)
            json->state = in_array(json) ? BEFORE_VALUE : BEFORE_KEY;
        return after || top;
    case ':':
        if (json->state != BEFORE_COLON)
            return false;
        json->state = BEFORE_VALUE;
        return true;
    case '}':
        if (!(key || after) || in_array(json))
            return false;
        leave(json, event);
        return true;
    case ']':
        if ((value || after) && in_array(json))
            leave(json, event);
        else if (!top)
            return false;
        return true;
    case '"':
        begin_string(json, key ? OF_KEY : OF_VALUE);
        return key || value;
    case '{':
    case '[':
        if (value && (c == '{' || !top))
            enter(json, c == '[');
        return value;
    default:
        return value && begin_scalar(json, c);
    }
}

static void beyond(struct json *json, char c)
{
    if (c == '"')
        begin_string(json, OF_NOBODY);
    else if (c == '{' || c == '[')
        json->state = ++json->beyond == UINT32_MAX ? LOST : BEYOND;
    else if ((c == '}' || c == ']') && --json->beyond == 0)
        value_ended(json);
}

static void piece(struct json *json, const char *at, size_t length, struct json_event *event)
{
    if (json->string == OF_VALUE) {
        event->token = JSON_TEXT;
        event->text = (struct span){at, length};
    } else if (json->string == OF_KEY) {
        for (size_t i = 0; i < length && json->key_length + i < LONGEST_WORD; i++)
            json->key[json->key_length + i] = at[i];
        bool fits = length < UINT32_MAX - json->key_length;
        json->key_length = fits ? json->key_length + (uint32_t)length : UINT32_MAX;
    }
}

static void end_string(struct json *json, struct json_event *event)
{
    size_t length = json->key_length;
    switch ((enum string)json->string) {
    case OF_VALUE:
        event->token = JSON_STRING;
        value_ended(json);
        return;
    case OF_KEY:
        event->token = JSON_KEY;
        event->text = (struct span){NULL, length};
        json->path[json->depth - 1] =
            (unsigned char)(length > LONGEST_WORD ? WORD_OTHER
                                                  : word_of((struct span){json->key, length}));
        json->state = BEFORE_COLON;
        return;
    case OF_NOBODY:
        json->state = BEYOND;
    }
}

static size_t utf8(char *to, uint32_t code)
{
    size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char first[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = length - 1; i > 0; i--, code >>= 6)
        to[i] = (char)(0x80 | (code & 0x3F));
    to[0] = (char)(first[length] | code);
    return length;
}

/* A high surrogate without its low one, and the other way about: U+FFFD stands for each. */
static void lone_surrogate(struct json *json, struct json_event *event)
{
    json->surrogate = 0;
    piece(json, json->decoded, utf8(json->decoded, 0xFFFD), event);
}

static void coded(struct json *json, struct json_event *event)
{
    uint32_t code = json->code, high = json->surrogate;
    bool is_low = code >> 10 == 0xDC00 >> 10, is_high = code >> 10 == 0xD800 >> 10;
    size_t length = 0;
    json->surrogate = is_high ? json->code : 0;
    json->state = IN_STRING;
    if (high && is_low)
        length = utf8(json->decoded, 0x10000 + ((high & 0x3FF) << 10) + (code & 0x3FF));
    else if (high)
        length = utf8(json->decoded, 0xFFFD);
    if (!is_high && !(high && is_low))
        length += utf8(json->decoded + length, is_low ? 0xFFFD : code);
    if (length)
        piece(json, json->decoded, length, event);
}

static size_t in_string(struct json *json, struct span bytes, struct json_event *event)
{
    size_t run = 0;
    if (json->surrogate && *bytes.at != '\\') {
        lone_surrogate(json, event);
        return 0;
    }
    while (run < bytes.length && bytes.at[run] != '"' && bytes.at[run] != '\\')
        run++;
    if (run) {
        piece(json, bytes.at, run, event);
        return run;
    }
    if (*bytes.at == '"')
        end_string(json, event);
    else
        json->state = IN_ESCAPE;
    return 1;
}

static size_t in_escape(struct json *json, char c, struct json_event *event)
{
    static const char escapes[] = "\"\\/bfnrt", stand_for[] = "\"\\/\b\f\n\r\t";
    const char *escape = c ? strchr(escapes, c) : NULL;
    if (json->surrogate && c != 'u') {
        lone_surrogate(json, event);
        return 0;
    }
    json->state = c == 'u' ? IN_CODE : escape ? IN_STRING : LOST;
    json->code = 0;
    json->count = 0;
    if (escape) {
        *json->decoded = stand_for[escape - escapes];
        piece(json, json->decoded, 1, event);
    }
    return 1;
}

static void in_code(struct json *json, char c, struct json_event *event)
{
    char lower = lower_case(c);
    int digit = is_digit(c) ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    if (digit < 0) {
        json->state = LOST;
        return;
    }
    json->code = (uint16_t)(json->code << 4 | digit);
    if (++json->count == 4)
        coded(json, event);
}

static uint64_t scaled(uint64_t digits, int32_t scale)
{
    for (; digits && scale < 0; scale++)
        digits /= 10;
    for (; digits && digits != UINT64_MAX && scale > 0; scale--)
        digits = multiply(digits, 10);
    return digits;
}

static void end_number(struct json *json, struct json_event *event)
{
    event->token = JSON_NUMBER;
    event->negative = json->sign & 1;
    event->number =
        scaled(json->digits, json->scale + (json->sign & 2 ? -json->exponent : json->exponent));
    value_ended(json);
}

/* Digits that no longer fit are 0; and more than a million of anything is beyond all numbers. */
static void take_digit(struct json *json, int digit)
{
    enum { ENOUGH = 1000000 };
    bool fraction = json->state == IN_FRACTION;
    if (json->state == IN_EXPONENT)
        json->exponent = json->exponent < ENOUGH ? json->exponent * 10 + digit : json->exponent;
    else if (json->digits < UINT64_MAX / 10) {
        json->digits = json->digits * 10 + (uint64_t)digit;
        json->scale -= fraction && json->scale > -ENOUGH;
    } else
        json->scale += !fraction && json->scale < ENOUGH;
}

/* Sign: 1, of the number; 2, of its exponent. */
static size_t in_number(struct json *json, char c, struct json_event *event)
{
    if (is_digit(c))
        take_digit(json, c - '0');
    else if (c == '.')
        json->state = IN_FRACTION;
    else if (lower_case(c) == 'e')
        json->state = IN_EXPONENT;
    else if ((c == '-' || c == '+') && json->state == IN_EXPONENT)
        json->sign |= c == '-' ? 2 : 0;
    else {
        end_number(json, event);
        return 0;
    }
    return 1;
}

static void in_literal(struct json *json, char c, struct json_event *event)
{
    const char *literal = literals[json->literal];
    if (c != literal[json->count++])
        json->state = LOST;
    else if (!literal[json->count]) {
        event->token = (enum json_token)(JSON_TRUE + json->literal);
        value_ended(json);
    }
}

/* Returns how many bytes it took. None only once in a row: then it came further otherwise. */
static size_t step(struct json *json, struct span bytes, struct json_event *event)
{
    char c = *bytes.at;
    switch ((enum state)json->state) {
    case IN_STRING:
        return in_string(json, bytes, event);
    case IN_ESCAPE:
        return in_escape(json, c, event);
    case IN_INTEGER:
    case IN_FRACTION:
    case IN_EXPONENT:
        return in_number(json, c, event);
    case IN_CODE:
        in_code(json, c, event);
        break;
    case IN_LITERAL:
        in_literal(json, c, event);
        break;
    case BEYOND:
        beyond(json, c);
        break;
    default:
        if (!between(json, c, event))
            json->state = LOST;
    }
    return 1;
}

size_t json_next(struct json *json, struct span bytes, struct json_event *event)
{
    size_t used = 0;
    event->token = JSON_MORE;
    while (used < bytes.length && event->token == JSON_MORE && json->state != LOST)
        used += step(json, span_cut(bytes, used), event);
    if (json->state == LOST)
        event->token = JSON_LOST;
    return used;
}

void json_reset(struct json *json)
{
    *json = (struct json){.state = BEFORE_VALUE};
}
