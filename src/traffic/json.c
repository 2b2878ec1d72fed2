/* json.c - a machine that takes JSON byte by byte; but strings by the run: json_string.c. */
#include "json_string.h"

static const char literals[][6] = {"true", "false", "null"};

static bool in_array(const struct json *json)
{
    return json->depth && json->arrays >> (json->depth - 1) & 1;
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
    json_value_ended(json);
    event->token = JSON_CLOSE;
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
        json_begin_string(json, key ? OF_KEY : OF_VALUE);
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
        json_begin_string(json, OF_NOBODY);
    else if (c == '{' || c == '[')
        json->state = ++json->beyond == UINT32_MAX ? LOST : BEYOND;
    else if ((c == '}' || c == ']') && --json->beyond == 0)
        json_value_ended(json);
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
    json_value_ended(json);
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
    else if ((c == '-' || c == '+') && json->state == IN_EXPONENT) {
        if (c == '-')
            json->sign |= 2;
    } else {
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
        json_value_ended(json);
    }
}

/* Returns how many bytes it took. None only once in a row: then it came further otherwise. */
static size_t step(struct json *json, struct span bytes, struct json_event *event)
{
    char c = *bytes.at;
    switch ((enum state)json->state) {
    case IN_STRING:
    case IN_ESCAPE:
    case IN_CODE:
        return json_in_string(json, bytes, event);
    case IN_INTEGER:
    case IN_FRACTION:
    case IN_EXPONENT:
        return in_number(json, c, event);
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
