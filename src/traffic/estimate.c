/* estimate.c - sums. */
#include "estimate.h"

static uint64_t tokens_of(uint64_t bytes, uint32_t ratio)
{
    uint64_t whole = bytes / ratio, rest = bytes % ratio;
    return add(multiply(whole, ESTIMATE_TOKENS), (rest * ESTIMATE_TOKENS + ratio - 1) / ratio);
}

static uint64_t counted(const struct estimate *estimate, uint64_t input, uint64_t output)
{
    switch (estimate->counted) {
    case COUNTED_INPUT:
        return input;
    case COUNTED_OUTPUT:
        return output;
    default:
        return add(input, output);
    }
}

static uint64_t input_of(const struct estimate *estimate, const struct prompt *prompt)
{
    uint64_t media = multiply(prompt->media, estimate->media);
    return add(add(tokens_of(prompt->text, estimate->ratio), media), prompt->tokens);
}

uint64_t estimate_body(const struct estimate *estimate, uint64_t bytes, bool has_output)
{
    return counted(estimate, tokens_of(bytes, estimate->ratio), has_output ? estimate->output : 0);
}

uint64_t estimate_prompt(const struct estimate *estimate, const struct prompt *prompt,
                         bool has_output)
{
    uint64_t output = prompt->has_bound ? prompt->bound : estimate->output;
    return counted(estimate, input_of(estimate, prompt),
                   has_output ? multiply(output, prompt->answers) : 0);
}

uint64_t estimate_answer(const struct estimate *estimate, const struct prompt *prompt,
                         const struct answer *answer)
{
    struct tokens tokens = usage_tokens(&answer->usage);
    if (!tokens.known) {
        tokens.input = input_of(estimate, prompt);
        tokens.output = tokens_of(answer->usage.text, estimate->ratio);
        tokens.total = add(tokens.input, tokens.output);
    }
    uint64_t is = estimate->counted == COUNTED_TOTAL
                      ? tokens.total
                      : counted(estimate, tokens.input, tokens.output);
    uint64_t free =
        estimate->cached_is_free && estimate->counted != COUNTED_OUTPUT ? tokens.cached : 0;
    return is > free ? is - free : 0;
}

uint32_t estimate_learn(uint32_t ratio, const struct prompt *prompt, const struct answer *answer)
{
    enum { LITTLE = 256, LEAST = ESTIMATE_LEAST_RATIO, MOST = ESTIMATE_MOST_RATIO };
    uint64_t input = usage_tokens(&answer->usage).input;
    if (prompt->lost || prompt->media || prompt->text < LITTLE || input <= prompt->tokens)
        return ratio;
    uint64_t shown = multiply(prompt->text, ESTIMATE_TOKENS) / (input - prompt->tokens);
    shown = shown < LEAST ? LEAST : shown > MOST ? MOST : shown;
    return (uint32_t)((3 * (uint64_t)ratio + shown + 2) / 4);
}
