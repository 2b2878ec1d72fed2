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
    bool per_second; /* unless the rate says another time */
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
    char name[sizeof "nonblock"];
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
        return complain(word,
                        "%s is not an option; they are written NAME=VALUE, and a unit directly "
                        "behind its number",
                        quote(word).text);

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

/* AMOUNT[UNIT]/[N]TIME, or an amount in a unit that says "per second" */
static bool read_rate(struct draft *draft, struct piece word)
{
    struct limit *limit = &draft->limit;
    struct piece period = word, capacity;
    struct amount amount;

    if (length(word) == 0)
        return complain(word, "a rate is missing, as in '%s %s'", draft->what->name,
                        draft->what->unit == UNIT_BYTES ? "1MB/s" : "10/s");
    if (!has_time(word) && !draft->per_second)
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
    limit->period_ns = RL_SECOND;
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
             word.at, has_time(word) ? "" : "/s");

    for (word = next_word(&rest); length(word); word = next_word(&rest))
        if (!read_option(draft, word, &seen))
            return false;
    return add_limit(draft->config, &draft->limit, where);
}

static struct draft begin(struct config *config, const struct what *what)
{
    struct draft draft = {.config = config, .what = what, .limit = config->usual};
    draft.limit.calls = what->calls;
    draft.limit.unit = what->unit;
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
