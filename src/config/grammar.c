/*
 * grammar.c - WHAT RATE [option=value]...
 *
 *   connect 10/s
 *   out 1MB/s burst=64KiB to=*.example.com:443,!10.0.0.0/8
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "parse.h"

/* What an option's value is read into. */
struct draft {
    struct config *config;
    const struct what *what;
    struct limit limit;
};

static bool same_unit(struct draft *draft, struct piece word, struct amount amount)
{
    enum unit unit = draft->limit.unit;
    if (amount.unit == UNIT_CALLS || amount.unit == unit)
        return true;
    return complain(word, "%s is in %s, but this limit counts %s%s", quote(word).text,
                    unit_name(amount.unit), unit_name(unit),
                    unit == UNIT_CALLS ? "; one that begins with 'out' counts bytes or tokens"
                                       : "");
}

static bool option_algo(struct draft *draft, struct piece value)
{
    return parse_algo(value, &draft->limit.algo);
}

static bool option_burst(struct draft *draft, struct piece value)
{
    struct amount burst;
    if (!parse_amount(value, &burst) || !same_unit(draft, value, burst))
        return false;
    draft->limit.burst = burst.value;
    return burst_fits(&draft->limit, value);
}

static bool option_timeout(struct draft *draft, struct piece value)
{
    return parse_duration(value, &draft->limit.timeout_ns);
}

static bool option_mode(struct draft *draft, struct piece value)
{
    return parse_mode(value, &draft->limit.mode);
}

static bool option_to(struct draft *draft, struct piece value)
{
    return parse_to(draft->config, &draft->limit, value);
}

static bool option_local(struct draft *draft, struct piece value)
{
    return parse_local(draft->config, &draft->limit, value);
}

static bool option_scope(struct draft *draft, struct piece value)
{
    return parse_scope(draft->config, value, &draft->limit);
}

static bool option_nonblock(struct draft *draft, struct piece value)
{
    return parse_nonblock(value, &draft->limit.nonblock);
}

/* It becomes a field of comma-separated rows, and a word of the summary. */
static bool option_name(struct draft *draft, struct piece value)
{
    if (length(value) >= MAX_LABEL)
        return complain(value, "a name has at most %d characters", MAX_LABEL - 1);
    for (const char *c = value.at; c < value.end; c++)
        if (*c <= ' ' || *c > '~' || *c == ',' || *c == ';')
            return complain(value, "a name consists of printable ASCII characters without , and ;");
    snprintf(draft->limit.label, MAX_LABEL, "%.*s", (int)length(value), value.at);
    return true;
}

static const struct option {
    const char *name;
    bool (*read)(struct draft *draft, struct piece value);
} options[] = {
    {"algo", option_algo},       {"burst", option_burst},
    {"timeout", option_timeout}, {"mode", option_mode},
    {"to", option_to},           {"local", option_local},
    {"scope", option_scope},     {"nonblock", option_nonblock},
    {"name", option_name},
};

static bool read_option(struct draft *draft, struct piece word, unsigned *seen)
{
    struct piece value = word, name;
    if (!cut(&value, '=', &name))
        return complain(word, "%s is not an option; they are written NAME=VALUE", quote(word).text);

    const struct option *option = look_up(name, "option", ROWS(options));
    if (!option)
        return false;
    unsigned bit = 1U << (option - options);
    if (*seen & bit)
        return complain(name, "%s is given twice", quote(name).text);
    *seen |= bit;
    if (length(value) == 0)
        return complain(value, "the value of %s is missing", quote(name).text);
    return option->read(draft, value);
}

/* AMOUNT[UNIT]/[N]TIME */
static bool read_rate(struct draft *draft, struct piece word)
{
    struct limit *limit = &draft->limit;
    struct piece period = word, capacity;
    struct amount amount;

    if (length(word) == 0)
        return complain(word, "a rate is missing, as in '%s %s'", draft->what->name,
                        draft->what->unit == UNIT_BYTES ? "1MB/s" : "10/s");
    if (!cut(&period, '/', &capacity))
        return complain(word, "%s is not a rate; it is written AMOUNT/TIME, as 10/s",
                        quote(word).text);
    if (!parse_amount(capacity, &amount))
        return false;
    if (limit->unit == UNIT_BYTES && amount.unit == UNIT_TOKENS)
        limit->unit = UNIT_TOKENS;
    if (!same_unit(draft, capacity, amount))
        return false;
    if (length(period) == 0)
        return complain(period, "the time is missing after '/', as in 10/s or 10/2s");
    limit->capacity = limit->burst = amount.value;
    return parse_period(period, &limit->period_ns);
}

static const char *find_separator(struct piece spec)
{
    for (; spec.at < spec.end; spec.at++)
        if (*spec.at == ';' || *spec.at == '\n')
            return spec.at;
    return NULL;
}

bool parse_limit(struct config *config, struct piece spec)
{
    struct piece rest = trimmed(spec), word;
    struct draft draft = {.config = config, .limit = config->usual};
    unsigned seen = 0;

    const char *separator = find_separator(rest);
    if (separator)
        return complain((struct piece){spec.source, separator, separator + 1},
                        "one limit only; RL_LIMITS may have several");
    word = next_word(&rest);
    if (length(word) == 0)
        return complain(word, "a limit is missing");
    draft.what = parse_what(word);
    if (!draft.what)
        return false;
    draft.limit.calls = draft.what->calls;
    draft.limit.unit = draft.what->unit;

    word = next_word(&rest);
    if (!read_rate(&draft, word))
        return false;
    snprintf(draft.limit.label, MAX_LABEL, "%s %.*s", draft.what->name, (int)length(word), word.at);

    for (word = next_word(&rest); length(word); word = next_word(&rest))
        if (!read_option(&draft, word, &seen))
            return false;
    return add_limit(config, &draft.limit, trimmed(spec));
}

bool parse_limits(struct config *config, struct piece specs)
{
    while (length(specs)) {
        struct piece spec = specs;
        const char *separator = find_separator(specs);
        if (separator)
            spec.end = separator;
        specs.at = separator ? separator + 1 : specs.end;
        if (length(trimmed(spec)) && !parse_limit(config, spec))
            return false;
    }
    return true;
}

bool config_add_limit(struct config *config, const char *source, const char *spec,
                      struct config_error *error)
{
    const struct source from = {
        .name = source,
        .text = spec,
        .end = spec + strlen(spec),
        .example = "-l 'out 1MB/s'",
        .error = error,
    };
    int saved_errno = errno;

    if (!config->bytes_per_token)
        set_defaults(config);
    bool good = parse_limit(config, whole(&from));
    errno = saved_errno;
    return good;
}
