/* json_string.c - strings: pieces of values, names, and what escapes stand for. */
#include "json_string.h"

void json_begin_string(struct json *json, enum string string)
{
    json->string = string;
    json->key_length = 0;
    json->state = IN_STRING;
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
        json_value_ended(json);
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

static size_t in_text(struct json *json, struct span bytes, struct json_event *event)
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

size_t json_in_string(struct json *json, struct span bytes, struct json_event *event)
{
    if (json->state == IN_STRING)
        return in_text(json, bytes, event);
    if (json->state == IN_ESCAPE)
        return in_escape(json, *bytes.at, event);
    in_code(json, *bytes.at, event);
    return 1;
}
