/* usage.c - each number, and each string, of an answer by its place. */
#include "usage.h"

#include "instant.h"
#include "retry.h"

void usage_begin(struct usage *usage)
{
    *usage = (struct usage){.retry_ns = RETRY_UNSAID};
}

/*
 * usage.X; response.usage.X (OpenAI's responses), message.usage.X (Anthropic's streams),
 * choices[].usage.X; usage.tokens.X, delta.usage.tokens.X, meta.billed_units.X (Cohere);
 * usage.prompt_tokens_details.cached_tokens; X (Ollama). Deeper is what the model wrote, or what a
 * tool is called with.
 */
static bool is_count(const struct json *json, bool *billed)
{
    enum word name = json_word(json, 0), around = json_word(json, 1), outside = json_word(json, 2);
    unsigned depth = json_depth(json);
    bool cohere = around == WORD_TOKENS || around == WORD_BILLED_UNITS;
    bool details = around == WORD_DETAILS && name == WORD_CACHED_TOKENS;
    *billed = around == WORD_BILLED_UNITS;
    if (cohere || details) {
        depth--;
        around = outside == WORD_META ? WORD_USAGE : outside;
    }
    return depth == 1 || (depth <= 4 && around == WORD_USAGE);
}

static void take_number(struct usage *usage, const struct json *json,
                        const struct json_event *event)
{
    unsigned count = (unsigned)json_word(json, 0) - WORD_PROMPT_TOKENS;
    bool billed;
    if (count >= COUNTS || !is_count(json, &billed) || event->negative)
        return;
    if (usage->given && billed && !usage->billed)
        return;
    usage->billed = billed;
    usage->counts[count] = event->number;
    usage->given |= (uint16_t)(1U << count);
}

/*
 * delta (OpenAI's responses), delta.text (Anthropic), choices[].delta.content, choices[].text,
 * choices[].message.content, candidates[].content.parts[].text, delta.message.content.text
 * (Cohere), message.content, response (Ollama), content[].text, output[].content[].text. Not
 * `response.…`, `item.…`, `part.…`: these repeat what came.
 */
static bool is_generated(const struct json *json)
{
    unsigned depth = json_depth(json);
    enum word name = json_word(json, 0), top = json_top(json);
    switch (top) {
    case WORD_DELTA:
    case WORD_CHOICES:
    case WORD_CANDIDATES:
    case WORD_MESSAGE:
    case WORD_CONTENT:
    case WORD_OUTPUT:
    case WORD_THINKING:
        break;
    case WORD_RESPONSE:
        if (depth > 1)
            return false;
        break;
    default:
        return false;
    }
    return name == WORD_TEXT || name == WORD_CONTENT || name == WORD_THINKING ||
           (depth == 1 && (name == WORD_DELTA || name == WORD_RESPONSE));
}

static bool is_delay(const struct json *json)
{
    return json_word(json, 0) == WORD_RETRY_DELAY && json_top(json) == WORD_ERROR;
}

static void take_text(struct usage *usage, const struct json *json, struct span text)
{
    if (is_generated(json))
        usage->text = add(usage->text, text.length);
    else if (is_delay(json))
        for (size_t i = 0; i < text.length && usage->delay_length < sizeof usage->delay; i++)
            usage->delay[usage->delay_length++] = text.at[i];
}

static void end_string(struct usage *usage, const struct json *json)
{
    struct span delay = {usage->delay, usage->delay_length};
    if (is_delay(json) && delay.length < sizeof usage->delay)
        duration_ns(delay, NS_PER_S, &usage->retry_ns);
    usage->delay_length = 0;
}

_Static_assert(WORD_TOTAL_TOKENS - WORD_PROMPT_TOKENS == COUNT_TOTAL && COUNT_TOTAL + 1 == COUNTS,
               "the same order in words.def");

bool usage_take(struct usage *usage, struct json *json, struct span bytes)
{
    struct json_event event;
    do {
        bytes = span_cut(bytes, json_next(json, bytes, &event));
        if (event.token == JSON_NUMBER)
            take_number(usage, json, &event);
        else if (event.token == JSON_TEXT)
            take_text(usage, json, event.text);
        else if (event.token == JSON_STRING)
            end_string(usage, json);
        if (event.token >= JSON_TEXT && event.token <= JSON_TRUE)
            usage->error |= json_top(json) == WORD_ERROR;
    } while (event.token != JSON_MORE && event.token != JSON_LOST);
    return event.token == JSON_MORE;
}

static bool given(const struct usage *usage, enum count count)
{
    return usage->given >> count & 1;
}

/*
 * Who says `prompt_tokens` has the cached ones in it, whatever else it says; who says
 * `input_tokens` and reads from a cache, not. Some say the total only.
 */
struct tokens usage_tokens(const struct usage *usage)
{
    const uint64_t *counts = usage->counts;
    uint64_t caches = add(counts[COUNT_CACHE_WRITES], counts[COUNT_CACHE_READS]);
    struct tokens tokens = {
        .input = given(usage, COUNT_PROMPT) ? add(counts[COUNT_PROMPT], counts[COUNT_TOOL_USE])
                                            : add(counts[COUNT_INPUT], caches),
        .output = add(counts[COUNT_OUTPUT], counts[COUNT_THOUGHTS]),
        .cached = given(usage, COUNT_CACHED) ? counts[COUNT_CACHED] : counts[COUNT_CACHE_READS],
        .known = usage->given != 0,
    };
    tokens.total = add(tokens.input, tokens.output);
    if (given(usage, COUNT_TOTAL)) {
        bool alone = !given(usage, COUNT_PROMPT) && !given(usage, COUNT_INPUT);
        tokens.total = counts[COUNT_TOTAL];
        if (alone)
            tokens.input = tokens.total > tokens.output ? tokens.total - tokens.output : 0;
    }
    return tokens;
}
