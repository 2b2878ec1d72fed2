/* json_string.h - the state of json.c's machine, and that part of it which reads strings. */
#ifndef JSON_STRING_H
#define JSON_STRING_H

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

/* json_value_ended - what may come after a value, whatever it is. */
static inline void json_value_ended(struct json *json)
{
    json->state = json->depth ? AFTER_VALUE : BEFORE_VALUE;
}

/* json_begin_string - after its quotation mark. */
void json_begin_string(struct json *json, enum string string);

/* json_in_string - read on in a string. Returns how many bytes it took, as step() in json.c. */
size_t json_in_string(struct json *json, struct span bytes, struct json_event *event);

#endif
