/*
 * prompt.h - what a request asks of a model, of any format: how much text, how many pictures and
 * the like, and how much may be generated.
 *
 * Text is all strings that are values, as bytes of UTF-8, and under `tools` the names, too: but not
 * those that only name something (the model, roles, ids), nor what is enclosed: images, audio and
 * files, whether as data: URLs, as base64 in the places that the formats have for them, or by
 * reference. Each of those is one item of media. Integers in the place of text are tokens.
 */
#ifndef PROMPT_H
#define PROMPT_H

#include "json.h"

struct prompt {
    uint64_t text;    /* bytes */
    uint64_t media;   /* items */
    uint64_t tokens;  /* that were given as integers */
    uint64_t bound;   /* of the tokens that are generated, for each answer, if `has_bound` */
    uint64_t answers; /* how many are asked for (n, best_of, candidateCount), at least 1 */
    uint64_t model;   /* span_hash of what `model` was before and the model's name; or as it was */
    bool has_bound;   /* the largest, if there are several */
    bool stream;      /* as it is said; Gemini says it in the path */
    bool include_usage; /* in the stream */
    bool lost;          /* the body was no JSON, or what follows it is not known */
};

/* How far one has come. Its members are prompt.c's own. */
struct prompt_reader {
    struct json json;
    uint64_t bytes;  /* of the string */
    uint64_t source; /* bytes of data in an object `source` */
    unsigned char kind, matched;
    bool in_string, has_source, source_is_text;
};

/* prompt_begin - of a request to that model, as far as its head tells: see `model`. */
void prompt_begin(struct prompt_reader *reader, struct prompt *prompt, uint64_t model);

/* prompt_take - the next bytes of its body. */
void prompt_take(struct prompt_reader *reader, struct prompt *prompt, struct span bytes);

#endif
