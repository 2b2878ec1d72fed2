/*
 * grammar.c - WHAT RATE [option=value]...
 *
 *   connect 10/s
 *   out 1MB/s burst=64KiB to=*.example.com:443,!10.0.0.0/8
 *   tokens 90k/m count=input
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "parse.h"

static const char *example_of(const struct what *what)
{
    if (what->unit == UNIT_BYTES)
        return "1MB/s";
    if (what->unit == UNIT_TOKENS)
        return what->is_quota ? "90k" : "90k/m";
    return what->is_quota ? "500" : "10/s";
}

/* AMOUNT[UNIT]/[N]TIME, or an amount in a unit that says "per second", or of what does */
static bool read_rate(struct draft *draft, struct piece word)
{
    struct limit *limit = &draft->limit;
    struct piece period = word, capacity;
    struct amount amount;

    if (length(word) == 0)
        return complain(word, "a rate is missing, as in '%s %s'", draft->what->name,
                        example_of(draft->what));
    if (!has_time(word) && !draft->per_second && !draft->what->is_quota)
        return complain(word, "%s is not a rate; it is written AMOUNT/TIME, as 10/s",
                        quote(word).text);
    bool is_divided = cut(&period, '/', &capacity);
    if (!parse_flow(capacity, &amount))
        return false;
    if (limit->unit == UNIT_BYTES && amount.unit == UNIT_TOKENS)
        limit->unit = UNIT_TOKENS;
    if (!same_unit(draft, capacity, amount))
        return false;
    limit->capacity = limit->burst = amount.value;
    limit->period_ns = draft->what->is_quota ? 60 * RL_SECOND : RL_SECOND;
    draft->rate = word;
    if (!is_divided)
        return true;
    if (amount.has_seconds)
        return complain(period, "%s is per second already", quote(capacity).text);
    if (length(period) == 0)
        return complain(period, "the time is missing after '/', as in 10/s or 10/2s");
    return parse_period(period, &limit->period_ns);
}

static const char *find_separator(struct piece spec)
{
    for (; spec.at < spec.end; spec.at++)
        if (*spec.at == ';' || *spec.at == '\n')
            return spec.at;
    return NULL;
}

static bool is_one_limit(struct piece spec)
{
    const char *separator = find_separator(spec);
    return !separator || complain((struct piece){spec.source, separator, separator + 1},
                                  "one limit only; RL_LIMITS may have several");
}

/* RATE [option=value]...; where: what to complain of if there is no room for it. */
static bool read_rest(struct draft *draft, struct piece rest, struct piece where)
{
    unsigned seen = 0;
    struct piece word = next_word(&rest);
    if (!read_rate(draft, word))
        return false;
    snprintf(draft->limit.label, MAX_LABEL, "%s %.*s%s", draft->what->name, (int)length(word),
             word.at, has_time(word) || draft->what->is_quota ? "" : "/s");

    for (word = next_word(&rest); length(word); word = next_word(&rest))
        if (!read_option(draft, word, &seen))
            return false;
    if (draft->what->is_quota && !make_quota(draft))
        return false;
    return add_limit(draft->config, &draft->limit, where);
}

static struct draft begin(struct config *config, const struct what *what)
{
    struct draft draft = {.config = config, .what = what, .limit = config->usual};
    draft.limit.calls = what->calls;
    draft.limit.unit = what->unit;
    draft.limit.reads = what->unit == UNIT_TOKENS || what->unit == UNIT_REQUESTS;
    return draft;
}

bool parse_limit(struct config *config, struct piece spec)
{
    struct piece rest = trimmed(spec), where = rest;
    if (!is_one_limit(rest))
        return false;
    struct piece word = next_word(&rest);
    if (length(word) == 0)
        return complain(word, "a limit is missing");
    const struct what *what = parse_what(word);
    if (!what)
        return false;
    struct draft draft = begin(config, what);
    return read_rest(&draft, rest, where);
}

bool parse_limits(struct config *config, struct piece specs)
{
    const struct piece all = specs;
    unsigned before = config->count;
    while (length(specs)) {
        struct piece spec = specs;
        const char *separator = find_separator(specs);
        if (separator)
            spec.end = separator;
        specs.at = separator ? separator + 1 : specs.end;
        if (length(trimmed(spec)) && !parse_limit(config, spec))
            return false;
    }
    return config->count > before ||
           complain(all, "there is no limit in it; unset it, or give one");
}

/* WHAT RATE..., or what follows a WHAT that the option itself says. */
static bool add(struct config *config, const struct source *from, const char *what)
{
    int saved_errno = errno;
    struct piece spec = whole(from), rest = trimmed(spec);
    bool good;

    if (!config->bytes_per_token)
        set_defaults(config);
    if (what) {
        struct piece name = {from, what, what + strlen(what)};
        struct draft draft = begin(config, parse_what(name));
        draft.per_second = true;
        good = is_one_limit(rest) && read_rest(&draft, rest, rest);
    } else {
        good = parse_limit(config, spec);
    }
    errno = saved_errno;
    return good;
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
    return add(config, &from, NULL);
}

bool config_add_option(struct config *config, const struct config_option *option, const char *value,
                       struct config_error *error)
{
    const struct source from = {
        .name = option->typed,
        .is_option = true,
        .text = value,
        .end = value + strlen(value),
        .example = option->example,
        .error = error,
    };
    return add(config, &from, option->what);
}

bool config_has_time(const char *rate, size_t length)
{
    return has_time((struct piece){NULL, rate, rate + length});
}
