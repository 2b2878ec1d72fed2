/*
 * json.h - JSON (RFC 8259) as it comes, cut anywhere, and where in the document one is.
 *
 * Any number of values may follow each other (NDJSON); an array around all of them is seen through:
 * its elements are values at the top, so that Gemini's array of a stream reads as the stream does.
 * What is deeper than JSON_DEPTH is passed over. What is no JSON ends it: lost. Small liberties (a
 * comma too many, control characters in strings) are let pass: this is no validator.
 *
 * Nothing is allocated. Not for two threads at once.
 */
#ifndef JSON_H
#define JSON_H

#include "words.h"

enum { JSON_DEPTH = 24 };

enum json_token {
    JSON_MORE,   /* all bytes were taken: more are needed */
    JSON_CLOSE,  /* an object or array ended; the place is that of the whole of it */
    JSON_KEY,    /* of a member: `text.length` bytes long in UTF-8, `text.at` is not set */
    JSON_TEXT,   /* a piece of a string that is no key, decoded to UTF-8; not necessarily at its end
                  */
    JSON_STRING, /* the end of a string that is no key */
    JSON_NUMBER, /* `number`, and whether `negative` */
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL,
    JSON_LOST, /* and ever after, until json_reset */
};

struct json_event {
    enum json_token token;
    bool negative;
    struct span text;
    uint64_t number; /* its absolute value, rounded towards 0, at most UINT64_MAX */
};

/* Its members are json.c's own, but for what json_word and json_depth tell. All 0: the beginning.
 */
struct json {
    uint64_t digits;  /* of a number, without its decimal point */
    int32_t scale;    /* the power of ten that they are to be multiplied by */
    int32_t exponent; /* as it is written, so far */
    uint32_t beyond;  /* levels that are open below those that are followed */
    uint32_t arrays;  /* which levels are arrays, a bit each */
    uint32_t key_length;
    uint16_t code, surrogate; /* of \uXXXX; and the high one that waits for its low one */
    unsigned char state, string, count, sign, literal;
    unsigned char depth;
    unsigned char path[JSON_DEPTH]; /* enum word */
    char key[LONGEST_WORD];
    char decoded[6]; /* what `text` may point to */
};

/*
 * json_next - read on, up to the next event. Returns how many bytes it took; fewer than there are
 * unless the event is JSON_MORE. What `event->text` points to lasts as long as both arguments do,
 * until the next call.
 */
size_t json_next(struct json *json, struct span bytes, struct json_event *event);

/* json_reset - another document begins. */
void json_reset(struct json *json);

/* json_depth - how many names, and places in arrays, lead to the value that an event is about. */
static inline unsigned json_depth(const struct json *json)
{
    return json->depth;
}

/*
 * json_word - one of those: 0 the last, which is the value's own, 1 that of what is around it, and
 * so on; WORD_NONE above the top.
 */
static inline enum word json_word(const struct json *json, unsigned up)
{
    return up < json->depth ? (enum word)json->path[json->depth - 1 - up] : WORD_NONE;
}

/* json_top - the first of them. */
static inline enum word json_top(const struct json *json)
{
    return json_word(json, json->depth - 1U);
}

#endif
