/* prompt.c - each string of a request is of one kind, by its place. */
#include "prompt.h"

enum kind {
    OTHER,
    TEXT,
    TEXT_OR_DATA, /* which of both, a data: URL shows by how it begins */
    MEDIA,
    MODEL,
    SOURCE_TYPE, /* Anthropic's `source` is of text, too; its type may come after its data */
    SOURCE_DATA,
};

/* How a data: URL begins (RFC 2397): after `data:` a type, in some 100 bytes, then `;base64,`. */
static const char scheme[] = "data:", base64[] = ";base64,";
enum { SCHEME = sizeof scheme - 1, BASE64 = SCHEME + sizeof base64 - 1, LONGEST_TYPE = 128 };

void prompt_begin(struct prompt_reader *reader, struct prompt *prompt, uint64_t model)
{
    *reader = (struct prompt_reader){.kind = OTHER};
    *prompt = (struct prompt){.answers = 1, .model = model};
}

static bool among(const struct json *json, enum word word)
{
    for (unsigned up = 0; up < json_depth(json); up++)
        if (json_word(json, up) == word)
            return true;
    return false;
}

static enum kind kind_of(const struct json *json)
{
    enum word name = json_word(json, 0), around = json_word(json, 1);
    if (json_top(json) == WORD_TOOLS)
        return TEXT;
    if (name == WORD_ELEMENT) {
        name = around;
        around = json_word(json, 2);
    }
    if (name == WORD_MODEL && json_depth(json) == 1)
        return MODEL;
    if (around == WORD_SOURCE && name == WORD_TYPE)
        return SOURCE_TYPE;
    if (around == WORD_SOURCE && (name == WORD_DATA || name == WORD_ENCLOSED))
        return SOURCE_DATA;
    if (name == WORD_ENCLOSED || (name == WORD_DATA && around == WORD_ENCLOSED))
        return MEDIA;
    if (name == WORD_TYPE || among(json, WORD_NO_TEXT))
        return OTHER;
    return TEXT_OR_DATA;
}

/* Counts how much of "data:", and then of ";base64,", has come; BASE64: all of both. */
static void match_data(struct prompt_reader *reader, struct span text)
{
    for (size_t i = 0; i < text.length && reader->kind == TEXT_OR_DATA; i++) {
        char c = text.at[i];
        uint64_t at = reader->bytes + i;
        if (at < SCHEME ? c != scheme[at] : at > LONGEST_TYPE || (unsigned char)c <= ' ')
            reader->kind = TEXT;
        else if (at < SCHEME)
            reader->matched = SCHEME;
        else if (c == base64[reader->matched - SCHEME])
            reader->matched++;
        else
            reader->matched = c == *base64 ? SCHEME + 1 : SCHEME;
        if (reader->matched == BASE64)
            reader->kind = MEDIA;
    }
}

static const char text_type[] = "text";
enum { TEXT_TYPE = sizeof text_type - 1 };

static void match_type(struct prompt_reader *reader, struct span text)
{
    for (size_t i = 0; i < text.length; i++) {
        uint64_t at = reader->bytes + i;
        reader->source_is_text &= at < TEXT_TYPE && text.at[i] == text_type[at];
    }
}

static void begin_string(struct prompt_reader *reader)
{
    reader->in_string = true;
    reader->bytes = 0;
    reader->matched = 0;
    reader->kind = (unsigned char)kind_of(&reader->json);
    if (reader->kind == SOURCE_TYPE)
        reader->source_is_text = true;
}

static void take_text(struct prompt_reader *reader, struct prompt *prompt, struct span text)
{
    if (reader->kind == TEXT_OR_DATA)
        match_data(reader, text);
    else if (reader->kind == MODEL)
        prompt->model = span_hash(prompt->model, text);
    else if (reader->kind == SOURCE_TYPE)
        match_type(reader, text);
    reader->bytes += text.length;
}

static void end_string(struct prompt_reader *reader, struct prompt *prompt)
{
    reader->in_string = false;
    switch ((enum kind)reader->kind) {
    case TEXT:
    case TEXT_OR_DATA:
        prompt->text = add(prompt->text, reader->bytes);
        return;
    case MEDIA:
        prompt->media++;
        return;
    case SOURCE_TYPE:
        reader->source_is_text &= reader->bytes == TEXT_TYPE;
        return;
    case SOURCE_DATA:
        reader->has_source = true;
        reader->source = reader->bytes;
        return;
    default:
        return;
    }
}

static void end_source(struct prompt_reader *reader, struct prompt *prompt)
{
    if (reader->has_source && reader->source_is_text)
        prompt->text = add(prompt->text, reader->source);
    else
        prompt->media += reader->has_source;
    reader->has_source = false;
    reader->source_is_text = false;
}

static void take_number(const struct json *json, struct prompt *prompt,
                        const struct json_event *event)
{
    enum word name = json_word(json, 0), top = json_top(json);
    unsigned depth = json_depth(json);
    bool option = depth == 1 || (depth == 2 && top == WORD_OPTIONS);
    if (event->negative)
        return; /* Ollama: -1 for no bound */
    if (option && name == WORD_BOUND) {
        prompt->bound = prompt->bound > event->number ? prompt->bound : event->number;
        prompt->has_bound = true;
    } else if (option && name == WORD_TIMES && prompt->answers < event->number)
        prompt->answers = event->number;
    else if (name == WORD_ELEMENT && top == WORD_INTEGERS && depth <= 3)
        prompt->tokens++;
}

static void take_event(struct prompt_reader *reader, struct prompt *prompt,
                       const struct json_event *event)
{
    const struct json *json = &reader->json;
    enum word name = json_word(json, 0);
    switch (event->token) {
    case JSON_KEY:
        if (json_top(json) == WORD_TOOLS && json_depth(json) > 1)
            prompt->text = add(prompt->text, event->text.length);
        return;
    case JSON_TEXT:
    case JSON_STRING:
        if (!reader->in_string)
            begin_string(reader);
        if (event->token == JSON_TEXT)
            take_text(reader, prompt, event->text);
        else
            end_string(reader, prompt);
        return;
    case JSON_CLOSE:
        if (name == WORD_SOURCE)
            end_source(reader, prompt);
        return;
    case JSON_NUMBER:
        take_number(json, prompt, event);
        return;
    case JSON_TRUE:
        prompt->stream |= name == WORD_STREAM && json_depth(json) == 1;
        prompt->include_usage |=
            name == WORD_INCLUDE_USAGE && json_word(json, 1) == WORD_STREAM_OPTIONS;
        return;
    default:
        prompt->lost |= event->token == JSON_LOST;
    }
}

void prompt_take(struct prompt_reader *reader, struct prompt *prompt, struct span bytes)
{
    struct json_event event;
    do {
        bytes = span_cut(bytes, json_next(&reader->json, bytes, &event));
        take_event(reader, prompt, &event);
    } while (event.token != JSON_MORE && event.token != JSON_LOST);
}
